#include "plateau.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace crossfold::train {
namespace {

/// One letter an epoch: '.' go on, 'L' lower, 'S' stop.
std::string actions(Plateau& plateau, const std::vector<double>& losses) {
  std::string text;
  for (const double loss : losses) {
    const PlateauAction action = plateau.observe(loss);
    text += action == PlateauAction::go_on ? '.' : action == PlateauAction::lower ? 'L' : 'S';
  }
  return text;
}

TEST(Plateau, StrikesAfterMoreThanPatienceEpochsWithoutImprovement) {
  Plateau plateau({.patience = 2, .factor = 0.1, .stop_after = 3, .min_improvement = 1e-6});
  EXPECT_EQ(actions(plateau, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}), "...L..L..S");
  EXPECT_EQ(plateau.strikes(), 3);
}

TEST(Plateau, WithTheDefaultsEndsAFlatLossAfter34Epochs) {
  Plateau plateau(PlateauSettings{});
  EXPECT_EQ(actions(plateau, std::vector<double>(34, 0.5)), "...........L..........L..........S");
}

TEST(Plateau, CountsAnewAfterAnImprovement) {
  Plateau plateau({.patience = 2, .factor = 0.1, .stop_after = 2, .min_improvement = 1e-6});
  EXPECT_EQ(actions(plateau, {1, 1, 1, 0.9, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8, 0.8}), "......L...S");
}

TEST(Plateau, AnImprovementMustExceedTheMinimum) {
  Plateau plateau({.patience = 0, .factor = 0.1, .stop_after = 9, .min_improvement = 0.25});
  EXPECT_EQ(actions(plateau, {1, 0.75, 0.5, 0.375, 0.125}), ".L.L.");  // 0.75 = 1 - 0.25 is none
}

TEST(Plateau, ComparesWithTheBestNotTheLast) {
  Plateau plateau({.patience = 1, .factor = 0.1, .stop_after = 9, .min_improvement = 0});
  EXPECT_EQ(actions(plateau, {1, 3, 2, 1.5, 0.5}), "..L..");
}

TEST(Plateau, StopAfterOneStopsAtTheFirstStrike) {
  Plateau plateau({.patience = 1, .factor = 0.1, .stop_after = 1, .min_improvement = 0});
  EXPECT_EQ(actions(plateau, {1, 1, 1}), "..S");
}

}  // namespace
}  // namespace crossfold::train
