#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "crossfold/fleet/coordinator.h"
#include "crossfold/plan/stages.h"

#include "staged_work.h"
#include "sweep/surface.h"

namespace crossfold::testing {

/// jobs/sweep.json's shape: so many drawn candidates, a baseline and the paper's, 10 folds x 5
/// seeds, rungs at 5, 10, 15, 20, 30 and 40 splits.
[[nodiscard]] Job recorded_race_job(std::size_t candidates);
/// Scores of all fits of the plan: those of the surface, whose candidates are mixed in pairs where
/// there are too few.
[[nodiscard]] std::unordered_map<FitId, double> recorded_scores(const Plan& plan,
                                                                const sweep::Surface& surface);

/// What a race is to be played with.
struct VirtualRaceInput {
  const Job* job = nullptr;
  const Plan* plan = nullptr;
  const std::unordered_map<FitId, double>* scores = nullptr;
  std::unordered_map<FitId, double> seconds;  ///< that each fit takes
  std::vector<double> slowness;               ///< of each rank: 1 is as usual
  StageRuleFactory make_rule;
};

/// A race on virtual ranks: coordinator, stages and work source are the real ones, time is what the
/// fits' durations say.
class VirtualRace {
 public:
  explicit VirtualRace(VirtualRaceInput input);

  /// A cohort that a rank has ended.
  struct Ended {
    std::uint32_t rank = 0;
    double cost = 0;
    double seconds = 0;
  };
  /// Is called when a cohort ends, and when records are safe.
  std::function<void(const Ended&)> on_end = [](const Ended&) {};
  std::function<void()> on_safe = [] {};

  struct Outcomes {
    double end_s = 0;
    double idle = 0;      ///< share of all rank-time
    double unneeded = 0;  ///< share of all rank-time spent on fits that no stage asked for
    std::size_t fits = 0;
    std::size_t needed = 0;
    std::string stages;  ///< all decisions, to compare
    bool complete = false;
  };
  Outcomes run();

  [[nodiscard]] double now_s() const { return now_s_; }
  [[nodiscard]] const Job& job() const { return job_; }
  [[nodiscard]] const Plan& plan() const { return plan_; }
  [[nodiscard]] const Stages& stages() const { return stages_; }
  [[nodiscard]] StagedWork& source() { return source_; }
  [[nodiscard]] const fleet::Coordinator& coordinator() const { return coordinator_; }

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
    std::deque<fleet::WorkItem> items;
    double slowness = 1;
    double began_s = 0;
    bool busy = false;
    bool dismissed = false;
    std::size_t unsent = 0;
  };

  void at(double time_s, Event event) { events_.emplace(time_s, order_++, event); }
  void tell(fleet::Event event);
  void start(std::uint32_t w);
  void happen(const Event& event);
  void leave_if_free(std::uint32_t w);
  void flush();
  [[nodiscard]] Outcomes outcomes() const;

  Job job_;
  Plan plan_;
  const std::unordered_map<FitId, double>& scores_;
  const fleet::Hello hello_{"build", "study", "host", "cpu"};
  std::unique_ptr<StageRule> rule_;
  Stages stages_;
  std::vector<Stage> first_;
  StagedWork source_;
  fleet::Coordinator coordinator_;
  std::vector<Worker> workers_;
  std::unordered_map<FitId, double> seconds_;
  std::unordered_map<FitId, double> busy_of_;
  std::priority_queue<Timed, std::vector<Timed>, Later> events_;
  std::uint64_t order_ = 0;
  double now_s_ = 0;
  double busy_s_ = 0;
  std::deque<fleet::WorkItem> outcomes_;
  std::vector<fleet::Record> waiting_;
  std::vector<FitResult> flushed_;
  std::uint64_t recorded_ = 0;
  bool flushing_ = false;
};

}  // namespace crossfold::testing
