#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/core/hash.h"
#include "crossfold/core/ids.h"
#include "crossfold/core/random_stream.h"
#include "crossfold/job/job.h"
#include "crossfold/job/split_scheme.h"
#include "crossfold/samples/division.h"
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
  /// One for each experiment: the sources, by their index, that its fits of the scheme source_out
  /// leave out; empty where it has none.
  std::vector<std::vector<std::uint32_t>> left_out_sources;
  std::optional<Division> division;  ///< where the job's splits are of the scheme hold_out
  /// One for each experiment: what its fits of the scheme leave_out leave out in turns, as indices
  /// into the levels of ExperimentSamples::left_out_by.
  std::vector<std::vector<std::vector<std::uint32_t>>> left_out_turns;
  /// What a reader should know: samples left out, levels with fewer groups than folds.
  std::vector<std::string> notes;
  std::vector<std::string> warnings;  ///< see sample_warnings; make_plan adds what splits do
};

/// Pure, the same on every rank. `samples` as the store has them (the job's role overrides are
/// applied here), `split_csv` the content of the job's splits.file. Error{bad_input} with every
/// error: an embedding set the store has not, an experiment whose samples or folds do not work
/// out, too many fits.
[[nodiscard]] PlanBasis make_basis(const Job& job, const SampleTable& samples,
                                   const std::vector<EmbeddingInfo>& embeddings,
                                   std::string_view split_csv = {});

/// Which split of an experiment. Candidates of all kinds that train an encoder share theirs.
struct SplitPlace {
  std::uint32_t experiment = 0;
  SeedIndex seed;
  /// Of the scheme source_out: the source, an index into the levels of the domain. Of leave_out: an
  /// index into the turns. Of hold_out: 0.
  FoldIndex fold;
  Validation validation = Validation::none;
  SplitScheme scheme = SplitScheme::k_fold;
  FoldIndex inner = {};  ///< of the scheme nested: the inner fold of the split (seed, fold)
  auto operator<=>(const SplitPlace&) const = default;
};

/// How many splits a seed has: folds, turns, or one.
[[nodiscard]] std::uint32_t splits_of_a_seed(const Job& job, const PlanBasis& basis,
                                             std::uint32_t experiment);

/// Whether samples are set aside for the plateau rule.
[[nodiscard]] Validation validation_of(const Candidate& candidate);

/// The key of the random streams of a split and its fits. Schemes have roots of their own.
[[nodiscard]] StreamKey stream_key_at(const Job& job, const SplitPlace& place);

/// The inner folds of a split (seed, fold) in nested cross-validation.
struct InnerFolds {
  std::vector<std::uint32_t> rows;   ///< all that the split does not hold out, ascending
  std::vector<std::uint32_t> folds;  ///< their inner folds
};
[[nodiscard]] InnerFolds inner_folds_at(const Job& job, const PlanBasis& basis,
                                        const SplitPlace& place);
/// The split that holds an inner fold out.
[[nodiscard]] Split hold_inner_out(const Job& job, const PlanBasis& basis, const SplitPlace& place,
                                   const InnerFolds& inner);

/// Which rows of the store a hold-out's seed holds out.
[[nodiscard]] std::vector<bool> held_out_of(const Job& job, const PlanBasis& basis, SeedIndex seed);

/// The split at a place, rebuilt. Splits that the job asks for have their named sets.
[[nodiscard]] Split split_at(const Job& job, const PlanBasis& basis, const SplitPlace& place);

}  // namespace crossfold
