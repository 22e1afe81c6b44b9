#pragma once

#include <optional>
#include <string>

#include "crossfold/study/run_control.h"

#include "progress.h"

namespace crossfold::cli {

/// What long work has around it when a user starts it: signals stop it (from here on, see
/// stop_signal.h), its progress and errors go to standard error, its results to standard output.
class TerminalControl {
 public:
  /// `things` are what the progress counts ("fits").
  explicit TerminalControl(std::string things);
  TerminalControl(const TerminalControl&) = delete;
  TerminalControl& operator=(const TerminalControl&) = delete;

  [[nodiscard]] const RunControl& control() const { return control_; }

 private:
  std::string things_;
  std::optional<ProgressDisplay> display_;  ///< from the first progress on
  RunControl control_;
};

}  // namespace crossfold::cli
