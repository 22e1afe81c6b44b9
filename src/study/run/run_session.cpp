#include "run_session.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/duration.h"
#include "crossfold/core/error.h"
#include "crossfold/core/first_named.h"
#include "crossfold/core/log.h"
#include "crossfold/core/utc_time.h"
#include "crossfold/plan/plan_warnings.h"
#include "crossfold/results/shard_neighbours.h"
#include "crossfold/solve/instruction_set.h"
#include "crossfold/study/shard_share.h"

#include "stage_text.h"

namespace crossfold {

namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

std::string why_undivided(const Experiment& experiment) {
  if (has_generations(experiment))
    return fmt::format(
        "cannot be divided: experiment '{}' draws its candidates in generations (each learns from "
        "all results before). run it without --shard on more ranks, or take another sampler",
        experiment.name);
  return fmt::format(
      "cannot be divided: experiment '{}' races (each rung needs the results of all candidates). "
      "run it without --shard on more ranks, or take 'race' out of its sweep",
      experiment.name);
}

/// A race compares all of its candidates with one another, again and again.
std::optional<ShardNumber> shard_of(const Study& study, const RunSettings& settings) {
  if (settings.shard && !study.plan.chains.empty())
    throw Error(ErrorCode::bad_input,
                why_undivided(study.job.experiments[study.plan.chains.front().experiment]),
                "--shard");
  return settings.shard;
}

/// What lies in the run directory beside a shard must be of the job too, or no merge takes them
/// together.
void check_neighbours(const Study& study, const fs::path& directory, const ShardNumber& shard) {
  const auto check = [&](const fs::path& other) {
    check_shares_plan(other, recorded_job(study, other), study.samples, study.plan);
  };
  check(directory);
  for (const FoundShard& other : find_shards(directory))
    if (other.number != shard) check(other.directory);
}

/// Shards that no merge will take into this run, which goes on without them.
void warn_of_foreign_shards(const Study& study, const fs::path& directory) try {
  for (const FoundShard& shard : find_shards(directory))
    check_shares_plan(shard.directory, recorded_job(study, shard.directory), study.samples,
                      study.plan);
} catch (const Error& error) {
  if (error.code() != ErrorCode::bad_input) throw;
  log_warning(fmt::format("shards beside this run are not of it and cannot be merged into it: {}",
                          error.what()));
}

fs::path place_of(const Study& study, const fs::path& directory,
                  const std::optional<ShardNumber>& shard) {
  if (!shard) {
    warn_of_foreign_shards(study, directory);
    return directory;
  }
  check_home_of_shards(directory);
  for (const FoundShard& other : find_shards(directory))
    CF_VALIDATE(other.number.of == shard->of, ErrorCode::bad_input,
                fmt::format("is a shard of another division (shard {} of {} could not be taken "
                            "together with it). choose another --out, or remove the folder",
                            shard->index, shard->of),
                other.directory.string());
  check_neighbours(study, directory, *shard);  // before anything is written here
  return shard_directory(directory, *shard);
}

/// One line for each reason, of very many reasons the first.
void tell_failures(const std::map<std::string, std::size_t>& failures) {
  std::size_t told = 0;
  for (const auto& [reason, fits] : failures)
    if (told++ < kMostNamed)
      log_warning(fmt::format("{} failed: {}", counted(fits, "fit"), reason));
  if (told > kMostNamed)
    log_warning(fmt::format("and fits failed for {} more reasons", told - kMostNamed));
}

/// Looks at the other run before anything is written here.
std::unique_ptr<WarmStart> find_warm_start(const Study& study, const fs::path& path,
                                           const std::optional<ShardNumber>& shard,
                                           const std::unordered_set<FitId>& of_shard) {
  if (!study.warm_start) return nullptr;
  check_is_other_run(*study.warm_start, path);
  return std::make_unique<WarmStart>(
      *study.warm_start, study.job, study.plan, study.samples.id,
      [&](const FitId& id) { return !shard || of_shard.contains(id); });
}

}  // namespace

