#pragma once

#include <string>
#include <vector>

#include "crossfold/samples/experiment_samples.h"

namespace crossfold {

/// The attributes that the experiment probes, as its pool has them. Adds to `errors`, at
/// `where`/probe: one that the store has not, that has no value or a single one in the pool, that
/// has more levels than are probed, that is the target under another name. `selected` has its pool
/// and labels already.
[[nodiscard]] std::vector<ProbedAttribute> probed_attributes(const SampleTable& samples,
                                                             const Experiment& experiment,
                                                             const ExperimentSamples& selected,
                                                             const std::string& where,
                                                             ValidationErrors& errors);

}  // namespace crossfold
