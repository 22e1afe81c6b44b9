#include "crossfold/sweep/tpe.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/job/point_sequence.h"

#include "sweep/optimum.h"
#include "sweep/recorded.h"

namespace crossfold::sweep {
namespace {

SearchDimension number() { return {.key = "x", .low = 0, .high = 1, .only_if = {}}; }
SearchDimension choice(std::size_t options) {
  return {.key = "c", .kind = DimensionKind::choice, .options = options, .only_if = {}};
}

RandomStream stream_of(std::uint64_t seed) { return {{.root_seed = seed}, "test"}; }

/// `count` Sobol points with a score for each.
std::vector<ScoredPoint> scored_points(std::size_t dimensions, std::size_t count,
                                       const std::function<double(const TreePoint&)>& score) {
  const auto sequence = make_point_sequence(Sampler::sobol, dimensions, 1);
  std::vector<double> point(dimensions);
  std::vector<ScoredPoint> scored;
  for (std::size_t i = 0; i < count; ++i) {
    sequence->next(point);
    scored.push_back({TreePoint(point.begin(), point.end()), std::nullopt});
    scored.back().score = score(scored.back().point);
  }
  return scored;
}

double near_corner(const TreePoint& point) {
  return -std::abs(*point[0] - 0.1) - std::abs(*point[1] - 0.2);
}

std::vector<TreePoint> draw(TpeSearch search, std::size_t count, std::uint64_t seed = 1) {
  RandomStream stream = stream_of(seed);
  std::vector<TreePoint> points;
  for (std::size_t i = 0; i < count; ++i) points.push_back(search.next(stream));
  return points;
}

class OptunaCases : public ::testing::Test {
 protected:
  nlohmann::json recorded_ = read_recorded("tpe_cases.json");
};

// The medians of ten searches by 128 candidates, beside those of a sampler that learns after every
// single one.
TEST_F(OptunaCases, AreSolvedAtLeastAsWellByGenerationsOfTheDefaultSize) {
  for (const nlohmann::json& recorded : recorded_.at("cases")) {
    const Problem problem = read_problem(recorded);
    EXPECT_NEAR(problem.score(std::vector<double>(problem.dimensions, 0.5)),
                recorded.at("middle").get<double>(), 1e-9);
    const auto random = recorded.at("best").at("random").get<std::vector<double>>();
    std::vector<double> ours;
    std::size_t better = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      ours.push_back(best_by_tpe(problem, 128, SweepSettings{}.generation, seed));
      better += ours.back() > random[seed - 1] ? 1U : 0U;
    }
    EXPECT_GE(median_of(ours), median_of(recorded.at("best").at("tpe"))) << problem.name;
    EXPECT_GE(better, 8U) << problem.name;
  }
}

TEST_F(OptunaCases, AreSolvedByTwoGenerationsBetterThanAtRandom) {
  for (const nlohmann::json& recorded : recorded_.at("cases")) {
    const Problem problem = read_problem(recorded);
    std::vector<double> ours;
    for (std::uint64_t seed = 1; seed <= 10; ++seed)
      ours.push_back(best_by_tpe(problem, 128, 64, seed));
    EXPECT_GT(median_of(ours), median_of(recorded.at("best").at("random"))) << problem.name;
  }
}

TEST(TpeSearch, LearnsFromRanksAlone) {
  const std::vector<SearchDimension> dimensions(2, number());
  const std::vector<ScoredPoint> plain = scored_points(2, 40, near_corner);
  std::vector<ScoredPoint> bent = plain;
  for (ScoredPoint& point : bent) point.score = 1e6 * std::exp(5 * *point.score) - 3;
  EXPECT_EQ(draw({dimensions, bent}, 8), draw({dimensions, plain}, 8));
}

TEST(TpeSearch, HangsOnItsStreamAlone) {
  const std::vector<SearchDimension> dimensions(2, number());
  const std::vector<ScoredPoint> points = scored_points(2, 40, near_corner);
  EXPECT_EQ(draw({dimensions, points}, 8, 1), draw({dimensions, points}, 8, 1));
  EXPECT_NE(draw({dimensions, points}, 8, 1), draw({dimensions, points}, 8, 2));
}

TEST(TpeSearch, DrawsTheSameOnEveryMachine) {
  const std::vector<SearchDimension> dimensions(2, number());
  const std::vector<TreePoint> drawn = draw({dimensions, scored_points(2, 40, near_corner)}, 2);
  EXPECT_EQ(drawn[0], (TreePoint{0.094967692951946694, 0.1105821106362164}));
  EXPECT_EQ(drawn[1], (TreePoint{0.05625677737986845, 0.22961660558108987}));
}

TEST(TpeSearch, DrawsWhereTheGoodOnesAreAndSpreadsThere) {
  const std::vector<SearchDimension> dimensions(2, number());
  const std::vector<TreePoint> drawn = draw({dimensions, scored_points(2, 64, near_corner)}, 16);
  std::size_t near = 0;
  double closest = 1;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    near += *drawn[i][0] < 0.4 && *drawn[i][1] < 0.5 ? 1U : 0U;
    for (std::size_t k = 0; k < i; ++k)
      closest =
          std::min(closest, std::hypot(*drawn[i][0] - *drawn[k][0], *drawn[i][1] - *drawn[k][1]));
  }
  EXPECT_GE(near, 12U);
  EXPECT_GT(closest, 0.002);
}

