#include "crossfold/solve/closest_pairs.h"

#include <cmath>
#include <numeric>
#include <string>

#include <gtest/gtest.h>

#include "crossfold/core/files.h"
#include "crossfold/core/strict_json.h"

#include "solve/lcg.h"

namespace crossfold::solve {
namespace {

constexpr std::size_t kRows = 700;
constexpr std::size_t kDim = 9;
constexpr std::size_t kSecond = 600;  ///< first row of the second set

/// The data of record_closest_pairs.py.
class ClosestPairsOf : public ::testing::Test {
 protected:
  ClosestPairsOf() {
    test::Lcg lcg(11);
    for (std::size_t i = 0; i < kRows; ++i) {
      groups_.push_back(static_cast<std::uint32_t>(i % 60));
      for (std::size_t d = 0; d < kDim; ++d) {
        const double u = lcg.uniform();
        const double value =
            i % 40 == 39 ? static_cast<double>(exact_[(i - 3) * kDim + d]) + u / 64 : u + 8;
        exact_.push_back(value);
        values_.push_back(static_cast<float>(value));
      }
    }
    mean_ = column_scaling({.values = values_, .dim = kDim, .rows = {}}).mean;
  }

  [[nodiscard]] UnitRows rows(const std::vector<std::uint32_t>& which) const {
    return unit_rows({.values = values_, .dim = kDim, .rows = which}, mean_);
  }

  std::vector<double> exact_;
  std::vector<float> values_;
  std::vector<double> mean_;
  std::vector<std::uint32_t> groups_;
};

std::vector<std::uint32_t> counting(std::uint32_t first, std::uint32_t end) {
  std::vector<std::uint32_t> numbers(end - first);
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

void expect_equal(const ClosestPairs& ours, const nlohmann::json& theirs, std::uint32_t b_offset) {
  EXPECT_EQ(ours.compared, theirs["compared"]);
  ASSERT_EQ(ours.pairs.size(), theirs["pairs"].size());
  for (std::size_t i = 0; i < ours.pairs.size(); ++i) {
    EXPECT_EQ(ours.pairs[i].a, theirs["pairs"][i][0]);
    EXPECT_EQ(ours.pairs[i].b + b_offset, theirs["pairs"][i][1]);
    EXPECT_NEAR(ours.pairs[i].distance, theirs["pairs"][i][2].get<double>(), 1e-9);
  }
}

nlohmann::json recorded() {
  const std::string name = "closest_pairs.json";
  return parse_json(read_file(std::string(CROSSFOLD_TEST_DATA) + "/" + name, 1U << 24U), name);
}

TEST_F(ClosestPairsOf, OneSetAreScikitLearnsWithAnyNumberOfThreads) {
  const std::vector<std::uint32_t> all = counting(0, kRows);
  const UnitRows unit = rows(all);
  for (const unsigned threads : {1U, 3U})
    expect_equal(
        closest_pairs({.rows = &unit, .groups = groups_}, {.keep = 50, .threads = threads}),
        recorded()["within"], 0);
}

TEST_F(ClosestPairsOf, TwoSetsAreScikitLearns) {
  const std::vector<std::uint32_t> first = counting(0, kSecond);
  const std::vector<std::uint32_t> second = counting(kSecond, kRows);
  const UnitRows a = rows(first);
  const UnitRows b = rows(second);
  const std::span<const std::uint32_t> groups = groups_;
  expect_equal(closest_pairs({.rows = &a, .groups = groups.first(kSecond)},
                             {.rows = &b, .groups = groups.subspan(kSecond)}, {.keep = 50}),
               recorded()["between"], kSecond);
}

TEST_F(ClosestPairsOf, RowsWithoutDirectionAreNone) {
  std::vector<float> values(4 * 2, 1);
  values[6] = 2;
  const UnitRows unit =
      unit_rows({.values = values, .dim = 2, .rows = {}}, std::vector<double>{1, 1});
  const std::vector<std::uint32_t> groups{0, 1, 2, 3};
  const ClosestPairs found = closest_pairs({.rows = &unit, .groups = groups}, {.keep = 5});
  EXPECT_EQ(found.compared, 0U);
  EXPECT_TRUE(found.pairs.empty());
}

}  // namespace
}  // namespace crossfold::solve
