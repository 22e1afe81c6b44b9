#include "record_keeper.h"

#include <utility>

#include <fmt/format.h>

#include "crossfold/core/log.h"
#include "crossfold/plan/fit_spec.h"

namespace crossfold {

RecordKeeper::RecordKeeper(RunDirectory& directory, const Plan& plan, RunTally& tally)
    : directory_(&directory), tally_(&tally) {
  for (const Fit& fit : plan.fits) costs_.emplace(fit.id, fit.cost);
}

void RecordKeeper::append(const fleet::Record& record) {
  if (!record.error) {
    for (const FitRecord& fit : decode_records(record.bytes)) keep(fit, cost_of(fit.result.id));
    return;
  }
  for (const FitSpec& fit : decode_fits(record.bytes)) {
    FitRecord failed;
    failed.result.id = fit.id;
    failed.result.error = *record.error;
    log_warning(fmt::format("fit {} failed twice and is recorded as failed: {}", fit.id.hex(),
                            *record.error));
    keep(failed, fit.cost);
  }
}

double RecordKeeper::cost_of(const FitId& fit) {
  const std::lock_guard lock(mutex_);
  const auto planned = costs_.find(fit);
  CF_VALIDATE(planned != costs_.end(), ErrorCode::internal,
              fmt::format("a worker returned fit {}, which nobody asked for", fit.hex()));
  return planned->second;
}

void RecordKeeper::plan_fits(const Plan& plan, std::span<const std::uint32_t> fits) {
  const std::lock_guard lock(mutex_);
  for (const std::uint32_t fit : fits) costs_.emplace(plan.fits[fit].id, plan.fits[fit].cost);
}

void RecordKeeper::append_stage(const StageRecord& stage) {
  const std::lock_guard lock(mutex_);
  stages_.push_back(stage);
}

void RecordKeeper::write_stages() {
  std::vector<StageRecord> stages;
  {
    const std::lock_guard lock(mutex_);
    stages = std::exchange(stages_, {});
  }
  for (const StageRecord& stage : stages) directory_->append_stage(stage);
}

void RecordKeeper::keep(const FitRecord& record, double cost) {
  write_stages();
  directory_->append(record);
  appended_.push_back(record.result);
  ++(record.result.failed() ? failed_ : trained_);
  cost_ += cost;
}

void RecordKeeper::flush() {
  write_stages();
  directory_->flush();
  on_safe(std::exchange(appended_, {}));
  tally_->trained += std::exchange(trained_, 0);
  tally_->failed += std::exchange(failed_, 0);
  tally_->cost.store(tally_->cost.load() + std::exchange(cost_, 0.0));
}

}  // namespace crossfold
