#include "study/forecast/virtual_race.h"

#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "crossfold/plan/fit_spec.h"

#include "plan/racing_study.h"

namespace crossfold::testing {
namespace {

using namespace fleet;  // NOLINT(google-build-using-namespace): events and actions

constexpr double kSettle_s = 0.005;  ///< a worker's flush
constexpr double kFlush_s = 0.02;    ///< the journal's

}  // namespace

Job recorded_race_job(std::size_t candidates) {
  Job job = racing_job(candidates);
  job.experiments.resize(1);
  job.embeddings.resize(1);
  job.splits.folds = 10;
  job.splits.seeds = 5;
  job.cohort = 8;
  job.experiments[0].candidates.push_back(
      small_candidate("paper default", CandidateKind::disentangled));
  job.experiments[0].sweep->race->rungs = {5, 10, 15, 20, 30, 40};
  return job;
}

std::unordered_map<FitId, double> recorded_scores(const Plan& plan, const sweep::Surface& surface) {
  std::unordered_map<FitId, double> scores;
  for (const Fit& fit : plan.fits) {
    const std::size_t split = fit.seed.value * std::size_t{10} + fit.fold.value;
    const auto at = [&](std::size_t candidate) {
      return surface.scores[candidate % surface.candidates * surface.splits() + split].value_or(
          0.5);
    };
    const bool mixed = fit.candidate >= surface.candidates;
    scores[fit.id] = mixed ? 0.5 * (at(fit.candidate) + at(fit.candidate + 7)) : at(fit.candidate);
  }
  return scores;
}

VirtualRace::VirtualRace(VirtualRaceInput input)
    : job_(*input.job),
      plan_(*input.plan),
      scores_(*input.scores),
      rule_(input.make_rule(job_, plan_)),
      stages_(job_, plan_, *rule_),
      first_(stages_.advance()),
      source_(job_, plan_, stages_, {}),
      coordinator_(hello_, Rank{0}, static_cast<std::uint32_t>(input.slowness.size())),
      workers_(input.slowness.size()),
      seconds_(std::move(input.seconds)) {
  for (std::size_t i = 0; i < workers_.size(); ++i) workers_[i].slowness = input.slowness[i];
  source_.share_among(static_cast<std::uint32_t>(workers_.size()));
}

VirtualRace::Outcomes VirtualRace::run() {
  for (std::uint32_t w = 0; w < workers_.size(); ++w) tell(WorkerJoined{Rank{w}, hello_});
  while (coordinator_.end() == FleetEnd::running && !events_.empty()) {
    const auto [time, order, event] = events_.top();
    events_.pop();
    now_s_ = time;
    tell(TimePassed{now_s_});
    happen(event);
  }
  return outcomes();
}

void VirtualRace::tell(fleet::Event event) {
  bool asked = false;
  for (Action& action : coordinator_.handle(std::move(event))) {
    if (auto* send = std::get_if<SendWork>(&action)) {
      workers_[send->worker.value].items.push_back(std::move(send->item));
      start(send->worker.value);
    } else if (const auto* dismiss = std::get_if<DismissWorker>(&action)) {
      workers_[dismiss->worker.value].dismissed = true;
      leave_if_free(dismiss->worker.value);
    } else if (auto* submit = std::get_if<SubmitRecord>(&action)) {
      waiting_.push_back(std::move(submit->record));
      if (!flushing_) flush();
    } else if (std::holds_alternative<AskForWork>(action)) {
      asked = true;
    }
  }
  if (asked) tell(WorkSupplied{source_.next()});
}

void VirtualRace::start(std::uint32_t w) {
  Worker& worker = workers_[w];
  if (worker.busy || worker.items.empty()) return;
  worker.busy = true;
  worker.began_s = now_s_;
  tell(WorkStarted{Rank{w}, worker.items.front().id});
  double seconds = 0;
  for (const FitSpec& fit : decode_fits(worker.items.front().bytes)) {
    seconds += seconds_.at(fit.id) * worker.slowness;
    busy_of_[fit.id] = seconds_.at(fit.id) * worker.slowness;
  }
  busy_s_ += seconds;
  at(now_s_ + seconds, {Kind::ends, w});
}

void VirtualRace::happen(const Event& event) {
  Worker& worker = workers_[event.worker];
  switch (event.kind) {
    case Kind::ends:
      worker.busy = false;
      on_end({event.worker, worker.items.front().cost, now_s_ - worker.began_s});
      outcomes_.push_back(std::move(worker.items.front()));
      worker.items.pop_front();
      ++worker.unsent;
      at(now_s_ + kSettle_s, {Kind::settled, event.worker, outcomes_.size() - 1});
      return start(event.worker);
    case Kind::settled: {
      --worker.unsent;
      const WorkItem& item = outcomes_[event.outcome];
      tell(ResultArrived{Rank{event.worker}, item.id, {.results = item.bytes, .failures = {}}});
      return leave_if_free(event.worker);
    }
    case Kind::flushed:
      flushing_ = false;
      source_.recorded(std::exchange(flushed_, {}));
      tell(RecordsDurable{recorded_});
      on_safe();
      if (!waiting_.empty() && !flushing_) flush();
      return;
    case Kind::leaves:
      return tell(WorkerLeft{Rank{event.worker}});
  }
}

void VirtualRace::leave_if_free(std::uint32_t w) {
  const Worker& worker = workers_[w];
  if (worker.dismissed && !worker.busy && worker.unsent == 0) at(now_s_, {Kind::leaves, w});
}

void VirtualRace::flush() {
  flushing_ = true;
  for (const Record& record : waiting_)
    for (const FitSpec& fit : decode_fits(record.bytes))
      flushed_.push_back(result_with(fit.id, scores_.at(fit.id)));
  recorded_ += waiting_.size();
  waiting_.clear();
  at(now_s_ + kFlush_s, {Kind::flushed});
}

VirtualRace::Outcomes VirtualRace::outcomes() const {
  Outcomes found;
  std::unordered_set<FitId> needed;
  std::vector<bool> in_chain(plan_.fits.size(), false);
  for (const Chain& chain : plan_.chains)
    for (const std::uint32_t fit : chain.fits) in_chain[fit] = true;
  for (std::size_t i = 0; i < plan_.fits.size(); ++i)
    if (!in_chain[i]) needed.insert(plan_.fits[i].id);
  for (const Stage& stage : stages_.decided()) {
    for (const std::uint32_t fit : stage.fits) needed.insert(plan_.fits[fit].id);
    found.stages += fmt::format("{} {} {} {};", stage.record.number, stage.record.living,
                                stage.record.leader, stage.record.inputs_sha256);
  }
  double unneeded_s = 0;
  for (const auto& [id, seconds] : busy_of_)
    if (!needed.contains(id)) unneeded_s += seconds;
  const double all_s = now_s_ * static_cast<double>(workers_.size());
  found.end_s = now_s_;
  found.idle = 1 - busy_s_ / all_s;
  found.unneeded = unneeded_s / all_s;
  found.fits = busy_of_.size();
  found.needed = needed.size();
  found.complete = coordinator_.end() == FleetEnd::completed && stages_.complete();
  return found;
}

}  // namespace crossfold::testing
