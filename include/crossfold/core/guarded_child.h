#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace crossfold {

struct ChildLimits {
  std::chrono::milliseconds time{10'000};         ///< by the clock, and about as much CPU time
  std::uint64_t memory = std::uint64_t{1} << 30;  ///< bytes beside what this process has mapped
};

/// Runs `work` in a forked child process and returns what it returns. An Error it throws is thrown
/// here again. When the child crashes, hangs or runs out of memory, that is an Error{bad_input} for
/// `subject`, the file it was reading. Call it while this process has one thread.
[[nodiscard]] std::string run_guarded(const std::string& subject, const ChildLimits& limits,
                                      const std::function<std::string()>& work);

}  // namespace crossfold
