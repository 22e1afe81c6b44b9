#pragma once

#include <string>
#include <vector>

#include "crossfold/samples/experiment_samples.h"

namespace crossfold {

/// The attributes that candidates of the experiment are disentangled from, by name. Adds to
/// `errors`, at `where`/candidates: one that the store has not, that has numbers, no value or a
/// single one in the pool, too many levels, that is the target under another name. `selected` has
/// its pool and labels already.
[[nodiscard]] std::vector<ProbedAttribute> adversary_attributes(const SampleTable& samples,
                                                                const Experiment& experiment,
                                                                const ExperimentSamples& selected,
                                                                const std::string& where,
                                                                ValidationErrors& errors);

}  // namespace crossfold
