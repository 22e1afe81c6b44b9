// The race over recorded complete runs; race_replay in tests/bench has ten thousand orders of each.

#include <gtest/gtest.h>

#include "sweep/replay.h"

namespace crossfold::sweep {
namespace {

constexpr std::uint32_t kRungs[] = {5, 10, 15, 20, 30, 40};

RungRule rule_of(const RaceSettings& settings) {
  return [settings](const Rung& rung, std::span<const Contender> living,
                    std::span<const std::optional<double>> scores) {
    return decide_rung(rung, living, scores, settings);
  };
}

class RecordedSurface : public ::testing::TestWithParam<const char*> {
 protected:
  Surface surface_ =
      read_surface(std::string(CROSSFOLD_TEST_DATA) + "/surfaces/" + GetParam() + ".json");
};

TEST_P(RecordedSurface, IsComplete) {
  EXPECT_GE(surface_.candidates, 200U);
  EXPECT_EQ(surface_.splits(), 50U);
  EXPECT_EQ(surface_.scores.size(), surface_.candidates * surface_.splits());
}

// With no loss in 200 replays the probability of one is at most 0.018 (Clopper and Pearson, 95 %);
// with four at most 0.050.
TEST_P(RecordedSurface, KeepsItsWinnerForAFractionOfTheFits) {
  const RaceSettings settings;
  const Replays all =
      replay_races(surface_, 1, 200, kRungs, rule_of(settings), settings.indifference);
  EXPECT_LE(all.lost, 4U);
  EXPECT_LE(all.share_of_fits, 0.40);
}

TEST_P(RecordedSurface, CostsAThirdAtEachRungWhenGreedy) {
  RaceSettings settings;
  settings.risk.reset();
  const Replay one = replay_race(surface_, 1, kRungs, rule_of(settings));
  EXPECT_EQ(surface_.candidates, 200U);
  EXPECT_EQ(one.fits, 5U * (200 + 67 + 23 + 8) + 10U * (3 + 1 + 1));
}

// jobs/sweep.json itself, in its own order: what its race did, and what it would have cost not to.
TEST(SweepJob, RaceChoosesAsTheCompleteRunForAFifthOfTheFits) {
  const Surface surface =
      read_surface(std::string(CROSSFOLD_TEST_DATA) + "/surfaces/sweep_job.json");
  ASSERT_EQ(surface.candidates, 256U);
  ASSERT_EQ(surface.splits(), 50U);
  const Replay race = replay_race(surface, 1, kRungs, rule_of({}));
  EXPECT_EQ(race.regret, 0);
  EXPECT_EQ(race.fits, 2570U) << "as the program's own race of that job";
}

TEST(Replay, OfOneOrderIsTheSameEveryTime) {
  const Surface surface =
      read_surface(std::string(CROSSFOLD_TEST_DATA) + "/surfaces/shortcut_task.json");
  const Replay first = replay_race(surface, 7, kRungs, rule_of({}));
  const Replay again = replay_race(surface, 7, kRungs, rule_of({}));
  EXPECT_EQ(first.fits, again.fits);
  EXPECT_EQ(first.regret, again.regret);
  EXPECT_NE(first.fits, replay_race(surface, 8, kRungs, rule_of({})).fits);
}

INSTANTIATE_TEST_SUITE_P(Surfaces, RecordedSurface,
                         ::testing::Values("shortcut_task", "shortcut_oos", "cxr_task"),
                         [](const auto& of) { return std::string(of.param); });

}  // namespace
}  // namespace crossfold::sweep
