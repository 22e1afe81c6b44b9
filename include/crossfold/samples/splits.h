#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "crossfold/core/ids.h"
#include "crossfold/core/random_stream.h"
#include "crossfold/samples/experiment_samples.h"

namespace crossfold {

/// One division of the pool into what is trained on and what is scored (see SplitScheme): rows of
/// the store, ascending, without overlap.
struct Split {
  std::vector<std::uint32_t> train;       ///< the fit's own training samples
  std::vector<std::uint32_t> validation;  ///< set aside from what is not held out; may be empty
  std::vector<std::uint32_t> test;        ///< held out: a fold, a share, the samples of a source
  /// Scored as well: one for each of ExperimentSamples::sets. May share samples with `test`, never
  /// a patient with the others.
  std::vector<std::vector<std::uint32_t>> sets = {};
  bool operator==(const Split&) const = default;
};

/// train and validation together, ascending: what the probe is fitted on.
[[nodiscard]] std::vector<std::uint32_t> all_other_folds(const Split& split);

/// Whether a fit of this kind sets validation samples aside (`linear` does not).
enum class Validation { set_aside, none };

/// The fold of every sample of the pool for one seed, in the pool's order: stratified by
/// `stratify`, groups never divided (METHODS 3). Stream "split" of the seed; `key.fold` plays no
/// part. At least as many groups as folds (see check_folds).
[[nodiscard]] std::vector<std::uint32_t> deal_folds(const ExperimentSamples& samples,
                                                    Label stratify, const SplitSettings& settings,
                                                    const StreamKey& key);

/// The split that holds fold `key.fold` of `folds` (see deal_folds) out.
[[nodiscard]] Split hold_out(const std::vector<std::uint32_t>& folds,
                             const ExperimentSamples& samples, Label stratify,
                             const SplitSettings& settings, const StreamKey& key,
                             Validation validation);

/// As deal_folds, of some `rows` of the pool: the inner folds of nested cross-validation. Stream
/// "split" of (seed, fold). At least as many groups as folds.
[[nodiscard]] std::vector<std::uint32_t> deal_inner_folds(const ExperimentSamples& samples,
                                                          Label stratify,
                                                          const std::vector<std::uint32_t>& rows,
                                                          int folds, const StreamKey& key);

/// Split (seed, fold) of the pool: both of the above. Depends on nothing but its arguments, so
/// that every split can be rebuilt alone.
[[nodiscard]] Split make_split(const ExperimentSamples& samples, Label stratify,
                               const SplitSettings& settings, const StreamKey& key,
                               Validation validation);

/// The split with this held-out fold: `share` of the `others` becomes validation, dealt by groups
/// and stratified, stream "validation" of (seed, fold). Very few samples may leave none for it.
[[nodiscard]] Split set_validation_aside(const ExperimentSamples& samples, Label stratify,
                                         double share, const StreamKey& key,
                                         std::vector<std::uint32_t> test,
                                         const std::vector<std::uint32_t>& others);

/// The split with as many training samples of every level of `label` as the rarest has, and
/// likewise of the validation samples: the others are in no part. Patients are taken whole, so that
/// a level may have a few less. Stream "balance" of (seed, fold).
[[nodiscard]] Split balanced(const ExperimentSamples& samples, Label label, Split split,
                             const StreamKey& key);

/// The samples of the experiment's named sets that a fit with this split can be scored on: of no
/// patient that it trains on and, where the store is divided, held out.
[[nodiscard]] std::vector<std::vector<std::uint32_t>> scorable_sets(
    const ExperimentSamples& samples, const Split& split, const std::vector<bool>* held_out);

/// Adds an error when the pool has fewer groups than folds.
void check_folds(const ExperimentSamples& samples, const SplitSettings& settings,
                 const std::string& where, ValidationErrors& errors);

/// Levels of `label` with fewer groups than folds: legal, but some folds lack them.
struct RareLevel {
  std::string level;
  std::size_t groups = 0;
  std::size_t samples = 0;
};
[[nodiscard]] std::vector<RareLevel> rare_levels(const ExperimentSamples& samples, Label label,
                                                 int folds);

}  // namespace crossfold
