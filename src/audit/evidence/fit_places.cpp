#include "fit_places.h"

#include <fmt/format.h>

namespace crossfold::audit {

std::string place_of(const RunRecords& records, const Fit& fit) {
  const Experiment& experiment = records.job.experiments[fit.experiment];
  return fmt::format("{}, {}, {}, seed {}, fold {} ({})", experiment.name,
                     records.job.embeddings[fit.embedding],
                     experiment.candidates[fit.candidate].name, fit.seed.value, fit.fold.value,
                     fit.id.hex().substr(0, 8));
}

}  // namespace crossfold::audit
