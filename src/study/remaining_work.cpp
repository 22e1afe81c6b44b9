#include "remaining_work.h"

#include "crossfold/plan/fit_spec.h"

namespace crossfold {

RemainingWork remaining_work(const Job& job, const Plan& plan,
                             const std::unordered_set<FitId>& done) {
  RemainingWork work;
  work.embeddings.resize(plan.basis.embeddings.size(), false);
  for (std::size_t cohort = 0; cohort < plan.cohorts.size(); ++cohort) {
    std::vector<FitSpec> fits;
    double cost = 0;
    for (const std::uint32_t index : plan.cohorts[cohort].fits) {
      const Fit& fit = plan.fits[index];
      if (done.contains(fit.id)) continue;
      fits.push_back(spec_of(job, fit));
      cost += fit.cost;
      work.embeddings[fit.embedding] = true;
    }
    if (fits.empty()) continue;
    work.fits += fits.size();
    work.cost += cost;
    work.items.push_back({.id = fleet::ItemId(cohort), .cost = cost, .bytes = encode_fits(fits)});
  }
  return work;
}

}  // namespace crossfold
