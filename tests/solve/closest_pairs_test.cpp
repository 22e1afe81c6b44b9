#include "crossfold/solve/closest_pairs.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

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

/// Rows along four axes, in both directions and several lengths, of seven patients; every eleventh
/// has no direction. Cosines are whole numbers, so that thousands of pairs are exactly as near.
struct AxisRows {
  explicit AxisRows(std::uint32_t count_) : count(count_) {
    for (std::uint32_t row = 0; row < count; ++row) {
      const bool has_direction = row % 11 != 5;
      axis.push_back(has_direction ? static_cast<int>(row % 4) : -1);
      sign.push_back(row % 3 == 0 ? -1 : 1);
      groups.push_back(row % 7);
      for (std::uint32_t d = 0; d < 4; ++d)
        values.push_back(
            has_direction && d == row % 4 ? static_cast<float>(sign.back() * (1 << row % 5)) : 0);
    }
  }
  [[nodiscard]] UnitRows unit(const std::vector<std::uint32_t>& rows) const {
    return unit_rows({.values = values, .dim = 4, .rows = rows}, std::vector<double>(4));
  }

  std::uint32_t count;
  std::vector<int> axis, sign;  ///< axis -1: none
  std::vector<std::uint32_t> groups;
  std::vector<float> values;
};

using Pair = std::tuple<double, std::uint32_t, std::uint32_t>;  // distance, a, b

/// All that count of a row before `a_end` and a later one from `b_first` on, the nearest first.
std::vector<Pair> pairs_by_hand(const AxisRows& rows, std::uint32_t a_end, std::uint32_t b_first) {
  std::vector<Pair> pairs;
  for (std::uint32_t a = 0; a < a_end; ++a)
    for (std::uint32_t b = std::max(a + 1, b_first); b < rows.count; ++b) {
      if (rows.groups[a] == rows.groups[b] || rows.axis[a] < 0 || rows.axis[b] < 0) continue;
      const double opposite = rows.sign[a] == rows.sign[b] ? 0 : 2;
      pairs.emplace_back(rows.axis[a] == rows.axis[b] ? opposite : std::sqrt(2.0), a, b);
    }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

void expect_nearest(const ClosestPairs& found, std::vector<Pair> all, std::size_t keep,
                    std::uint32_t b_offset) {
  EXPECT_EQ(found.compared, all.size());
  all.resize(std::min(all.size(), keep));
  std::vector<Pair> pairs;
  for (const ClosePair& pair : found.pairs)
    pairs.emplace_back(pair.distance, pair.a, pair.b + b_offset);
  EXPECT_TRUE(pairs == all);
}

/// More rows than a tile of products has.
TEST(ClosestPairs, ThatAreAsNearAreTakenByTheirRowsWhateverIsKept) {
  const AxisRows rows(530);
  const std::vector<std::uint32_t> every = counting(0, rows.count);
  const UnitRows unit = rows.unit(every);
  const std::vector<Pair> expected = pairs_by_hand(rows, rows.count, 0);
  for (const std::size_t keep : {std::size_t{1}, std::size_t{200}, std::size_t{20'000}})
    for (const unsigned threads : {1U, 2U, 7U}) {
      SCOPED_TRACE(std::to_string(keep) + " by " + std::to_string(threads));
      expect_nearest(
          closest_pairs({.rows = &unit, .groups = rows.groups}, {.keep = keep, .threads = threads}),
          expected, keep, 0);
    }
}

TEST(ClosestPairs, OfTwoSetsAreTakenByTheirRowsToo) {
  constexpr std::uint32_t kFirst = 520;
  const AxisRows rows(1050);
  const std::vector<std::uint32_t> first = counting(0, kFirst);
  const std::vector<std::uint32_t> second = counting(kFirst, rows.count);
  const UnitRows a = rows.unit(first), b = rows.unit(second);
  const std::span<const std::uint32_t> groups = rows.groups;
  const std::vector<Pair> expected = pairs_by_hand(rows, kFirst, kFirst);
  for (const std::size_t keep : {std::size_t{1}, std::size_t{300}})
    for (const unsigned threads : {1U, 3U})
      expect_nearest(closest_pairs({.rows = &a, .groups = groups.first(kFirst)},
                                   {.rows = &b, .groups = groups.subspan(kFirst)},
                                   {.keep = keep, .threads = threads}),
                     expected, keep, kFirst);
}

TEST(ClosestPairs, AreAllThatThereAreWhereMoreMayBeKept) {
  for (const std::uint32_t count : {0U, 1U, 2U, 12U}) {
    const AxisRows rows(count);
    const std::vector<std::uint32_t> every = counting(0, count);
    const UnitRows unit = rows.unit(every);
    expect_nearest(
        closest_pairs({.rows = &unit, .groups = rows.groups}, {.keep = 1000, .threads = 4}),
        pairs_by_hand(rows, count, 0), 1000, 0);
  }
}

}  // namespace
}  // namespace crossfold::solve
