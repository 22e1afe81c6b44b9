#include "run_recorder.h"

#include <utility>

#include <fmt/format.h>

#include "crossfold/core/first_named.h"
#include "crossfold/core/log.h"
#include "crossfold/plan/fit_spec.h"

namespace crossfold {

RunRecorder::RunRecorder(RunDirectory& directory, const Job& job, const Plan& plan,
                         RunCounters& counters)
    : directory_(&directory), counters_(&counters) {
  for (const Experiment& experiment : job.experiments) experiments_.push_back(experiment.name);
  for (const Fit& fit : plan.fits)
    planned_.emplace(fit.id, Planned{.cost = fit.cost,
                                     .kind = kind_of(job, fit),
                                     .experiment = fit.experiment,
                                     .stage = std::nullopt});
}

void RunRecorder::append(const fleet::Record& record) {
  if (!record.error) return keep(decode_cohort(record.bytes), record.worker);
  for (const FitSpec& fit : decode_fits(record.bytes)) {
    FitRecord failed;
    failed.result.id = fit.id;
    failed.result.error = *record.error;
    if (const auto known = failures_.find(*record.error);
        known == failures_.end() || known->second < kMostNamed)
      log_warning(fmt::format("fit {} failed twice and is recorded as failed: {}", fit.id.hex(),
                              *record.error));
    keep(failed, planned(fit.id));
  }
}

void RunRecorder::keep(const CohortResults& cohort, Rank worker) {
  CostByKind costs{};
  for (const FitRecord& fit : cohort.fits) {
    const Planned plan = planned(fit.result.id);
    keep(fit, plan);
    costs[index_of(plan.kind)] += plan.cost;
  }
  const CohortTimes& times = cohort.times;
  const Planned first = planned(times.first_fit);
  Work& work = work_[index_of(first.kind)];
  MeasuredWork& measured = warm_.insert(worker).second ? work.first : work.later;
  measured.add(costs[index_of(first.kind)], times.seconds);
  directory_->append(CohortRecord{.worker = worker.value,
                                  .times = times,
                                  .fits = cohort.fits.size(),
                                  .experiment = experiments_.at(first.experiment),
                                  .stage = first.stage});
}

RunRecorder::Planned RunRecorder::planned(const FitId& fit) {
  const std::lock_guard lock(mutex_);
  const auto found = planned_.find(fit);
  CF_VALIDATE(found != planned_.end(), ErrorCode::internal,
              fmt::format("a worker returned fit {}, which nobody asked for", fit.hex()));
  return found->second;
}

void RunRecorder::plan_fits(const Job& job, const Plan& plan, const Stage& stage) {
  const std::lock_guard lock(mutex_);
  for (const std::uint32_t index : stage.fits) {
    const Fit& fit = plan.fits[index];
    const auto [at, fresh] = planned_.try_emplace(fit.id, Planned{.cost = fit.cost,
                                                                  .kind = kind_of(job, fit),
                                                                  .experiment = fit.experiment,
                                                                  .stage = std::nullopt});
    at->second.stage = stage.record.number;
  }
}

void RunRecorder::append_stage(const StageRecord& stage) {
  const std::lock_guard lock(mutex_);
  stages_.push_back(stage);
}

void RunRecorder::append_lost(LostWorker lost) {
  const std::lock_guard lock(mutex_);
  lost_.push_back(std::move(lost));
}

void RunRecorder::write_waiting() {
  std::vector<StageRecord> stages;
  std::vector<LostWorker> lost;
  {
    const std::lock_guard lock(mutex_);
    stages = std::exchange(stages_, {});
    lost = std::exchange(lost_, {});
  }
  for (const LostWorker& worker : lost) directory_->append(worker);
  for (const StageRecord& stage : stages) directory_->append_stage(stage);
}

void RunRecorder::keep(const FitRecord& record, const Planned& planned) {
  write_waiting();
  directory_->append(record);
  appended_.push_back(record.result);
  ++(record.result.failed() ? failed_ : trained_);
  if (record.result.failed()) ++failures_[record.result.error];
  work_[index_of(planned.kind)].done += planned.cost;
}

void RunRecorder::flush() {
  write_waiting();
  directory_->flush();
  on_safe(std::exchange(appended_, {}));
  counters_->trained += std::exchange(trained_, 0);
  counters_->failed += std::exchange(failed_, 0);
  const auto add = [](std::atomic<double>& to, double more) { to.store(to.load() + more); };
  const auto add_all = [&](RunCounters::Pace& to, const MeasuredWork& more) {
    add(to.cost, more.cost);
    add(to.seconds, more.seconds);
    add(to.cohorts, more.cohorts);
    add(to.logs, more.logs);
    add(to.log_squares, more.log_squares);
    add(to.log_cubes, more.log_cubes);
  };
  for (std::size_t kind = 0; kind < kWorkKinds; ++kind) {
    const Work fresh = std::exchange(work_[kind], {});
    RunCounters::Work& total = counters_->work[kind];
    add_all(total.first, fresh.first);
    add_all(total.later, fresh.later);
    add(total.done, fresh.done);
  }
}

}  // namespace crossfold
