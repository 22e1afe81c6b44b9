#include "compare_fits.h"

#include <string>
#include <unordered_set>
#include <vector>

#include "compare_artefacts.h"
#include "compare_values.h"
#include "fit_place.h"

namespace crossfold {
namespace {

/// The fits that a run is to train, each id once, in the plan's order.
std::vector<const Fit*> distinct(const RunRecords& records) {
  std::unordered_set<FitId> seen;
  std::vector<const Fit*> fits;
  for (std::size_t i = 0; i < records.plan.fits.size(); ++i) {
    const Fit& fit = records.plan.fits[i];
    if (records.is_to_train(i) && seen.insert(fit.id).second) fits.push_back(&fit);
  }
  return fits;
}

FitState state_of(const FitResult* result) {
  if (!result) return FitState::missing;
  return result->failed() ? FitState::failed : FitState::done;
}

}  // namespace

void compare_fits(const ComparedRun& left, const ComparedRun& right, RunComparison& comparison) {
  FitComparison& fits = comparison.fits;
  std::unordered_set<FitId> of_right;
  for (const Fit* fit : distinct(right.records)) of_right.insert(fit->id);
  ValueComparer values(comparison.tolerance);
  ArtefactComparer artefacts(left, right, comparison.tolerance);
  for (const Fit* fit : distinct(left.records)) {
    if (of_right.erase(fit->id) == 0) {
      ++fits.only_left;
      continue;
    }
    ++fits.common;
    const FitResult* a = left.records.find(fit->id);
    const FitResult* b = right.records.find(fit->id);
    const FitState of_a = state_of(a), of_b = state_of(b);
    ++fits.states[static_cast<std::size_t>(of_a)][static_cast<std::size_t>(of_b)];
    if (of_a != of_b) fits.unlike_states.push_back(place_of(left.records, *fit));
    if (of_a != FitState::done || of_b != FitState::done) continue;
    const FitPlace place = place_of(left.records, *fit);
    values.add(place, *a, *b);
    artefacts.add(place);
  }
  fits.only_right = of_right.size();
  comparison.values = values.differences();
  comparison.unlike_values = values.unlike_fits();
  comparison.validation_auc_once = values.validation_auc_once();
  comparison.artefacts = artefacts.comparison();
}

}  // namespace crossfold
