// Coordinator, work source and recorder with very many virtual workers: no thread, no message; time
// is what the fits' durations say. What rank 0 does is real, journal included, and its time is
// measured.
//
//   fleet_simulator [FITS] [WORKERS] [COHORT] [SEED]

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <fstream>
#include <queue>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/fleet/coordinator.h"
#include "crossfold/plan/fit_spec.h"
#include "crossfold/results/run_directory.h"

#include "bench/sweep_job.h"
#include "hdf5/scratch_folder.h"
#include "plan/sample_result.h"
#include "plan/small_study.h"
#include "remaining_work.h"
#include "run_recorder.h"

namespace crossfold {
namespace {

using namespace fleet;

struct Settings {
  std::size_t fits = 1'000'000;
  std::uint32_t workers = 10'000;
  int cohort = 8;
  std::uint32_t seed = 1;
};

constexpr double kMeanFit_s = 10;
constexpr double kSpread =
    1;  // sigma of the logarithm: one fit in a hundred takes ten times the median
constexpr double kSettle_s = 0.005;  // a worker's flush
constexpr double kFlush_s = 0.02;    // the journal's
constexpr double kSilence_s = 20;
constexpr std::uint32_t kStragglers = 2;  // ten times as slow as the others
constexpr double kLostShare = 0.002;      // of the workers, some time in the run
constexpr double kFailShare = 0.0005;     // of the fits, at their first try

/// Adds the time spent in its scope.
class Stopwatch {
 public:
  explicit Stopwatch(double& sum) : sum_(&sum) {}
  ~Stopwatch() { *sum_ += std::chrono::duration<double>(Clock::now() - start_).count(); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  double* sum_;
  Clock::time_point start_ = Clock::now();
};

std::size_t resident_mb() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  file >> pages >> pages;
  return pages * 4096 / 1'000'000;
}

class Simulation {
 public:
  Simulation(const Settings& settings, const Job& job, const Plan& plan)
      : settings_(settings),
        random_(settings.seed),
        directory_(RunDirectory::open(folder_ / "run", job, testing::small_samples(), plan)),
        recorder_(directory_, job, plan, counters_),
        source_(job, plan, {}),
        coordinator_(hello_, Rank{0}, settings.workers, {.silence_s = kSilence_s}),
        workers_(settings.workers) {}

  void run() {
    source_.share_among(settings_.workers);
    for (std::uint32_t w = 0; w < settings_.workers; ++w) tell(WorkerJoined{Rank{w}, hello_});
    std::uniform_real_distribution<double> when(0, expected_s());
    for (std::uint32_t w = 0; w < settings_.workers; ++w)
      if (std::bernoulli_distribution(kLostShare)(random_)) at(when(random_), {Kind::dies, w});
    while (coordinator_.end() == FleetEnd::running && !events_.empty()) {
      const auto [time, order, event] = events_.top();
      events_.pop();
      now_s_ = time;
      happen(event);
    }
    report();
  }

 private:
  enum class Kind { ends, settled, flushed, dies, missed, leaves };
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
    bool busy = false;
    bool dead = false;
    bool dismissed = false;
    double idle_since_s = 0;
    double idle_s = 0;  ///< until nearly all is done
    std::size_t unsent = 0;
  };

  [[nodiscard]] double expected_s() const {
    return static_cast<double>(settings_.fits) * kMeanFit_s / settings_.workers;
  }
  void at(double time_s, Event event) { events_.emplace(time_s, order_++, event); }