RunSession::RunSession(Study& study, const std::filesystem::path& directory,
                       const RunSettings& settings, const RunControl& control)
    : study_(&study),
      shard_(shard_of(study, settings)),
      path_(place_of(study, directory, shard_)),
      ours_(shard_ ? fits_of_shard(study.plan, *shard_) : std::unordered_set<FitId>{}),
      warm_start_(find_warm_start(study, path_, shard_, ours_)),
      directory_(RunDirectory::open(path_, recorded_job(study, path_), study.samples, study.plan,
                                    study.split_csv, settings.repairs)),
      make_rule_(settings.stage_rule),
      foresight_(study.job, study.plan),
      recorder_(directory_, study.job, study.plan, counters_),
      control_(&control) {
  if (shard_) check_neighbours(study, directory, *shard_);  // one that began at the same time
  for (const std::string& note : study.plan.basis.notes) log_info("note: " + note);
  for (const std::string& warning : plan_warnings(study.job, study.plan.basis))
    log_warning(warning);
  for (const std::string& note : directory_.notes()) log_warning(note);
  take_stages();
  take_over();
  note_abandoned();
  std::unordered_set<FitId> left_out = directory_.done();
  done_at_first_ = left_out;
  already_done_ = left_out.size();
  if (shard_)
    for (const Fit& fit : study.plan.fits)
      if (!ours_.contains(fit.id)) left_out.insert(fit.id);
  work_.emplace(study.job, study.plan, *stages_, left_out);
  count_fits();
  work_->on_stage = [this](const Stage& stage) { note_stage(stage); };
  recorder_.on_safe = [this](std::vector<FitResult> results) {
    for (const FitResult& result : results)
      if (result.failed()) failed_.push_back(result.id);
    work_->recorded(std::move(results));
  };
}

void RunSession::take_stages() {
  rule_ = foresight_.watch(make_rule_(study_->job, study_->plan));
  stages_.emplace(study_->job, study_->plan, *rule_);
  decide_at_first([&] { directory_.tell(*stages_); });
}

void RunSession::decide_at_first(const std::function<void()>& tell) try {
  tell();
  for (Stage& stage : stages_->advance()) decided_at_first_.push_back(std::move(stage));
} catch (const Error& error) {
  throw Error(error.code(), error.message(), (path_ / "journal.jsonl").string());
}

void RunSession::take_over() {
  if (!warm_start_) return;
  for (;;) {
    const std::vector<FitResult> taken = warm_start_->take_into(directory_, study_->store);
    const std::size_t planned = study_->plan.fits.size();
    decide_at_first([&] {
      for (const FitResult& result : taken) stages_->take(result);
    });
    if (study_->plan.fits.size() == planned) break;
    warm_start_->look_again();  // candidates were drawn: the other run may have drawn them too
  }
  const SharedFits& shared = warm_start_->shared();
  for (const std::string& line : warm_start_text(shared, study_->job.warm_start->string()))
    shared.to_take.empty() ? log_warning(line) : log_info(line);
  warm_start_.reset();
}

void RunSession::note_abandoned() {
  const std::vector<Stage> stages = stages_->decided();
  const std::vector<bool> to_train =
      fits_to_train(study_->job, study_->plan, stages,
                    [&](const FitId& id) { return directory_.done().contains(id); });
  for (const Stage& stage : stages)
    for (const std::uint32_t fit : stage.fits)
      if (!to_train[fit]) abandoned_.insert(study_->plan.fits[fit].id);
}

void RunSession::note_stage(const Stage& stage) {
  recorder_.plan_fits(study_->job, study_->plan, stage);
  if (stage.was_expected) return;
  recorder_.append_stage(stage.record);
  count_fits();
  log_info(stage_text(stage.record));
}

std::unordered_set<FitId> RunSession::fits_that_may_count() const {
  return possible_fits(study_->job, study_->plan, stages_->decided(),
                       [&](const FitId& id) { return !abandoned_.contains(id); });
}

void RunSession::count_fits() {
  if (study_->plan.chains.empty()) return;
  latest_.clear();
  for (Stage& stage : stages_->decided()) {
    if (!latest_.empty() && latest_.back().chain == stage.chain) latest_.pop_back();
    latest_.push_back(std::move(stage));
  }
  foresee();
  at_ = stages_at_work_text(study_->job, latest_);
  const std::unordered_set<FitId> possible = fits_that_may_count();
  at_most_ = possible.size() + crossfold::fits_to_come(study_->plan);
  already_done_ = static_cast<std::size_t>(
      std::count_if(done_at_first_.begin(), done_at_first_.end(),
                    [&](const FitId& id) { return possible.contains(id); }));
  spare_ = static_cast<std::size_t>(
      std::count_if(work_->ahead().begin(), work_->ahead().end(),
                    [&](const FitId& id) { return !possible.contains(id); }));
}

void RunSession::foresee() {
  (void)foresight_.look();
  to_come_ =
      expected_to_come(study_->job, study_->plan, latest_, foresight_.fits(), work_->ahead());
}

