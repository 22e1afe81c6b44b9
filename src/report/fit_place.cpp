#include "fit_place.h"

#include <fmt/format.h>

namespace crossfold {

FitPlace place_of(const RunRecords& records, const Fit& fit) {
  const Experiment& experiment = records.job.experiments[fit.experiment];
  FitPlace place{.experiment = experiment.name,
                 .embedding = records.job.embeddings[fit.embedding],
                 .candidate = experiment.candidates[fit.candidate].name,
                 .seed = fit.seed,
                 .fold = fit.fold,
                 .id = fit.id,
                 .scheme = fit.scheme,
                 .inner = fit.inner};
  if (fit.scheme == SplitScheme::source_out)
    place.source = records.plan.basis.samples[fit.experiment].domain.levels.at(fit.fold.value);
  if (fit.scheme == SplitScheme::leave_out) place.source = left_out_in(records.plan.basis, fit);
  return place;
}

std::string split_text(const FitPlace& place) {
  switch (place.scheme) {
    case SplitScheme::k_fold:
      return fmt::format("seed {} fold {}", place.seed.value, place.fold.value);
    case SplitScheme::source_out:
      return fmt::format("seed {} without source {}", place.seed.value, place.source);
    case SplitScheme::hold_out:
      return fmt::format("seed {}", place.seed.value);
    case SplitScheme::leave_out:
      return fmt::format("seed {} without {}", place.seed.value, place.source);
    case SplitScheme::nested:
      return fmt::format("seed {} fold {} inner fold {}", place.seed.value, place.fold.value,
                         place.inner.value);
  }
  return "";
}

}  // namespace crossfold