  void tell(fleet::Event event) {
    std::vector<Action> actions;
    {
      const Stopwatch watch(coordinator_seconds_);
      actions = coordinator_.handle(std::move(event));
    }
    bool asked = false;
    for (Action& action : actions) {
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
    if (!asked) return;
    SuppliedWork work;
    {
      const Stopwatch watch(source_seconds_);
      work = source_.next();
    }
    tell(WorkSupplied{std::move(work)});
  }

  void start(std::uint32_t w) {
    Worker& worker = workers_[w];
    if (worker.busy || worker.dead || worker.items.empty() || worker.dismissed) return;
    worker.busy = true;
    if (done_fits_ < nearly_all()) worker.idle_s += now_s_ - worker.idle_since_s;
    double seconds = 0;
    std::lognormal_distribution<double> fit(std::log(kMeanFit_s) - kSpread * kSpread / 2, kSpread);
    for (std::size_t i = decode_fits(worker.items.front().bytes).size(); i > 0; --i)
      seconds += fit(random_);
    at(now_s_ + seconds * (w < kStragglers ? 10 : 1), {Kind::ends, w});
  }

  void happen(const Event& event) {
    Worker& worker = workers_[event.worker];
    switch (event.kind) {
      case Kind::ends:
        if (worker.dead) return;
        worker.busy = false;
        worker.idle_since_s = now_s_;
        outcomes_.emplace_back(worker.items.front().id, outcome_of(worker.items.front()));
        worker.items.pop_front();
        ++worker.unsent;
        at(now_s_ + kSettle_s, {Kind::settled, event.worker, outcomes_.size() - 1});
        return start(event.worker);
      case Kind::settled: {
        if (worker.dead) return;
        --worker.unsent;
        auto& [item, outcome] = outcomes_[event.outcome];
        tell(ResultArrived{Rank{event.worker}, item, std::move(outcome)});
        return leave_if_free(event.worker);
      }
      case Kind::flushed:
        flushing_ = false;
        tell(RecordsDurable{recorded_});
        if (!waiting_.empty() && !flushing_) flush();
        return;
      case Kind::dies:
        if (worker.dead || worker.dismissed) return;
        worker.dead = true;
        return at(now_s_ + kSilence_s, {Kind::missed, event.worker});
      case Kind::missed:
        ++lost_;
        return tell(WorkerLost{.worker = Rank{event.worker}, .reason = "silent"});
      case Kind::leaves:
        return tell(WorkerLeft{Rank{event.worker}});
    }
  }

  void leave_if_free(std::uint32_t w) {
    Worker& worker = workers_[w];
    if (!worker.dismissed || worker.busy || worker.unsent > 0 || worker.dead) return;
    at(now_s_, {Kind::leaves, w});
  }

  Outcome outcome_of(const WorkItem& item) {
    Outcome outcome;
    std::vector<FitRecord> records;
    for (const FitSpec& fit : decode_fits(item.bytes)) {
      ++done_fits_;
      if (done_fits_ == nearly_all()) nearly_all_s_ = now_s_;
      if (std::bernoulli_distribution(kFailShare)(random_)) {
        outcome.failures.push_back(
            {.bytes = encode_fits(std::span(&fit, 1)), .cost = fit.cost, .error = "made up"});
        continue;
      }
      FitRecord& record = records.emplace_back(
          FitRecord{.result = testing::full_result(fit.id), .artefacts = place_, .origin = {}});
      record.result.artefacts = {};
    }
    if (!records.empty())
      outcome.results = encode_cohort({.first_fit = records.front().result.id}, origin_, records);
    return outcome;
  }

  void flush() {
    flushing_ = true;
    const Stopwatch watch(record_seconds_);
    for (const Record& record : waiting_) recorder_.append(record);
    recorded_ += waiting_.size();
    waiting_.clear();
    recorder_.flush();
    at(now_s_ + kFlush_s, {Kind::flushed});
  }

  [[nodiscard]] std::size_t nearly_all() const { return settings_.fits * 98 / 100; }

  void report() const {
    double idle_s = 0;
    for (const Worker& worker : workers_) {
      const bool waits = !worker.busy && worker.idle_since_s < nearly_all_s_;
      idle_s += worker.idle_s + (waits && !worker.dead ? nearly_all_s_ - worker.idle_since_s : 0);
    }
    const auto fits = static_cast<double>(settings_.fits);
    const auto each = [&](double seconds) { return 1e6 * seconds / fits; };
    fmt::print(
        "{} fits, {} workers, cohorts of {}: {} saved records, {} workers lost, {} retries\n",
        settings_.fits, settings_.workers, settings_.cohort, coordinator_.status().saved, lost_,
        coordinator_.status().retries);
    fmt::print("ended {} after {:.0f} s ({:.0f} s would be even), {} of {} fits trained\n",
               coordinator_.end() == FleetEnd::completed ? "completed" : "OTHERWISE", now_s_,
               expected_s(), counters_.trained.load(), settings_.fits);
    fmt::print("rank 0, microseconds a fit: coordinator {:.2f}, source {:.2f}, journal {:.1f}\n",
               each(coordinator_seconds_), each(source_seconds_), each(record_seconds_));
    fmt::print("workers idle until 98 % of the fits are done: {:.2f} %\n",
               100 * idle_s / (nearly_all_s_ * settings_.workers));
    fmt::print(
        "journal {:.0f} bytes a fit; {} MB resident, virtual workers included\n",
        static_cast<double>(std::filesystem::file_size(folder_ / "run" / "journal.jsonl")) / fits,
        resident_mb());
  }

  Settings settings_;
  std::mt19937_64 random_;
  const Hello hello_{"build", "study", "host", "cpu"};
  const Origin origin_{"host", "cpu core 1", "build"};
  const ArtefactPlace place_{.segment = "0001-00000000/0001.bin",
                             .offset = 123456789,
                             .bytes = 36000,
                             .sha256 = std::string(64, 'a')};
  test::ScratchFolder folder_;
  RunDirectory directory_;
  RunCounters counters_;
  RunRecorder recorder_;
  RemainingWork source_;
  Coordinator coordinator_;
  std::vector<Worker> workers_;
  std::priority_queue<Timed, std::vector<Timed>, Later> events_;
  std::uint64_t order_ = 0;
  double now_s_ = 0;
  std::deque<std::pair<ItemId, Outcome>> outcomes_;
  std::vector<Record> waiting_;
  std::uint64_t recorded_ = 0;
  bool flushing_ = false;
  std::size_t done_fits_ = 0;
  double nearly_all_s_ = 0;
  std::size_t lost_ = 0;
  double coordinator_seconds_ = 0;
  double source_seconds_ = 0;
  double record_seconds_ = 0;
};

}  // namespace
}  // namespace crossfold

int main(int argc, char** argv) {
  crossfold::Settings settings;
  if (argc > 1) settings.fits = std::stoull(argv[1]);
  if (argc > 2) settings.workers = static_cast<std::uint32_t>(std::stoul(argv[2]));
  if (argc > 3) settings.cohort = std::stoi(argv[3]);
  if (argc > 4) settings.seed = static_cast<std::uint32_t>(std::stoul(argv[4]));
  const crossfold::Job job = crossfold::testing::sweep_job(settings.fits, settings.cohort);
  const crossfold::Plan plan = crossfold::testing::small_plan(job);
  crossfold::Simulation(settings, job, plan).run();
}
