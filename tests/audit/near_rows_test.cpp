#include "near_rows.h"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "crossfold/core/random_stream.h"

namespace crossfold::audit {
namespace {

/// Rows of unit normal noise, each of a patient of its own, around one of `clusters` centres;
/// `copies` of them repeat an earlier row with one percent of noise.
NearPairs near_pairs(std::uint64_t seed, std::size_t rows, std::size_t dim, std::size_t clusters,
                     std::size_t copies) {
  RandomStream random({.root_seed = seed, .seed = {}, .fold = {}}, "test");
  std::vector<float> values;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t d = 0; d < dim; ++d) {
      const double value = row + copies >= rows
                               ? static_cast<double>(values[(row + copies - rows) * dim + d]) +
                                     0.01 * random.normal()
                               : random.normal() + (d == row % clusters ? 3 : 0);
      values.push_back(static_cast<float>(value));
    }
  const FeatureRows features{.values = values, .dim = dim, .rows = {}};
  const solve::UnitRows unit = solve::unit_rows(features, column_scaling(features).mean);
  std::vector<std::uint32_t> groups(rows);
  std::iota(groups.begin(), groups.end(), 0U);
  const auto found = solve::closest_pairs({.rows = &unit, .groups = groups},
                                          {.keep = kept_pairs(rows * (rows - 1) / 2)});
  NearPairs near{.pairs = found.pairs, .compared = found.compared, .tail = {}};
  fit_tail(near);
  return near;
}

TEST(NearPairs, OfSoundStoresAreNoMoreThanExpected) {
  for (const std::size_t clusters : {1U, 3U}) {
    std::size_t counted = 0;
    std::size_t certain = 0;
    constexpr std::size_t kStores = 60;
    for (std::uint64_t seed = 0; seed < kStores; ++seed) {
      const NearPairs near = near_pairs(seed, 200, 8, clusters, 0);
      counted += near.count_within(1);
      certain += near.count_within(0.01);
    }
    EXPECT_LE(counted, kStores * 3 / 2) << clusters;  // one in each store
    EXPECT_LE(certain, 4U) << clusters;               // 0.6 in all
  }
}

TEST(NearPairs, FindCopiesAmongThemAndNothingElse) {
  const NearPairs near = near_pairs(1, 400, 12, 3, 40);
  EXPECT_GE(near.count_within(0.01), 40U);
  EXPECT_LE(near.count_within(1), 44U);
}

TEST(NearPairs, OfFewRowsHaveNoTail) {
  const NearPairs near = near_pairs(1, 6, 4, 1, 0);
  EXPECT_FALSE(near.tail);
  EXPECT_EQ(near.count_within(1), 0U);
}

TEST(SurprisingCount, IsPoissons) {
  EXPECT_EQ(surprising_count(1), 5U);     // P(N >= 5) = 0.0037, P(N >= 4) = 0.019
  EXPECT_EQ(surprising_count(0.01), 1U);  // P(N >= 1) = 0.00995
}

}  // namespace
}  // namespace crossfold::audit
