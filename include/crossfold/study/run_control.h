#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "crossfold/core/expected_time.h"

namespace crossfold {

/// How far some work has come.
struct ProgressState {
  std::size_t done = 0;  ///< failures included, earlier sessions too
  std::size_t of = 0;    ///< at most, while candidates race
  bool at_most = false;  ///< fewer than `of` may be enough
  std::size_t failed = 0;
  std::size_t fresh = 0;   ///< done by this run
  double fresh_share = 0;  ///< share of this run's cost that is done, 0 to 1
  std::size_t workers = 0;
  std::string at = {};      ///< "race of 'task' on z: rung 2 of 4"; empty: nothing to tell apart
  std::size_t at_work = 0;  ///< pieces of work in the hands of workers
  /// `fresh` per second since the first piece was handed out, and what is expected of the rest.
  /// Nothing: not known, or to be worked out from `fresh_share`.
  std::optional<double> rate_per_s = std::nullopt;
  std::optional<ExpectedTime> left = std::nullopt;
};

/// What surrounds long work: who asks it to stop, and who hears of it. This module has neither
/// terminal nor signals; the command line gives what it has, a test what it wants to see.
struct RunControl {
  /// Becomes true when the work is to end as soon as it can. Null: never.
  const std::atomic<bool>* stop = nullptr;
  /// Called often, on rank 0; cheap.
  std::function<void(const ProgressState&)> progress = [](const ProgressState&) {};
  /// No progress follows: other lines may.
  std::function<void()> progress_ends = [] {};
  /// Tells an error, on standard error.
  std::function<void(const std::string&)> tell = [](const std::string&) {};
  /// Gives a result, on standard output.
  std::function<void(const std::string&)> give = [](const std::string&) {};

  [[nodiscard]] bool stop_requested() const { return stop != nullptr && stop->load(); }
  /// Of a run that ended with work left, as messages say it: by a signal, or by a time limit.
  [[nodiscard]] const char* why_stopped() const {
    return stop_requested() ? "on request" : "in time";
  }
};

}  // namespace crossfold
