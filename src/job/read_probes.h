#pragma once

#include "crossfold/core/strict_json.h"
#include "crossfold/job/job.h"

namespace crossfold {

/// `probe` and `probe_within`: a label, attributes of the store, or a list of both.
/// `target_is_known` is false where the target could not be read, so that nothing is said about it.
/// Whether the store has the attributes is seen when the plan is made.
void read_probes(ObjectReader& reader, bool target_is_known, Experiment& experiment);

}  // namespace crossfold