std::optional<ShardShare> RunSession::share() const {
  if (!shard_) return std::nullopt;
  return ShardShare{.index = shard_->index, .of = shard_->of, .fits = total()};
}

SegmentFolder RunSession::begin_segments() {
  const OutputSettings& output = study_->job.output;
  const bool keeps = output.predictions || output.curves || output.features != FeatureOutput::none;
  return keeps && work_->fits() > 0 ? directory_.begin_segments() : SegmentFolder{};
}

void RunSession::begin(const std::string& launch, std::uint32_t workers, const WorkerSetup& setup) {
  work_->share_among(workers);
  if (setup.gpus > 0) work_->join_up_to(kFitsOnAGpu);
  if (already_done_ > 0)
    log_info(fmt::format("{} of {} fits are done already", already_done_, total()));
  if (shard_) log_info(fmt::format("this is shard {} of {}", shard_->index, shard_->of));
  log_info(fmt::format("{} to train on {}, into {}{}", counted(work_->fits(), "fit"),
                       counted(workers, "worker"), path_.string(),
                       stages_->complete() ? "" : "; more as the stages of the sweep are decided"));
  const std::string class_label = equivalence_class(study_->job, setup, 0);
  for (const std::string& other : directory_.classes())
    if (other != class_label)
      log_warning(
          fmt::format("fits in this folder were made by another equivalence class (the last "
                      "bits of numbers may differ between the two):\n  there: {}\n  here:  {}",
                      other, class_label));
  directory_.append_session(
      SessionStart{.launch = launch,
                   .workers = workers,
                   .threads_per_worker = 1,
                   .equivalence_class = class_label,
                   .instruction_set = std::string(name_of(setup.instruction_set)),
                   .store = study_->store,
                   .shard = share()});
  for (const Stage& stage : decided_at_first_) note_stage(stage);
  pace_before_ = pace_before();
  start_ = Clock::now();
  heartbeat_.emplace(path_);
  sink_.emplace(recorder_);
}

fleet::FleetOptions RunSession::fleet_options() {
  fleet::FleetOptions options;
  options.stop = control_->stop;
  options.on_progress = [this](const fleet::Coordinator& c) { show_progress(c); };
  return options;
}

RunSession::~RunSession() {
  try {
    sink_.reset();
    recorder_.flush();
  } catch (const std::exception& error) {
    log_detail(fmt::format("the last lines of the journal are not written: {}", error.what()));
  }
}

void RunSession::note_losses(const fleet::Coordinator& coordinator) {
  if (coordinator.status().lost == lost_.size()) return;
  for (const fleet::WorkerReport& worker : coordinator.workers())
    if (worker.lost && lost_.insert(worker.worker.value).second)
      recorder_.append_lost({.worker = worker.worker.value,
                             .at_s = unix_now_s(),
                             .host = worker.hello.host,
                             .device = worker.hello.device});
}

WorkSoFar::Paces RunSession::pace_before() const {
  std::unordered_map<FitId, const Fit*> fits;
  for (const CohortRecord& cohort : directory_.cohorts())
    fits.emplace(cohort.times.first_fit, nullptr);
  for (const Fit& fit : study_->plan.fits)
    if (const auto found = fits.find(fit.id); found != fits.end()) found->second = &fit;
  CostByKind costs{};
  CostByKind seconds{};
  for (const CohortRecord& cohort : directory_.cohorts()) {
    const Fit* first = fits.at(cohort.times.first_fit);
    if (first == nullptr || cohort.fits == 0) continue;
    const std::size_t kind = index_of(kind_of(study_->job, *first));
    costs[kind] += static_cast<double>(cohort.fits) * first->cost;
    seconds[kind] += cohort.times.seconds;
  }
  WorkSoFar::Paces paces;
  for (std::size_t kind = 0; kind < kWorkKinds; ++kind)
    if (costs[kind] > 0) paces[kind] = seconds[kind] / costs[kind];
  return paces;
}

WorkSoFar RunSession::work_so_far(const fleet::Coordinator& coordinator) {
  WorkSoFar work;
  work.workers = coordinator.status().workers;
  for (const fleet::WorkerReport& worker : coordinator.workers()) {
    work.busy_s += worker.busy_s;
    if (worker.at_hand) work.at_hand.push_back(*worker.at_hand);
  }
  const Clock::time_point now = Clock::now();
  if (!work_start_ && !work.at_hand.empty()) work_start_ = now;
  if (work_start_) work.elapsed_s = std::chrono::duration<double>(now - *work_start_).count();
  work.pace_before = pace_before_;
  work.to_come = to_come_;
  if (work_->fits() > 0) work.last_piece = work_->cost() / static_cast<double>(work_->fits());
  for (std::size_t kind = 0; kind < kWorkKinds; ++kind) {
    const RunCounters::Work& done = counters_.work[kind];
    work.left[kind] = std::max(0.0, work_->costs()[kind] - done.done);
    work.first[kind] = done.first.measured();
    work.later[kind] = done.later.measured();
  }
  return work;
}

