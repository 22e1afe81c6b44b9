#include "fit_text.h"

#include <algorithm>

#include <fmt/format.h>

namespace crossfold {

std::string fit_text(const Job& job, const Plan& plan, const FitId& id) {
  const auto found = std::find_if(plan.fits.begin(), plan.fits.end(),
                                  [&](const Fit& fit) { return fit.id == id; });
  if (found == plan.fits.end()) return "fit " + id.hex();
  const Experiment& experiment = job.experiments[found->experiment];
  return fmt::format("fit {} of experiment {}, embedding {}, candidate {}, {}", id.hex(),
                     experiment.name, job.embeddings[found->embedding],
                     experiment.candidates[found->candidate].name, split_text(plan, *found));
}

}  // namespace crossfold
