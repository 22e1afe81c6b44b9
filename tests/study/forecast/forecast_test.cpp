#include "forecast.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/fleet/coordinator.h"

namespace crossfold {
namespace {

using nlohmann::json;
using namespace fleet;

/// A cohort as a real run trained it.
struct Recorded {
  std::uint32_t kind = 0;
  double cost = 0;
  double seconds = 0;
};

/// A run's cohorts; see make_forecast_cases.py.
struct RecordedRun {
  std::string name;
  std::uint32_t workers = 0;
  std::vector<Recorded> cohorts;
  WorkSoFar::Paces pace_before{};  ///< of the session before
  double last_piece = 0;           ///< as WorkSoFar has it
};

/// How far a forecast was off.
struct Miss {
  double share = 0;  ///< of the run's time that had passed
  bool known = false;
  double of_left = 0;   ///< error of the time left, as a share of the true one
  double of_whole = 0;  ///< likewise of the whole run's time
  bool in_range = false;
  bool is_open = false;  ///< the range has no upper end
};

/// Runs the coordinator over recorded times by a virtual clock.
class VirtualRun {
 public:
  explicit VirtualRun(const RecordedRun& run)
      : run_(run), coordinator_(hello_, Rank{0}, run.workers) {}

  /// When it ends, and what was forecast at each step.
  std::vector<std::pair<double, std::optional<Forecast>>> go() {
    for (std::uint32_t i = 0; i < run_.workers; ++i) tell(WorkerJoined{Rank{i}, hello_});
    tell(TimePassed{0});
    while (!ends_.empty()) step();
    EXPECT_EQ(coordinator_.end(), FleetEnd::completed);
    return std::move(forecasts_);
  }

 private:
  struct End {
    double time_s;
    Rank worker;
    bool operator>(const End& other) const { return time_s > other.time_s; }
  };

  void step() {
    constexpr double kTick = 0.002;  // of the run's time, which no test knows beforehand
    const double next_s = ends_.top().time_s;
    const double tick_s = kTick * total_s();
    while (now_s_ + tick_s < next_s) {
      now_s_ += tick_s;
      tell(TimePassed{now_s_});
      forecasts_.emplace_back(now_s_, forecast(so_far()));
    }
    now_s_ = next_s;
    tell(TimePassed{now_s_});
    const Rank worker = ends_.top().worker;
    ends_.pop();
    std::deque<WorkItem>& items = held_[worker];
    const WorkItem item = std::move(items.front());
    items.pop_front();
    const Recorded& cohort = cohort_of(item);
    const bool is_first = warm_.insert(worker).second;
    MeasuredWork& measured = (is_first ? work_.first : work_.later)[cohort.kind];
    measured.add(cohort.cost, cohort.seconds);
    done_[cohort.kind] += cohort.cost;
    if (!items.empty()) begin(worker);
    tell(ResultArrived{worker, item.id, Outcome{.results = "done", .failures = {}}});
    tell(RecordsDurable{++recorded_});
    forecasts_.emplace_back(now_s_, forecast(so_far()));
  }

  [[nodiscard]] double total_s() const {
    double sum = 0;
    for (const Recorded& cohort : run_.cohorts) sum += cohort.seconds;
    return sum / run_.workers;
  }

  [[nodiscard]] const Recorded& cohort_of(const WorkItem& item) const {
    return run_.cohorts.at(std::stoul(item.bytes));
  }

  void begin(Rank worker) {
    ends_.push({now_s_ + cohort_of(held_[worker].front()).seconds, worker});
    tell(WorkStarted{worker, held_[worker].front().id});
  }

  void tell(Event event) {
    bool asked = false;
    std::vector<Rank> leaving;
    for (Action& action : coordinator_.handle(std::move(event))) {
      if (auto* work = std::get_if<SendWork>(&action)) {
        held_[work->worker].push_back(std::move(work->item));
        if (held_[work->worker].size() == 1) begin(work->worker);
      }
      if (const auto* end = std::get_if<DismissWorker>(&action)) leaving.push_back(end->worker);
      asked = asked || std::holds_alternative<AskForWork>(action);
    }
    for (const Rank worker : leaving) tell(WorkerLeft{worker});
    if (asked) tell(WorkSupplied{supply()});
  }

  SuppliedWork supply() {
    SuppliedWork work;
    for (std::size_t i = 0; i < run_.cohorts.size(); ++i) {
      const Recorded& cohort = run_.cohorts[i];
      work.items.push_back(
          {.id = {}, .cost = cohort.cost, .bytes = std::to_string(i), .kind = cohort.kind});
      known_[cohort.kind] += cohort.cost;
    }
    work.then = Supply::complete;
    return work;
  }