double RunSession::share_done() const {
  double done = 0;
  for (const RunCounters::Work& work : counters_.work) done += work.done;
  const double all = work_->cost() + sum_of(to_come_.mean);
  if (all <= 0) return fits_to_come() > 0 ? 0 : 1;
  return std::min(1.0, done / all);
}

void RunSession::show_progress(const fleet::Coordinator& coordinator) {
  note_losses(coordinator);
  const std::size_t failed = counters_.failed;
  const std::size_t fresh = counters_.trained + failed;
  if (!study_->plan.chains.empty() && fresh > looked_at_) {
    looked_at_ = fresh;
    work_->show_recorded();
    foresee();
  }
  const WorkSoFar work = work_so_far(coordinator);
  const std::optional<Forecast> expected = forecast(work);
  ProgressState state{.done = std::min(already_done_ + fresh, total()),
                      .of = total(),
                      .at_most = fits_to_come() > 0,
                      .failed = failed,
                      .fresh = fresh,
                      .fresh_share = expected ? expected->share : share_done(),
                      .workers = coordinator.status().workers,
                      .at = at_,
                      .at_work = work.at_hand.size(),
                      .rate_per_s = std::nullopt,
                      .left = std::nullopt};
  if (expected) state.left = expected->left;
  if (fresh > 0 && work.elapsed_s > 0)
    state.rate_per_s = static_cast<double>(fresh) / work.elapsed_s;
  control_->progress(state);
  heartbeat_->update(coordinator, state);
}

bool RunSession::lacks_fits() const {
  if (failed_.empty() || study_->plan.chains.empty()) return !failed_.empty();
  const std::unordered_set<FitId> counting = fits_that_may_count();
  return std::any_of(failed_.begin(), failed_.end(),
                     [&](const FitId& id) { return counting.contains(id); });
}

int RunSession::finish(const fleet::FleetReport& report, const TimeLimits& times) {
  control_->progress_ends();
  sink_.reset();
  recorder_.flush();  // a last stage, which no record followed
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const std::size_t failed = counters_.failed;
  const std::size_t trained = counters_.trained;
  const bool stopped = report.end == fleet::FleetEnd::stopped;
  SessionEnd end{.outcome = stopped ? SessionEnd::Outcome::stopped : SessionEnd::Outcome::completed,
                 .seconds = seconds,
                 .trained = trained,
                 .failed = failed,
                 .workers = {}};
  for (const fleet::WorkerReport& worker : report.workers)
    end.workers.push_back(
        {.rank = worker.worker.value,
         .host = worker.hello.host,
         .device = worker.hello.device,
         .cohorts = worker.items,
         .state = worker.lost ? SessionWorker::State::lost : SessionWorker::State::left});
  directory_.append_session(end);
  heartbeat_.reset();
  log_info(fmt::format("{} trained in {} ({:.3g} a second), {} failed", counted(trained, "fit"),
                       duration_text(seconds),
                       static_cast<double>(trained) / std::max(seconds, 1e-3), failed));
  tell_failures(recorder_.failures());
  if (spare_ > 0)
    log_info(
        fmt::format("{} of them trained ahead by workers that had nothing else to do, and not "
                    "needed: the candidates were given up",
                    counted(spare_, "fit")));
  if (stopped) {
    log_warning(
        fmt::format("stopped {}: {} of {} fits are done. run the same command again "
                    "to go on",
                    control_->why_stopped(), std::min(already_done_ + trained, total()), total()));
    return code_of_stop(times, control_->stop_requested(), trained + failed, "fit");
  }
  if (shard_) {
    log_info(
        fmt::format("shard {} of {} is done. when all are, `crossfold run --merge` with the "
                    "same job and --out takes them together",
                    shard_->index, shard_->of));
    return lacks_fits() ? 1 : 0;
  }
  write_final_files(path_, make_rule_);
  log_info(fmt::format("tables: crossfold report {}", path_.string()));
  return lacks_fits() ? 1 : 0;
}

}  // namespace crossfold
