#include "crossfold/sweep/pareto_front.h"

#include <algorithm>

#include <gmock/gmock.h>

#include "sweep/tables.h"

namespace crossfold::sweep {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<FrontPoint> front_of(const SelectionTables& tables, std::size_t bootstraps = 200) {
  RandomStream stream({.root_seed = 9}, "bootstrap");
  return pareto_front(tables, bootstraps, stream);
}

std::vector<std::size_t> on_front(const std::vector<FrontPoint>& points) {
  std::vector<std::size_t> candidates;
  for (const FrontPoint& point : points) {
    if (point.place == FrontPlace::on_front) candidates.push_back(point.candidate);
  }
  return candidates;
}

TEST(ParetoFront, HoldsWhatNoOtherCandidateDominates) {
  RandomStream stream({.root_seed = 4}, "points");
  for (int set = 0; set < 50; ++set) {
    std::vector<std::vector<std::optional<double>>> task;
    std::vector<std::vector<std::optional<double>>> domain;
    for (int c = 0; c < 20; ++c) {  // few values, so that there are equal ones
      task.push_back({static_cast<double>(stream.below(8)) / 8});
      domain.push_back({0.5 + static_cast<double>(stream.below(8)) / 16});
    }
    SelectionTables tables = tables_of(task);
    tables.domain_auc = table_of(domain);
    std::vector<std::size_t> expected;
    for (std::size_t a = 0; a < task.size(); ++a) {
      bool dominated = false;
      for (std::size_t b = 0; b < task.size(); ++b) {
        const bool as_good = task[b][0] >= task[a][0] && domain[b][0] <= domain[a][0];
        dominated |= as_good && (task[b] != task[a] || domain[b] != domain[a]);
      }
      if (!dominated) expected.push_back(a);
    }
    EXPECT_EQ(on_front(front_of(tables, 1)), expected);
  }
}

TEST(ParetoFront, TakesADomainAucBelowChanceForChance) {
  SelectionTables tables = tables_of({{0.75, 0.75}, {0.8, 0.8}, {0.9, 0.9}});
  tables.domain_auc = table_of({{0.25, 0.5}, {0.4, 0.6}, {0.7, 0.7}});
  const auto points = front_of(tables);
  EXPECT_THAT(on_front(points), ElementsAre(1, 2));
  EXPECT_EQ(points[0].domain_auc, 0.375);  // told as it is
}

TEST(ParetoFront, SharesAreThoseOfAllDrawsOfSoManySplitsAsTheCorrectedErrorSays) {
  // 1 / (1/4 + 1/4) = 2 of 4 splits are drawn, one of 16 pairs; the second candidate's lead in
  // each:
  SelectionTables tables = tables_of({{0.5, 0.5, 0.5, 0.5}, {0.8, 0.6, 0.45, 0.3}});
  tables.domain_auc = table_of({{0.5, 0.5, 0.5, 0.5}, {0.5, 0.5, 0.5, 0.5}});
  tables.test_share = 0.25;
  const std::vector<double> differences = {0.3, 0.1, -0.05, -0.2};
  int wins = 0;
  for (const double a : differences) {
    for (const double b : differences) wins += a + b > 0 ? 1 : 0;
  }
  const auto points = front_of(tables, 20'000);
  EXPECT_NEAR(points[1].share, wins / 16.0, 0.015);
  EXPECT_NEAR(points[0].share, 1 - wins / 16.0, 0.015);
}

TEST(ParetoFront, IsCertainOfWhatIsBestInEverySplit) {
  SelectionTables tables = tables_of({{0.9, 0.8}, {0.7, 0.6}});
  tables.domain_auc = table_of({{0.5, 0.6}, {0.9, 0.9}});
  const auto points = front_of(tables);
  EXPECT_EQ(points[0].share, 1.0);
  EXPECT_EQ(points[1].share, 0.0);
}

/// Beside candidates that are no points: the first is given up, the third has no domain AUC.
TEST(ParetoFront, SharesAreThoseOfTheCandidatesThatThePointsName) {
  for (const bool last_is_better : {false, true}) {
    const double second = last_is_better ? 0.6 : 0.7;
    const double last = last_is_better ? 0.7 : 0.6;
    SelectionTables tables = tables_of({{0.1, 0.95}, {second, second}, {0.65, 0.65}, {last, last}});
    tables.domain_auc =
        table_of({{0.5, 0.5}, {0.6, 0.6}, {std::nullopt, std::nullopt}, {0.6, 0.6}});
    tables.states[0] = CandidateState::given_up;
    const auto points = front_of(tables);
    ASSERT_EQ(points.size(), 2U);
    EXPECT_EQ(points[0].candidate, 1U);
    EXPECT_EQ(points[1].candidate, 3U);
    EXPECT_EQ(points[0].share, last_is_better ? 0.0 : 1.0);
    EXPECT_EQ(points[1].share, last_is_better ? 1.0 : 0.0);
    EXPECT_THAT(on_front(points), ElementsAre(last_is_better ? 3 : 1));
  }
}

TEST(ParetoFront, HasOnlyCompleteCandidatesWithBothScores) {
  SelectionTables tables = tables_of({{0.9, 0.9}, {0.6, 0.6}, {0.7, std::nullopt}});
  tables.domain_auc = table_of({{0.5, 0.5}, {std::nullopt, std::nullopt}, {0.6, 0.6}});
  tables.states[0] = CandidateState::given_up;
  const auto points = front_of(tables);
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].candidate, 2U);
  EXPECT_EQ(points[0].task_auc, 0.7);
  tables.domain_auc = {};
  EXPECT_THAT(front_of(tables), IsEmpty());
}

}  // namespace
}  // namespace crossfold::sweep
