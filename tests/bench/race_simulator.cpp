// What ranks wait for at the rungs of a race: coordinator, stages and work source are the real
// ones, workers are virtual, time is what the fits' durations say, and scores are those of a
// recorded complete run.
//
//   race_simulator [RANKS] [SURFACE.json] [SEEDS]

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/fleet/coordinator.h"
#include "crossfold/plan/fit_spec.h"

#include "plan/racing_study.h"
#include "staged_work.h"
#include "sweep/surface.h"

namespace crossfold {
namespace {

using namespace fleet;

/// How long fits take. Epochs hang on the candidate (its learning rate) and on the split, by the
/// plateau rule; ranks share a processor's clock with others.
struct Durations {
  const char* name;
  double of_candidate;  ///< sigma of the logarithm
  double of_fit;        ///< likewise
};

constexpr double kMeanFit_s = 60;
constexpr double kRankSpread = 0.05;  ///< sigma of a rank's speed
constexpr double kSettle_s = 0.005;   ///< a worker's flush
constexpr double kFlush_s = 0.02;     ///< the journal's
constexpr std::size_t kCandidates = 256;

/// jobs/sweep.json's shape: 256 drawn candidates, a baseline and the paper's, 10 folds x 5 seeds.
Job shape() {
  Job job = testing::racing_job(kCandidates);
  job.experiments.resize(1);
  job.embeddings.resize(1);
  job.splits.folds = 10;
  job.splits.seeds = 5;
  job.cohort = 8;
  job.experiments[0].candidates.push_back(
      testing::small_candidate("paper default", CandidateKind::disentangled));
  job.experiments[0].sweep->race->rungs = {5, 10, 15, 20, 30, 40};
  return job;
}

/// Scores of all fits of the plan: those of the surface, whose candidates are mixed in pairs where
/// there are too few.
std::unordered_map<FitId, double> scores_of(const Plan& plan, const sweep::Surface& surface) {
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

/// The rule of the race without what it foresees: ranks wait while a rung drains.
class WithoutForesight final : public StageRule {
 public:
  explicit WithoutForesight(std::unique_ptr<StageRule> rule) : rule_(std::move(rule)) {}
  [[nodiscard]] std::optional<double> score(std::uint32_t chain,
                                            const FitResult& result) const override {
    return rule_->score(chain, result);
  }
  [[nodiscard]] Stage next(std::uint32_t chain, std::span<const Stage> before,
                           const ChainScores& scores) const override {
    return rule_->next(chain, before, scores);
  }

 private:
  std::unique_ptr<StageRule> rule_;
};

enum class Idle { waits, works_ahead };

std::unique_ptr<StageRule> make_rule(const Job& job, const Plan& plan, Idle idle) {
  std::unique_ptr<StageRule> rule = make_stage_rule(job, plan);
  if (idle == Idle::works_ahead) return rule;
  return std::make_unique<WithoutForesight>(std::move(rule));
}

struct Outcomes {
  double end_s = 0;
  double idle = 0;      ///< share of all rank-time
  double unneeded = 0;  ///< share of all rank-time spent on fits that no stage asked for
  std::size_t fits = 0;
  std::size_t needed = 0;
  std::string stages;  ///< all decisions, to compare
};

class Simulation {
 public:
  Simulation(const Job& job, const Plan& plan, const std::unordered_map<FitId, double>& scores,
             const Durations& durations, Idle idle, std::uint32_t ranks, std::uint32_t seed)
      : job_(job),
        plan_(plan),
        scores_(scores),
        random_(seed),
        rule_(make_rule(job_, plan_, idle)),
        stages_(job_, plan_, *rule_),
        first_(stages_.advance()),
        source_(job_, plan_, stages_, {}),
        coordinator_(hello_, Rank{0}, ranks),
        workers_(ranks) {
    std::map<std::uint32_t, double> of_candidate;
    const auto spread = [&](double sigma) {
      return std::exp(std::normal_distribution<double>(-sigma * sigma / 2, sigma)(random_));
    };
    for (const Fit& fit : plan.fits) {
      const auto [factor, fresh] = of_candidate.emplace(fit.candidate, 0);
      if (fresh) factor->second = spread(durations.of_candidate);
      seconds_[fit.id] = kMeanFit_s * factor->second * spread(durations.of_fit);
    }
    for (Worker& worker : workers_) worker.slowness = spread(kRankSpread);
    source_.share_among(ranks);
  }

  Outcomes run() {
    for (std::uint32_t w = 0; w < workers_.size(); ++w) tell(WorkerJoined{Rank{w}, hello_});
    while (coordinator_.end() == FleetEnd::running && !events_.empty()) {
      const auto [time, order, event] = events_.top();
      events_.pop();
      now_s_ = time;
      happen(event);
    }
    return outcomes();
  }

 private:
  enum class Kind { ends, settled, flushed, leaves };
  struct Event {
    Kind kind;
    std::uint32_t worker = 0;
    std::size_t outcome = 0;
  };
  using Timed = std::tuple<double, std::uint64_t, Event>;
  struct Later {
    bool operator()(const Timed& a, const Timed& b) const {
      return std::tie(std::get<0>(a), std::get<1>(a)) > std::tie(std::get<0>(b), std::get<1>(b));
    }
  };
  struct Worker {
    std::deque<WorkItem> items;
    double slowness = 1;
    bool busy = false;
    bool dismissed = false;
    std::size_t unsent = 0;
  };

  void at(double time_s, Event event) { events_.emplace(time_s, order_++, event); }

  void tell(fleet::Event event) {
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

  void start(std::uint32_t w) {
    Worker& worker = workers_[w];
    if (worker.busy || worker.items.empty()) return;
    worker.busy = true;
    double seconds = 0;
    for (const FitSpec& fit : decode_fits(worker.items.front().bytes)) {
      seconds += seconds_.at(fit.id) * worker.slowness;
      busy_of_[fit.id] = seconds_.at(fit.id) * worker.slowness;
    }
    busy_s_ += seconds;
    at(now_s_ + seconds, {Kind::ends, w});
  }

  void happen(const Event& event) {
    Worker& worker = workers_[event.worker];
    switch (event.kind) {
      case Kind::ends:
        worker.busy = false;
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
        if (!waiting_.empty() && !flushing_) flush();
        return;
      case Kind::leaves:
        return tell(WorkerLeft{Rank{event.worker}});
    }
  }

  void leave_if_free(std::uint32_t w) {
    const Worker& worker = workers_[w];
    if (worker.dismissed && !worker.busy && worker.unsent == 0) at(now_s_, {Kind::leaves, w});
  }

  void flush() {
    flushing_ = true;
    for (const Record& record : waiting_)
      for (const FitSpec& fit : decode_fits(record.bytes))
        flushed_.push_back(testing::result_with(fit.id, scores_.at(fit.id)));
    recorded_ += waiting_.size();
    waiting_.clear();
    at(now_s_ + kFlush_s, {Kind::flushed});
  }

  [[nodiscard]] Outcomes outcomes() const {
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
    if (coordinator_.end() != FleetEnd::completed || !stages_.complete())
      fmt::print("ENDED OTHERWISE\n");
    return found;
  }

  Job job_;
  Plan plan_;
  const std::unordered_map<FitId, double>& scores_;
  std::mt19937_64 random_;
  const Hello hello_{"build", "study", "host", "cpu"};
  std::unique_ptr<StageRule> rule_;
  Stages stages_;
  std::vector<Stage> first_;
  StagedWork source_;
  Coordinator coordinator_;
  std::vector<Worker> workers_;
  std::unordered_map<FitId, double> seconds_;
  std::unordered_map<FitId, double> busy_of_;
  std::priority_queue<Timed, std::vector<Timed>, Later> events_;
  std::uint64_t order_ = 0;
  double now_s_ = 0;
  double busy_s_ = 0;
  std::deque<WorkItem> outcomes_;
  std::vector<Record> waiting_;
  std::vector<FitResult> flushed_;
  std::uint64_t recorded_ = 0;
  bool flushing_ = false;
};

/// Means over simulations with other random numbers.
Outcomes means(const Job& job, const Plan& plan, const std::unordered_map<FitId, double>& scores,
               const Durations& durations, Idle idle, std::uint32_t ranks, std::uint32_t seeds) {
  Outcomes mean;
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    const Outcomes one = Simulation(job, plan, scores, durations, idle, ranks, seed).run();
    if (seed > 1 && one.stages != mean.stages) fmt::print("OTHER DECISIONS\n");
    mean.stages = one.stages;
    mean.end_s += one.end_s / seeds;
    mean.idle += one.idle / seeds;
    mean.unneeded += one.unneeded / seeds;
    mean.fits += one.fits;
    mean.needed = one.needed;
  }
  mean.fits /= seeds;
  return mean;
}

void simulate(std::uint32_t ranks, const std::string& path, std::uint32_t seeds) {
  const Job job = shape();
  const Plan plan = testing::small_plan(job);
  const sweep::Surface surface = sweep::read_surface(path);
  const std::unordered_map<FitId, double> scores = scores_of(plan, surface);
  fmt::print("{}: {} ranks, {} candidates x 50 splits, means of {} simulations\n\n", surface.name,
             ranks, kCandidates, seeds);
  fmt::print("| durations | idle ranks | fits needed | trained | idle | unneeded | hours |\n");
  fmt::print("| --- | --- | --- | --- | --- | --- | --- |\n");
  std::string decisions;
  for (const Durations& durations :
       {Durations{"all alike", 0, 0}, Durations{"fits differ (0.3)", 0, 0.3},
        Durations{"candidates (0.5) and fits (0.3) differ", 0.5, 0.3}})
    for (const Idle idle : {Idle::waits, Idle::works_ahead}) {
      const Outcomes mean = means(job, plan, scores, durations, idle, ranks, seeds);
      if (!decisions.empty() && mean.stages != decisions) fmt::print("OTHER DECISIONS\n");
      decisions = mean.stages;
      fmt::print("| {} | {} | {} | {} | {:.1f} % | {:.1f} % | {:.2f} |\n", durations.name,
                 idle == Idle::waits ? "wait" : "work ahead", mean.needed, mean.fits,
                 100 * mean.idle, 100 * mean.unneeded, mean.end_s / 3600);
    }
}

}  // namespace
}  // namespace crossfold

int main(int argc, char** argv) {
  const std::uint32_t ranks = argc > 1 ? static_cast<std::uint32_t>(std::stoul(argv[1])) : 64;
  const std::string path =
      argc > 2 ? argv[2] : CROSSFOLD_SOURCE_DIR "/tests/sweep/surfaces/shortcut_task.json";
  crossfold::simulate(ranks, path, argc > 3 ? static_cast<std::uint32_t>(std::stoul(argv[3])) : 5);
}
