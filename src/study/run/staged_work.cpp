#include "staged_work.h"

#include <utility>

namespace crossfold {
namespace {

/// Done, or to be trained from the beginning.
std::unordered_set<FitId> settled_at_first(const Job& job, const Plan& plan, const Stages& stages,
                                           const std::unordered_set<FitId>& done) {
  if (plan.chains.empty()) return {};
  const std::vector<bool> to_train = fits_to_train(
      job, plan, stages.decided(), [&](const FitId& id) { return done.contains(id); });
  std::unordered_set<FitId> settled = done;
  for (std::size_t i = 0; i < plan.fits.size(); ++i)
    if (to_train[i]) settled.insert(plan.fits[i].id);
  return settled;
}

/// What is done, and what no stage has asked for. By ids: a fit may stand in a chain and outside
/// of it.
std::unordered_set<FitId> left_out_at_first(const Plan& plan,
                                            const std::unordered_set<FitId>& settled,
                                            const std::unordered_set<FitId>& done) {
  std::unordered_set<FitId> left_out = done;
  if (plan.chains.empty()) return left_out;
  for (const Fit& fit : plan.fits)
    if (!settled.contains(fit.id)) left_out.insert(fit.id);
  return left_out;
}

}  // namespace

StagedWork::StagedWork(const Job& job, const Plan& plan, Stages& stages,
                       const std::unordered_set<FitId>& done)
    : plan_(&plan),
      stages_(&stages),
      settled_(settled_at_first(job, plan, stages, done)),
      remaining_(job, plan, left_out_at_first(plan, settled_, done)) {}

std::vector<bool> StagedWork::embeddings() const {
  std::vector<bool> needed = remaining_.embeddings();
  if (!stages_->complete())
    for (const Chain& chain : plan_->chains) {
      if (chain.embedding)
        needed[*chain.embedding] = true;
      else
        needed.assign(needed.size(), true);
    }
  return needed;
}

void StagedWork::recorded(std::vector<FitResult> results) {
  if (plan_->chains.empty()) return;
  const std::lock_guard lock(mutex_);
  for (FitResult& result : results) recorded_.push_back(std::move(result));
}

fleet::SuppliedWork StagedWork::next() {
  decide();
  const bool drains = remaining_.given_fits() == remaining_.fits() && !stages_->complete();
  if (drains) work_ahead();
  fleet::SuppliedWork work = remaining_.next();
  if (work.then == fleet::Supply::complete && !stages_->complete())
    work.then = fleet::Supply::waiting;
  return work;
}

void StagedWork::work_ahead() {
  if (workers_ < 2) return;  // nobody waits for another
  const std::size_t at_work = remaining_.given_fits() - recorded_fits_;
  if (at_work >= workers_) return;
  const std::vector<std::uint32_t> fits =
      stages_->likely(workers_ - at_work, [&](const FitId& id) { return settled_.contains(id); });
  remaining_.add(fresh_of(fits));
  for (const std::uint32_t fit : fits) ahead_.insert(plan_->fits[fit].id);
}

void StagedWork::show_recorded() {
  std::vector<FitResult> results;
  {
    const std::lock_guard lock(mutex_);
    results = std::exchange(recorded_, {});
  }
  recorded_fits_ += results.size();
  for (const FitResult& result : results) stages_->take(result);
}

void StagedWork::decide() {
  show_recorded();
  for (const Stage& stage : stages_->advance()) {
    for (const std::uint32_t fit : stage.fits) ahead_.erase(plan_->fits[fit].id);
    on_stage(stage);
    remaining_.add(fresh_of(stage.fits));
  }
}

std::vector<std::uint32_t> StagedWork::fresh_of(const std::vector<std::uint32_t>& fits) {
  std::vector<std::uint32_t> fresh;
  for (const std::uint32_t fit : fits)
    if (settled_.insert(plan_->fits[fit].id).second) fresh.push_back(fit);
  return fresh;
}

}  // namespace crossfold