  WorkSoFar so_far() {
    work_.workers = run_.workers;
    work_.elapsed_s = now_s_;
    work_.last_piece = run_.last_piece;
    work_.pace_before = run_.pace_before;
    work_.busy_s = 0;
    work_.at_hand.clear();
    for (const WorkerReport& worker : coordinator_.workers()) {
      work_.busy_s += worker.busy_s;
      if (worker.at_hand) work_.at_hand.push_back(*worker.at_hand);
    }
    for (std::size_t kind = 0; kind < kWorkKinds; ++kind)
      work_.left[kind] = known_[kind] - done_[kind];
    return work_;
  }

  const RecordedRun& run_;
  const Hello hello_{"build", "plan", "host", "cpu"};
  Coordinator coordinator_;
  std::map<Rank, std::deque<WorkItem>> held_;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  std::uint64_t recorded_ = 0;
  double now_s_ = 0;
  WorkSoFar work_;
  std::set<Rank> warm_;
  CostByKind known_{};
  CostByKind done_{};
  std::vector<std::pair<double, std::optional<Forecast>>> forecasts_;
};

/// The forecasts nearest behind these shares of the run's time.
std::vector<Miss> misses_at(const RecordedRun& run, const std::vector<double>& shares) {
  const auto forecasts = VirtualRun(run).go();
  const double end_s = forecasts.back().first;
  std::vector<Miss> misses;
  for (const double share : shares) {
    const auto at = std::find_if(forecasts.begin(), forecasts.end(),
                                 [&](const auto& one) { return one.first >= share * end_s; });
    Miss miss{.share = share};
    if (at->second) {
      miss.known = true;
      const double left_s = end_s - at->first;
      const ExpectedTime& expected = at->second->left;
      miss.of_left = (expected.seconds - left_s) / left_s;
      miss.of_whole = (expected.seconds - left_s) / end_s;
      miss.in_range = left_s >= expected.least_s && left_s <= expected.most_s;
      miss.is_open = std::isinf(expected.most_s);
    }
    misses.push_back(miss);
  }
  return misses;
}

std::vector<RecordedRun> recorded_runs() {
  std::ifstream file(CROSSFOLD_TEST_DATA "/forecast_cases.json");
  std::vector<RecordedRun> runs;
  for (const json& one : json::parse(file)) {
    RecordedRun run{.name = one.at("name"), .workers = one.at("workers"), .cohorts = {}};
    for (std::size_t kind = 0; kind < kWorkKinds; ++kind)
      if (const json& pace = one.at("pace_before").at(kind); !pace.is_null())
        run.pace_before[kind] = pace.get<double>();
    for (const json& cohort : one.at("cohorts"))
      run.cohorts.push_back({.kind = cohort.at(0), .cost = cohort.at(1), .seconds = cohort.at(2)});
    runs.push_back(std::move(run));
  }
  return runs;
}

/// What cannot be held within a tenth at 10, 20 and 50 % of the run, and why. The machine that
/// these runs were recorded on had other work: its speed from cohort to cohort differs by a half.
const std::map<std::string, std::array<double, 3>> kWorse{
    // 15 network cohorts: at first only those that warm the workers up are known
    {"linear and network", {0.1, 0.4, 0.1}},
    // 33 cohorts of half a second, of uneven speed
    {"resumed", {0.3, 0.3, 0.15}},
    // the next outlier is not to be foreseen
    {"heavy tails (drawn)", {0.5, 0.6, 0.3}}};

/// Prints the table, and sees to it that no forecast gets worse.
TEST(Forecast, IsRightWithinATenthWhereThatCanBeKnown) {
  const std::vector<double> shares{0.1, 0.2, 0.5};
  fmt::print("error of the predicted time left, in % of it (of the whole run), after\n");
  fmt::print("{:<28}{:>18}{:>18}{:>18}\n", "", "10 %", "20 %", "50 %");
  for (const RecordedRun& run : recorded_runs()) {
    std::string line = fmt::format("{:<28}", run.name);
    const auto worse = kWorse.find(run.name);
    const std::vector<Miss> misses = misses_at(run, shares);
    for (std::size_t i = 0; i < misses.size(); ++i) {
      const Miss& miss = misses[i];
      const double limit = worse == kWorse.end() ? 0.1 : worse->second[i];
      line += fmt::format(
          "{:>18}", miss.known
                        ? fmt::format("{:+.1f} ({:+.1f})", 100 * miss.of_left, 100 * miss.of_whole)
                        : "not known");
      EXPECT_TRUE(miss.known || worse != kWorse.end()) << run.name << " at " << miss.share;
      EXPECT_LE(std::abs(miss.of_left), limit) << run.name << " at " << miss.share;
    }
    fmt::print("{}\n", line);
  }
}

/// Cohorts of equal cost, of which drawn times differ.
template <class Draw>
RecordedRun drawn_run(std::uint32_t workers, std::size_t cohorts, std::uint64_t seed,
                      const Draw& draw) {
  RecordedRun run{
      .name = "drawn", .workers = workers, .cohorts = {}, .pace_before = {}, .last_piece = 50};
  std::mt19937_64 random(seed);
  for (std::size_t i = 0; i < cohorts; ++i)
    run.cohorts.push_back({.kind = 1, .cost = 50, .seconds = 0.5 * draw(random)});
  return run;
}

/// The logarithm's spread of a normal one; libstdc++'s own distributions differ elsewhere.
double normal(std::mt19937_64& random) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += static_cast<double>(random() >> 11U) * 0x1p-53;
  return sum;
}

struct DrawnCase {
  const char* name;
  double sigma;                  ///< of the logarithm; 0: Pareto, alpha 1.5
  std::array<double, 3> bias;    ///< limits at 10, 20 and 50 %: of the mean error
  std::array<double, 3> inside;  ///< least share in the range
  double open;                   ///< largest share of ranges without an upper end
};

/// Forty runs each, 300 cohorts on 8 workers. Without the items at hand, which take long and so
/// have not ended, the mean error at 10 % was -20 % for 0.7 and -36 % for 1. Of Pareto's no mean
/// can be told; the range says so.
TEST(Forecast, IsRightOnAverageWhereTimesDifferAndSaysWhereItCannotBe) {
  constexpr std::array kCases{
      DrawnCase{"sigma 0.3", 0.3, {0.1, 0.1, 0.1}, {0.7, 0.7, 0.6}, 0.15},
      DrawnCase{"sigma 0.7", 0.7, {0.1, 0.1, 0.1}, {0.6, 0.6, 0.6}, 0.15},
      DrawnCase{"sigma 1", 1, {0.25, 0.15, 0.15}, {0.5, 0.5, 0.5}, 0.15},
      DrawnCase{"Pareto 1.5", 0, {0.6, 0.6, 0.6}, {0.5, 0.7, 0.8}, 1.01},
  };
  const std::vector<double> shares{0.1, 0.2, 0.5};
  fmt::print("mean error of the time left, in %; share in its range; share without an upper end\n");
  for (const DrawnCase& one : kCases) {
    std::array<double, 3> bias{};
    std::array<double, 3> inside{};
    std::array<double, 3> open{};
    constexpr int kRuns = 40;
    for (int seed = 0; seed < kRuns; ++seed) {
      const auto draw = [&](std::mt19937_64& random) {
        if (one.sigma > 0) return std::exp(one.sigma * normal(random));
        return std::pow(1 - static_cast<double>(random() >> 11U) * 0x1p-53, -1 / 1.5);
      };
      const auto misses =
          misses_at(drawn_run(8, 300, 500 + static_cast<std::uint64_t>(seed), draw), shares);
      for (std::size_t i = 0; i < shares.size(); ++i) {
        bias[i] += misses[i].of_left / kRuns;
        inside[i] += misses[i].in_range ? 1.0 / kRuns : 0;
        open[i] += misses[i].is_open ? 1.0 / kRuns : 0;
      }
    }
    std::string line = fmt::format("{:<14}", one.name);
    for (std::size_t i = 0; i < shares.size(); ++i) {
      line += fmt::format("{:>8.1f}, {:.2f}, {:.2f}", 100 * bias[i], inside[i], open[i]);
      EXPECT_LE(std::abs(bias[i]), one.bias[i]) << one.name << " at " << shares[i];
      EXPECT_GE(inside[i], one.inside[i]) << one.name << " at " << shares[i];
      EXPECT_LE(open[i], one.open) << one.name << " at " << shares[i];
    }
    fmt::print("{}\n", line);
  }
}

/// Five equal cohorts, so that only what is usual is taken for their spread: 3 x 0.2 squared
/// over 7.
WorkSoFar two_workers() {
  WorkSoFar work;
  work.left = {0, 60};
  for (int i = 0; i < 5; ++i) work.later[index_of(WorkKind::network)].add(2, 4);
  work.workers = 2;
  work.elapsed_s = 10;
  work.busy_s = 20;
  return work;
}

/// Of the mean over the median, at that spread.
const double kMeanToMedian = std::exp(0.5 * 3 * 0.04 / 7);

TEST(Forecast, IsTheCostThatIsLeftAtThePaceSoFar) {
  const auto expected = forecast(two_workers());
  ASSERT_TRUE(expected.has_value());
  const double left_s = 60 * kMeanToMedian;  // 60 x 2 s a cost, two workers
  EXPECT_NEAR(expected->left.seconds, left_s, 1e-9);
  EXPECT_NEAR(expected->share, 10 / (10 + left_s), 1e-9);
}

TEST(Forecast, HasARangeForWhatIsNotKnown) {
  WorkSoFar work = two_workers();
  const ExpectedTime alike = forecast(work)->left;
  EXPECT_LT(alike.most_s / alike.least_s, 1.35);
  work.later[index_of(WorkKind::network)] = {};
  for (const double seconds : {2.0, 8.0, 2.0, 8.0, 4.0})
    work.later[index_of(WorkKind::network)].add(2, seconds);
  const ExpectedTime uneven = forecast(work)->left;
  EXPECT_GT(uneven.most_s / uneven.least_s, 1.8);
  work = two_workers();
  work.to_come = {.mean = {0, 60}, .least = {0, 10}, .most = {0, 200}};
  const ExpectedTime race = forecast(work)->left;
  EXPECT_NEAR(race.seconds, 120 * kMeanToMedian, 1e-9);
  EXPECT_LE(race.least_s, 71 * kMeanToMedian);
  EXPECT_GE(race.most_s, 259 * kMeanToMedian);
}

TEST(Forecast, CountsWhatWorkersHaveSpentOnWhatTheyHold) {
  WorkSoFar work = two_workers();
  work.at_hand = {{.kind = 1, .cost = 10, .since_s = 12}};
  const double half = forecast(work)->left.seconds;
  EXPECT_NEAR(half, 60 - 6, 3);
  work.at_hand = {{.kind = 1, .cost = 10, .since_s = 500}};
  EXPECT_GT(forecast(work)->left.seconds, 60) << "one that is so late says that cohorts differ";
}

TEST(Forecast, WaitsForTheLongestPieceAtHand) {
  WorkSoFar work = two_workers();
  work.at_hand = {{.kind = 1, .cost = 59, .since_s = 1}};
  EXPECT_NEAR(forecast(work)->left.seconds, 117, 3);
}

/// Two workers hold a piece each, of one kind or of both.
TEST(Forecast, WaitsForTheLongestOfSeveralPiecesInAnyOrder) {
  const auto expect_left = [](WorkSoFar work, double seconds) {
    for (int order = 0; order < 2; ++order) {
      EXPECT_NEAR(forecast(work)->left.seconds, seconds, 2);
      std::swap(work.at_hand.at(0), work.at_hand.at(1));
    }
  };
  WorkSoFar work = two_workers();
  work.at_hand = {{.kind = 1, .cost = 40, .since_s = 1}, {.kind = 1, .cost = 1, .since_s = 0.5}};
  expect_left(work, 40 * 2);
  work.left = {9, 60};
  work.at_hand = {{.kind = 1, .cost = 10, .since_s = 1}, {.kind = 0, .cost = 9, .since_s = 0}};
  expect_left(work, 9 * 2 * 9 + 1);  // nine times as slow, and a little more than the median
}

TEST(Forecast, ExpectsWorkersToWaitAsMuchAsTheyDid) {
  WorkSoFar work = two_workers();
  work.busy_s = 10;
  EXPECT_NEAR(forecast(work)->left.seconds, 120 * kMeanToMedian, 1e-9);
}

TEST(Forecast, HasAPaceForEachKind) {
  WorkSoFar work = two_workers();
  work.left = {10, 60};
  const double network_s = 60 * kMeanToMedian;
  EXPECT_NEAR(forecast(work)->left.seconds, network_s * 2.5, 1e-6) << "nine times as slow";
  for (int i = 0; i < 5; ++i) work.later[index_of(WorkKind::linear)].add(1, 10);
  EXPECT_NEAR(forecast(work)->left.seconds, network_s + 50 * kMeanToMedian, 1e-6);
}

TEST(Forecast, IsNothingBeforeACohortHasEnded) {
  WorkSoFar work = two_workers();
  work.later = {};
  EXPECT_FALSE(forecast(work).has_value());
  work.pace_before = {std::nullopt, 3};
  EXPECT_NEAR(forecast(work)->left.seconds, 90, 1e-9);
}

}  // namespace
}  // namespace crossfold
