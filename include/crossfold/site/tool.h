#pragma once

#include <optional>
#include <string>
#include <vector>

namespace crossfold::site {

/// What another program answered.
struct ToolAnswer {
  int code = 0;  ///< 128 + signal when one ended it; 124 when it took too long and was ended
  std::string out;
  std::string err;
};

/// Runs a program of this machine (found as a shell would), gives it `input`, and waits. One that
/// takes longer than `limit_s` gets SIGTERM, and SIGKILL two seconds later, as all that it started.
/// Nothing when there is no such program. Error{io} when no process can be made.
[[nodiscard]] std::optional<ToolAnswer> run_tool(const std::vector<std::string>& command,
                                                 const std::string& input = {},
                                                 double limit_s = 60);

}  // namespace crossfold::site
