#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/core/hash.h"
#include "crossfold/core/ids.h"
#include "crossfold/job/job.h"
#include "crossfold/samples/experiment_samples.h"
#include "crossfold/samples/split_table.h"
#include "crossfold/samples/splits.h"
#include "crossfold/store/store.h"

namespace crossfold {

/// One candidate trained on one split of one embedding set: the unit of work.
struct Fit {
  FitId id;
  std::uint32_t experiment = 0;  ///< index into Job::experiments
  std::uint32_t embedding = 0;   ///< index into Job::embeddings
  std::uint32_t candidate = 0;   ///< index into the experiment's candidates
  SeedIndex seed;
  FoldIndex fold;
  double cost = 0;  ///< estimated floating-point operations
};

/// Fits trained together on one device: network fits of one experiment, embedding set and split
/// with one batch size, at most Job::cohort of them, or one linear fit. Formed here alone, never by
/// the number of ranks.
struct Cohort {
  std::vector<std::uint32_t> fits;  ///< indices into Plan::fits
  double cost = 0;
};

/// Everything a job implies for a store: pure, the same on every rank.
struct Plan {
  std::vector<ExperimentSamples> samples;  ///< one for each experiment
  std::vector<EmbeddingInfo> embeddings;   ///< in the job's order
  std::optional<SplitTable> given_splits;  ///< of the job's splits.file
  /// Ordered by experiment, embedding, candidate, seed, fold.
  std::vector<Fit> fits;
  /// Each distinct fit id once.
  std::vector<Cohort> cohorts;
  /// What a reader should know: samples left out, levels with fewer groups than folds.
  std::vector<std::string> notes;
  std::vector<std::string> warnings;  ///< see sample_warnings
  /// Over all fit ids in order: two processes with one plan hash do the same work.
  Digest hash;
};

/// `samples` as the store has them (the job's role overrides are applied here), `split_csv` the
/// content of the job's splits.file. Error{bad_input} with every mistake: an embedding set the
/// store has not, an experiment whose samples or folds do not work out, too many fits.
[[nodiscard]] Plan make_plan(const Job& job, const SampleTable& samples,
                             const std::vector<EmbeddingInfo>& embeddings,
                             std::string_view split_csv = {});

/// The split of one fit, rebuilt.
[[nodiscard]] Split split_of(const Job& job, const Plan& plan, const Fit& fit);

/// Distinct fits of the plan; candidates that differ in name only share theirs.
[[nodiscard]] std::size_t distinct_fits(const Plan& plan);

}  // namespace crossfold
