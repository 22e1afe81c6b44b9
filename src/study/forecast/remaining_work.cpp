#include "remaining_work.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "crossfold/plan/fit_spec.h"

namespace crossfold {
namespace {

/// Whether networks of two fits can be trained together on a GPU.
bool can_join(const Job& job, const Fit& a, const Fit& b) {
  const auto batch_of = [&](const Fit& fit) {
    return training_of(job.experiments[fit.experiment].candidates[fit.candidate]).batch;
  };
  return kind_of(job, a) == WorkKind::network && kind_of(job, b) == WorkKind::network &&
         a.embedding == b.embedding && batch_of(a) == batch_of(b);
}

/// The costliest first, in steps of a half: within one the plan's order stays, so that candidates
/// are done one after another on all splits that are asked for. Splits differ in size, and so in
/// cost, by a few samples; without steps a race's first rung would train all candidates on its
/// largest split first, and nobody could foresee before its end who goes on.
class CostlyFirst {
 public:
  explicit CostlyFirst(double most) : most_(most) {}
  [[nodiscard]] bool operator()(double a, double b) const { return step_of(a) < step_of(b); }

 private:
  [[nodiscard]] double step_of(double cost) const {
    return cost > 0 ? std::floor(std::log(most_ / cost) / std::log(1.5)) : HUGE_VAL;
  }
  double most_;
};

}  // namespace

RemainingWork::RemainingWork(const Job& job, const Plan& plan, std::unordered_set<FitId> left_out)
    : job_(&job), plan_(&plan), left_out_(std::move(left_out)), planned_(plan.cohorts.size()) {
  embeddings_.resize(plan.basis.embeddings.size(), false);
  std::vector<double> costs(plan.cohorts.size(), 0);
  for (std::uint32_t index = 0; index < plan.cohorts.size(); ++index) {
    const std::size_t before = fits_;
    for (const std::uint32_t at : plan.cohorts[index].fits) {
      const Fit& fit = plan.fits[at];
      if (left_out_.contains(fit.id)) continue;
      ++fits_;
      costs[index] += fit.cost;
      costs_[index_of(kind_of(job, fit))] += fit.cost;
      embeddings_[fit.embedding] = true;
    }
    if (fits_ > before) cohorts_.push_back(index);
  }
  const CostlyFirst is_before(costs.empty() ? 0 : *std::max_element(costs.begin(), costs.end()));
  std::stable_sort(cohorts_.begin(), cohorts_.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return is_before(costs[a], costs[b]); });
}

void RemainingWork::add(std::span<const std::uint32_t> fits) {
  std::vector<Cohort> cohorts = form_cohorts(*job_, plan_->fits, fits);
  double most = 0;
  for (const Cohort& cohort : cohorts) most = std::max(most, cohort.cost);
  std::stable_sort(cohorts.begin(), cohorts.end(),
                   [is_before = CostlyFirst(most)](const Cohort& a, const Cohort& b) {
                     return is_before(a.cost, b.cost);
                   });
  for (Cohort& cohort : cohorts) {
    cohorts_.push_back(static_cast<std::uint32_t>(planned_ + added_.size()));
    fits_ += cohort.fits.size();
    for (const std::uint32_t fit : cohort.fits)
      costs_[index_of(kind_of(*job_, plan_->fits[fit]))] += plan_->fits[fit].cost;
    added_.push_back(std::move(cohort));
  }
}

std::vector<const Fit*> RemainingWork::fits_of(std::uint32_t cohort) const {
  const bool is_added = cohort >= planned_;
  std::vector<const Fit*> fits;
  for (const std::uint32_t at :
       (is_added ? added_[cohort - planned_] : plan_->cohorts[cohort]).fits)
    if (is_added || !left_out_.contains(plan_->fits[at].id)) fits.push_back(&plan_->fits[at]);
  return fits;
}

fleet::SuppliedWork RemainingWork::next() {
  constexpr std::size_t kAtOnce = 1024;
  fleet::SuppliedWork work;
  const std::size_t end = std::min(given_ + kAtOnce, cohorts_.size());
  while (given_ < end) add_items(take_joined(end), work.items);
  if (given_ < cohorts_.size()) work.then = fleet::Supply::open;
  return work;
}

std::vector<const Fit*> RemainingWork::take_joined(std::size_t end) {
  std::vector<const Fit*> fits = fits_of(cohorts_[given_++]);
  while (given_ < end && fits.size() < joined_) {
    const std::vector<const Fit*> more = fits_of(cohorts_[given_]);
    if (fits.size() + more.size() > joined_ || !can_join(*job_, *fits.front(), *more.front()))
      break;
    fits.insert(fits.end(), more.begin(), more.end());
    ++given_;
  }
  return fits;
}

void RemainingWork::add_items(const std::vector<const Fit*>& fits,
                              std::vector<fleet::WorkItem>& items) {
  std::size_t piece = fits.size();
  if (workers_ > 1) {
    constexpr std::size_t kPiecesEach = 3;  // that a worker is to have before it
    const std::size_t even = (fits_ - given_fits_) / (kPiecesEach * workers_);
    piece = std::clamp<std::size_t>(even, 1, fits.size());
  }
  given_fits_ += fits.size();
  for (std::size_t begin = 0; begin < fits.size(); begin += piece) {
    std::vector<FitSpec> specs;
    fleet::WorkItem item;
    item.kind = static_cast<std::uint32_t>(index_of(kind_of(*job_, *fits[begin])));
    for (std::size_t i = begin; i < std::min(begin + piece, fits.size()); ++i) {
      specs.push_back(spec_of(*job_, *fits[i]));
      item.cost += fits[i]->cost;
    }
    item.bytes = encode_fits(specs);
    items.push_back(std::move(item));
  }
}

}  // namespace crossfold
