#include "crossfold/sweep/race_outlook.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "crossfold/sweep/race_order.h"

#include "sweep/surface.h"

namespace crossfold::sweep {
namespace {

using Table = std::vector<std::optional<double>>;

constexpr std::array<std::uint32_t, 2> kRungs = {4, 8};

RaceSettings settings() {
  RaceSettings race;
  race.rungs = {kRungs.begin(), kRungs.end()};
  race.risk = 0.05;
  race.indifference = 0.01;
  return race;
}

RaceSchedule schedule(std::size_t candidates) {
  return {.rungs = kRungs, .all_splits = 12, .candidates = candidates};
}

TEST(RaceOutlook, IsWhatScipySaysOfAContenderBehindTheLeader) {
  // Differences of 0, 0.02, -0.01, 0.01 to the leader.
  const std::vector<Contender> living = {{.candidate = 0}, {.candidate = 1}};
  const Table scores = {0.9, 0.9, 0.9, 0.9, 0.9, 0.88, 0.91, 0.89};
  const std::vector<double> going_on =
      expected_going_on(schedule(3), 4, living, scores, settings());
  ASSERT_EQ(going_on.size(), 1U);  // the rung at 8
  // level = 0.05 * (8 - 4) / 12 / 2; sd = stats.stdev; limit = t.isf(level, 7) * sd / sqrt(8) *
  // sqrt(1 - 8/12) - 0.01; 1 + t.cdf((limit - 0.005) / (sd * sqrt(1/4 - 1/8)), 3)
  EXPECT_NEAR(going_on[0], 1.117641075, 1e-6);
}

TEST(RaceOutlook, KeepsAllWithoutScoresAndThoseThatStay) {
  std::vector<Contender> living = {{.candidate = 0}, {.candidate = 1}};
  EXPECT_EQ(expected_going_on(schedule(2), 0, living, {}, settings()), (std::vector<double>{2, 2}));
  const Table undefined(8);
  EXPECT_EQ(expected_going_on(schedule(2), 4, living, undefined, settings()),
            std::vector<double>{2});
  living[1].stays = true;
  const Table apart = {0.9, 0.91, 0.9, 0.91, 0.5, 0.51, 0.5, 0.51};
  EXPECT_EQ(expected_going_on(schedule(2), 4, living, apart, settings()), std::vector<double>{2});
  living[1].stays = false;
  EXPECT_NEAR(expected_going_on(schedule(2), 4, living, apart, settings()).at(0), 1, 1e-3);
}

TEST(RaceOutlook, IsAThirdFromRungToRungOfAGreedyRace) {
  RaceSettings greedy = settings();
  greedy.risk.reset();
  const std::vector<Contender> living(10);
  EXPECT_EQ(expected_going_on(schedule(10), 0, living, {}, greedy), (std::vector<double>{4, 2}));
}

/// What races over recorded runs asked for behind each rung, beside what was expected there.
struct Foreseen {
  double expected = 0;
  double asked = 0;
};

Foreseen foreseen_at(const Surface& surface, std::uint64_t seed, std::size_t at) {
  const std::vector<std::uint32_t> rungs = {3, 6, 10, 20, 30};
  RaceSettings race = settings();
  race.indifference = 0.005;
  const std::vector<SplitPosition> order = race_order(seed, surface.seeds, surface.folds);
  std::vector<Contender> living;
  for (std::size_t i = 0; i < surface.candidates; ++i) living.push_back({.candidate = i});
  const auto table_of = [&](std::uint32_t splits) {
    Table table;
    for (const Contender& one : living)
      for (std::uint32_t split = 0; split < splits; ++split)
        table.push_back(
            surface.scores[one.candidate * surface.splits() +
                           order[split].seed.value * surface.folds + order[split].fold.value]);
    return table;
  };
  const auto end_of = [&](std::size_t rung) {
    return rung + 1 < rungs.size() ? rungs[rung + 1] : surface.splits();
  };
  Foreseen found;
  for (std::size_t rung = 0; rung < rungs.size(); ++rung) {
    const Rung decided{.splits = rungs[rung],
                       .previous = rung == 0 ? 0 : rungs[rung - 1],
                       .all_splits = surface.splits(),
                       .candidates = surface.candidates};
    const Table before = table_of(rungs[rung]);
    living = decide_rung(decided, living, before, race).going_on;
    if (rung == at) {
      const std::vector<double> going_on = expected_going_on(
          {.rungs = rungs, .all_splits = surface.splits(), .candidates = surface.candidates},
          rungs[rung], living, table_of(rungs[rung]), race);
      for (std::size_t i = 0; i < going_on.size(); ++i)
        found.expected += going_on[i] * (end_of(rung + 1 + i) - rungs[rung + 1 + i]);
    } else if (rung > at) {
      found.asked += static_cast<double>(living.size() * (end_of(rung) - rungs[rung]));
    }
  }
  return found;
}

/// On each recorded run, races in 20 orders of splits: the fits expected behind the first, second
/// and third rung, over all orders, are those that were asked for within 35 % (seen: 30 % at most).
TEST(RaceOutlook, ForeseesTheFitsOfRecordedRuns) {
  fmt::print("error of the fits expected to come, in %, behind rung 1, 2, 3\n");
  for (const char* name : {"cxr_task", "shortcut_oos", "shortcut_task", "sweep_job"}) {
    const Surface surface =
        read_surface(fmt::format(CROSSFOLD_TEST_DATA "/surfaces/{}.json", name));
    std::string line = fmt::format("{:<16}", name);
    for (std::size_t at = 0; at < 3; ++at) {
      Foreseen sum;
      for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Foreseen one = foreseen_at(surface, seed, at);
        sum.expected += one.expected;
        sum.asked += one.asked;
      }
      const double error = (sum.expected - sum.asked) / sum.asked;
      line += fmt::format("{:>8.1f}", 100 * error);
      EXPECT_LT(std::abs(error), 0.35) << name << " at rung " << at;
    }
    fmt::print("{}\n", line);
  }
}

}  // namespace
}  // namespace crossfold::sweep
