#include "remaining_work.h"

#include <algorithm>
#include <utility>

#include "crossfold/plan/fit_spec.h"

namespace crossfold {

RemainingWork::RemainingWork(const Job& job, const Plan& plan, std::unordered_set<FitId> done)
    : job_(&job), plan_(&plan), done_(std::move(done)) {
  embeddings_.resize(plan.basis.embeddings.size(), false);
  std::vector<double> costs(plan.cohorts.size(), 0);
  for (std::uint32_t index = 0; index < plan.cohorts.size(); ++index) {
    const std::size_t before = fits_;
    for (const std::uint32_t at : plan.cohorts[index].fits) {
      const Fit& fit = plan.fits[at];
      if (done_.contains(fit.id)) continue;
      ++fits_;
      costs[index] += fit.cost;
      embeddings_[fit.embedding] = true;
    }
    if (fits_ > before) cohorts_.push_back(index);
    cost_ += costs[index];
  }
  std::stable_sort(cohorts_.begin(), cohorts_.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return costs[a] > costs[b]; });
}

fleet::SuppliedWork RemainingWork::next() {
  constexpr std::size_t kAtOnce = 1024;
  fleet::SuppliedWork work;
  const std::size_t end = std::min(given_ + kAtOnce, cohorts_.size());
  for (; given_ < end; ++given_) work.items.push_back(item_of(plan_->cohorts[cohorts_[given_]]));
  if (given_ < cohorts_.size()) work.then = fleet::Supply::open;
  return work;
}

fleet::WorkItem RemainingWork::item_of(const Cohort& cohort) const {
  std::vector<FitSpec> fits;
  fleet::WorkItem item;
  for (const std::uint32_t at : cohort.fits) {
    const Fit& fit = plan_->fits[at];
    if (done_.contains(fit.id)) continue;
    fits.push_back(spec_of(*job_, fit));
    item.cost += fit.cost;
  }
  item.bytes = encode_fits(fits);
  return item;
}

}  // namespace crossfold
