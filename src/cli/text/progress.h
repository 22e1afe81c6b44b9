#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>

#include "crossfold/study/run_control.h"

namespace crossfold::cli {

/// "fits 120 of 150 (80 %), 3.4 a second, 9 s left, 0 failed, 2 workers".
[[nodiscard]] std::string progress_text(const std::string& things, const ProgressState& state,
                                        double elapsed_s);

/// Shows progress on stderr: one line that is drawn again on a terminal, else plain lines, seldom.
class ProgressDisplay {
 public:
  enum class Mode { terminal, lines, hidden };
  /// `things` are what is counted ("fits").
  ProgressDisplay(std::string things, Mode mode);
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  /// Cheap; draws only when enough time has passed.
  void update(const ProgressState& state);
  /// Ends the drawn line, so that other lines may follow.
  void finish();

  /// terminal when stderr is one, lines when not.
  [[nodiscard]] static Mode mode_of_stderr();

 private:
  using Clock = std::chrono::steady_clock;

  std::string things_;
  Mode mode_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_drawn_{};
  bool line_open_ = false;
};

}  // namespace crossfold::cli
