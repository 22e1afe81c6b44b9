#include "crossfold/plan/trainable.h"

#include <algorithm>
#include <set>

#include "candidate_splits.h"
#include "split_review.h"
#include "split_warnings.h"

namespace crossfold {
namespace {

/// Whether some split has left two levels of every label.
bool is_cleared(const ReviewedSplits& of) {
  return std::all_of(of.labels.begin(), of.labels.end(),
                     [&](const LearnedLabel& label) { return label.one_level.splits < of.splits; });
}

/// The splits that the job asks for, until nothing can be certain any more: the first, mostly.
void look_until_cleared(const Job& job, const Plan& plan, std::uint32_t experiment,
                        const Candidate& candidate, SplitReview& review) {
  const SplitKind kind{.scheme = job.splits.scheme, .validation = validation_of(candidate)};
  for (const SplitPlace& place : candidate_splits(job, plan.basis, experiment, candidate)) {
    if (place.scheme != kind.scheme) return;
    review.look_at(place, split_at(job, plan.basis, place));
    if (is_cleared(review.reviewed().at(kind))) return;
  }
}

}  // namespace

void check_trainable(const Job& job, const Plan& plan, ValidationErrors& errors) {
  for (std::uint32_t e = 0; e < job.experiments.size(); ++e) {
    const Experiment& experiment = job.experiments[e];
    SplitReview review(experiment, plan.basis.samples[e]);
    std::set<Validation> kinds;
    for (const Candidate& candidate : experiment.candidates)
      if (kinds.insert(validation_of(candidate)).second)
        look_until_cleared(job, plan, e, candidate, review);
    add_errors(job, plan, e, review, errors);
  }
}

}  // namespace crossfold
