#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/core/ids.h"
#include "crossfold/results/fit_record.h"

namespace crossfold {

// What a worker did when: lines of the journal that a time line is drawn from. No number hangs on
// them, and no report holds any.

/// How long a worker was at a cohort, as it measured it itself.
struct CohortTimes {
  FitId first_fit;     ///< of those that it was given
  double start_s = 0;  ///< seconds since 1970, by the clock of the worker's host
  double seconds = 0;  ///< from then on, by a steady clock: training and writing
  double write_s = 0;  ///< of these: encoding artefacts and appending them
};

/// What a worker sends home of a cohort.
struct CohortResults {
  CohortTimes times;
  std::vector<FitRecord> fits;  ///< that succeeded, all of one origin
};

/// A cohort's results as bytes for another process of this build.
[[nodiscard]] std::string encode_cohort(const CohortTimes& times, const Origin& origin,
                                        const std::vector<FitRecord>& fits);
/// Error{internal} when the bytes are no such results.
[[nodiscard]] CohortResults decode_cohort(std::string_view bytes);

/// The cohort whose fits stand in the lines before.
struct CohortRecord {
  std::uint32_t worker = 0;  ///< rank
  CohortTimes times;
  std::size_t fits = 0;    ///< that succeeded; 0: all failed, or were given back at a stop
  std::string experiment;  ///< of the first fit
  /// Number of the stage that has asked for the first fit; nothing outside of chains, and where it
  /// was trained ahead of its stage.
  std::optional<std::uint32_t> stage;
};

/// A worker was declared lost. A line of its own, not a part of the session's end: a coordinator
/// that is killed afterwards writes no end.
struct LostWorker {
  std::uint32_t worker = 0;  ///< rank
  double at_s = 0;           ///< seconds since 1970, by the coordinator's clock
  std::string host;          ///< empty: it was never heard of
  std::string device;
};

}  // namespace crossfold