TEST(TpeSearch, ExcludesNothing) {
  // All that are good took the first option and a small number; others still come.
  const std::vector<SearchDimension> dimensions{choice(4), number()};
  std::vector<ScoredPoint> points;
  for (int i = 0; i < 400; ++i)
    points.push_back({{0.125 + 0.25 * (i % 4), (i + 0.5) / 400}, i % 4 == 0 ? 400.0 - i : -i});
  std::set<double> options;
  double largest = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed)
    for (const TreePoint& point : draw({dimensions, points}, 16, seed)) {
      options.insert(*point[0]);
      largest = std::max(largest, *point[1]);
    }
  EXPECT_EQ(options, (std::set<double>{0.125, 0.375, 0.625, 0.875}));
  EXPECT_GT(largest, 0.8);
  TpeSearch search(dimensions, points);
  RandomStream stream = stream_of(1);
  double mean = 0;
  for (int i = 0; i < 1000; ++i) mean += *search.next_uniform(stream)[1] / 1000;
  EXPECT_NEAR(mean, 0.5, 0.05);
}

TEST(TpeSearch, AvoidsWhereCandidatesFail) {
  const std::vector<SearchDimension> dimensions{number()};
  std::vector<ScoredPoint> points;
  for (int i = 0; i < 40; ++i)
    points.push_back({{(i + 0.5) / 40}, i < 20 ? std::nullopt : std::optional(0.5)});
  std::size_t failing = 0;
  for (const TreePoint& point : draw({dimensions, points}, 100))
    failing += *point[0] < 0.4 ? 1U : 0U;
  EXPECT_LT(failing, 25U) << "40 % of the cube";
}

TEST(TpeSearch, BeginsWithNothingAtAll) {
  const std::vector<SearchDimension> dimensions{number(), choice(2)};
  const std::vector<ScoredPoint> none;
  EXPECT_EQ(draw({dimensions, none}, 3).size(), 3U);
  const std::vector<ScoredPoint> failed(5, ScoredPoint{{0.5, 0.25}, std::nullopt});
  EXPECT_EQ(draw({dimensions, failed}, 3).size(), 3U);
}

TEST(TpeSearch, LearnsInEachBranchWhatExistsThere) {
  // Of the first branch 0.3 is best, of the second, which is better as a whole, 0.7.
  std::vector<SearchDimension> dimensions{choice(2), number(), number()};
  dimensions[1].only_if = SearchDimension::Condition{.dimension = 0, .option = 0};
  dimensions[2].only_if = SearchDimension::Condition{.dimension = 0, .option = 1};
  std::vector<ScoredPoint> points;
  for (int i = 0; i < 60; ++i) {
    const double x = (i + 0.5) / 60;
    if (i % 2 == 0)
      points.push_back({{0.25, x, std::nullopt}, -std::abs(x - 0.3)});
    else
      points.push_back({{0.75, std::nullopt, x}, 0.1 - std::abs(x - 0.7)});
  }
  std::size_t second = 0, near = 0;
  for (const TreePoint& point : draw({dimensions, points}, 60)) {
    ASSERT_NE(point[1].has_value(), point[2].has_value());
    if (!point[2]) continue;
    ++second;
    near += std::abs(*point[2] - 0.7) < 0.2 ? 1U : 0U;
  }
  EXPECT_GE(second, 35U);
  EXPECT_GE(near * 10, second * 7);
}

}  // namespace
}  // namespace crossfold::sweep
