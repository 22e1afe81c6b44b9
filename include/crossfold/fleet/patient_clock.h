#pragma once

#include <algorithm>
#include <chrono>

namespace crossfold::fleet {

/// A clock that stands still while its process does: between two looks at most `longest` passes on
/// it. So a process that was suspended (by a batch system, with its whole machine) does not take
/// the others for silent when it goes on, and a set wall clock is nothing to it.
class PatientClock {
 public:
  using Clock = std::chrono::steady_clock;

  explicit PatientClock(std::chrono::duration<double> longest = std::chrono::seconds(1))
      : longest_(longest) {}

  /// Seconds since it was made. To be looked at more often than every `longest`.
  double now_s() { return now_s(Clock::now()); }
  double now_s(Clock::time_point now) {
    const std::chrono::duration<double> step = now - before_;
    before_ = now;
    const auto counted = std::clamp(step, std::chrono::duration<double>(0), longest_);
    elapsed_ += counted;
    stood_still_ += std::max(step, counted) - counted;
    return elapsed_.count();
  }
  /// Seconds that passed and were not counted, as of the last look.
  [[nodiscard]] double stood_still_s() const { return stood_still_.count(); }

 private:
  std::chrono::duration<double> longest_;
  Clock::time_point before_ = Clock::now();
  std::chrono::duration<double> elapsed_{0};
  std::chrono::duration<double> stood_still_{0};
};

}  // namespace crossfold::fleet
