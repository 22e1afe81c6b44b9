// Time left of races, foreseen while they are played on virtual ranks over recorded scores.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "forecast.h"
#include "plan/racing_study.h"
#include "race_foresight.h"
#include "study/forecast/virtual_race.h"

namespace crossfold {
namespace {

/// What was foreseen, and when.
using Foreseen = std::vector<std::pair<double, std::optional<Forecast>>>;

/// As RunSession does it.
class Onlooker {
 public:
  Onlooker(testing::VirtualRace& race, RaceForesight& foresight)
      : race_(&race), foresight_(&foresight) {
    race.on_end = [this](const testing::VirtualRace::Ended& ended) {
      const bool is_first = warm_.insert(ended.rank).second;
      (is_first ? work_.first : work_.later)[index_of(WorkKind::network)].add(ended.cost,
                                                                              ended.seconds);
      done_ += ended.cost;
    };
    race.on_safe = [this] { look(); };
  }

  [[nodiscard]] const Foreseen& foreseen() const { return foreseen_; }

 private:
  void look() {
    race_->source().show_recorded();
    (void)foresight_->look();
    std::vector<Stage> latest;
    for (Stage& stage : race_->stages().decided()) {
      if (!latest.empty() && latest.back().chain == stage.chain) latest.pop_back();
      latest.push_back(std::move(stage));
    }
    const std::vector<fleet::WorkerReport> workers = race_->coordinator().workers();
    work_.workers = static_cast<std::uint32_t>(workers.size());
    work_.elapsed_s = race_->now_s();
    work_.to_come = expected_to_come(race_->job(), race_->plan(), latest, foresight_->fits(),
                                     race_->source().ahead());
    work_.left[index_of(WorkKind::network)] = std::max(0.0, race_->source().cost() - done_);
    work_.last_piece = race_->source().cost() / static_cast<double>(race_->source().fits());
    work_.busy_s = 0;
    work_.at_hand.clear();
    for (const fleet::WorkerReport& worker : workers) {
      work_.busy_s += worker.busy_s;
      if (worker.at_hand) {
        work_.at_hand.push_back(*worker.at_hand);
        work_.at_hand.back().kind = static_cast<std::uint32_t>(index_of(WorkKind::network));
      }
    }
    foreseen_.emplace_back(race_->now_s(), forecast(work_));
  }

  testing::VirtualRace* race_;
  RaceForesight* foresight_;
  WorkSoFar work_;
  std::set<std::uint32_t> warm_;
  double done_ = 0;
  Foreseen foreseen_;
};

constexpr std::array kShares = {0.1, 0.2, 0.5};

struct Misses {
  std::array<double, 3> mean{};    ///< error of the time left
  std::array<double, 3> amount{};  ///< mean of its amounts
  std::array<double, 3> inside{};  ///< share in the range
};

/// One race: durations as in tests/bench/race_simulator.cpp, "fits differ".
void play(const Job& job, const Plan& plan, const std::unordered_map<FitId, double>& scores,
          std::uint32_t ranks, std::uint64_t seed, double weight, Misses& misses) {
  std::mt19937_64 random(seed);
  testing::VirtualRaceInput input{.job = &job,
                                  .plan = &plan,
                                  .scores = &scores,
                                  .seconds = {},
                                  .slowness = std::vector<double>(ranks, 1.0),
                                  .make_rule = {}};
  std::optional<RaceForesight> foresight;
  input.make_rule = [&](const Job& of, const Plan& with) {
    return foresight.emplace(of, with).watch(make_stage_rule(of, with));
  };
  for (const Fit& fit : plan.fits) {
    double normal = -6;
    for (int i = 0; i < 12; ++i) normal += static_cast<double>(random() >> 11U) * 0x1p-53;
    input.seconds[fit.id] = 60 * std::exp(0.3 * normal);
  }
  testing::VirtualRace race(std::move(input));
  const Onlooker onlooker(race, *foresight);
  const auto outcomes = race.run();
  ASSERT_TRUE(outcomes.complete);
  for (std::size_t i = 0; i < kShares.size(); ++i) {
    const auto at =
        std::find_if(onlooker.foreseen().begin(), onlooker.foreseen().end(),
                     [&](const auto& one) { return one.first >= kShares[i] * outcomes.end_s; });
    ASSERT_TRUE(at->second.has_value());
    const double left_s = outcomes.end_s - at->first;
    const ExpectedTime& expected = at->second->left;
    misses.mean[i] += weight * (expected.seconds / left_s - 1);
    misses.amount[i] += weight * std::abs(expected.seconds / left_s - 1);
    if (left_s >= 0.95 * expected.least_s && left_s <= 1.05 * expected.most_s)
      misses.inside[i] += weight;
  }
}

/// Three races over each recorded run, in orders of splits other than those the estimator was
/// chosen on: at a tenth, a fifth and half of their time. Wanted is a tenth; seen: 13 to 30 %, 7 to
/// 18 % and 6 to 8 %, but where one candidate in sixty goes on (shortcut_oos: 93, 37 and 13 %): the
/// few that are known by then have no such leader.
TEST(RaceForecast, ForeseesTheEndOfRecordedRaces) {
  fmt::print("mean error of the time left, of its amounts, in %; share in its range\n");
  for (const char* name : {"cxr_task", "shortcut_oos", "shortcut_task", "sweep_job"}) {
    const sweep::Surface surface =
        sweep::read_surface(fmt::format(CROSSFOLD_TEST_DATA "/../sweep/surfaces/{}.json", name));
    Misses misses;
    constexpr int kRaces = 3;
    for (int i = 0; i < kRaces; ++i) {
      Job job = testing::recorded_race_job(surface.candidates);
      job.seed = 3000 + static_cast<std::uint64_t>(i);
      job.experiments[0].sweep->race->indifference = 0.005;
      const Plan plan = testing::small_plan(job);
      play(job, plan, testing::recorded_scores(plan, surface), 8, job.seed, 1.0 / kRaces, misses);
    }
    std::string line = fmt::format("{:<16}", name);
    for (std::size_t i = 0; i < kShares.size(); ++i) {
      line += fmt::format("{:>8.1f}, {:.1f}, {:.2f}", 100 * misses.mean[i], 100 * misses.amount[i],
                          misses.inside[i]);
      constexpr std::array kLimits = {1.1, 0.45, 0.15};
      EXPECT_LE(misses.amount[i], kLimits[i]) << name << " at " << kShares[i];
    }
    fmt::print("{}\n", line);
  }
}

}  // namespace
}  // namespace crossfold
