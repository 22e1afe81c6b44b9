#include "crossfold/job/job.h"

namespace crossfold {

bool has_probes(const Experiment& experiment) {
  return experiment.probe || !experiment.probe_attributes.empty();
}

bool has_further_probes(const Experiment& experiment) {
  return !experiment.probe_attributes.empty() ||
         (experiment.probe && experiment.probe_within == ProbeWithin::class_label);
}

}  // namespace crossfold
