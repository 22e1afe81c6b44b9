#pragma once

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

/// What all fits of a job stand on, however many they are: who is in the pools, what is embedded,
/// where folds were given. Every rank has it; the fits themselves only rank 0.
struct PlanBasis {
  std::vector<ExperimentSamples> samples;  ///< one for each experiment
  std::vector<EmbeddingInfo> embeddings;   ///< in the job's order
  std::optional<SplitTable> given_splits;  ///< of the job's splits.file
  /// What a reader should know: samples left out, levels with fewer groups than folds.
  std::vector<std::string> notes;
  std::vector<std::string> warnings;  ///< see sample_warnings
};

/// Pure, the same on every rank. `samples` as the store has them (the job's role overrides are
/// applied here), `split_csv` the content of the job's splits.file. Error{bad_input} with every
/// mistake: an embedding set the store has not, an experiment whose samples or folds do not work
/// out, too many fits.
[[nodiscard]] PlanBasis make_basis(const Job& job, const SampleTable& samples,
                                   const std::vector<EmbeddingInfo>& embeddings,
                                   std::string_view split_csv = {});

/// Which split of an experiment. Candidates of all kinds that train an encoder share theirs.
struct SplitPlace {
  std::uint32_t experiment = 0;
  SeedIndex seed;
  FoldIndex fold;
  Validation validation = Validation::none;
  auto operator<=>(const SplitPlace&) const = default;
};

/// Whether samples are set aside for the plateau rule.
[[nodiscard]] Validation validation_of(CandidateKind kind);

/// The split at a place, rebuilt.
[[nodiscard]] Split split_at(const Job& job, const PlanBasis& basis, const SplitPlace& place);

}  // namespace crossfold
