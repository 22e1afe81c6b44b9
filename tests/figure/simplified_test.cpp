#include "simplified.h"

#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "figure/distances.h"

namespace crossfold::figure {
namespace {

using testing::farthest;
using testing::segments_of;

TEST(Simplified, IsNowhereFurtherThanThreeTenthsOfAPixelFromThePolylineWhenRounded) {
  std::mt19937 random(7);
  std::vector<XY> strand;
  double y = 100;
  for (int i = 0; i < 1500; ++i) {
    y += static_cast<double>(random() % 100) / 300 - 0.165;
    strand.push_back({i * 0.31, y + 20 * std::sin(i * 0.01)});
  }
  std::vector<XY> drawn = simplified(strand);
  EXPECT_LT(drawn.size(), strand.size() / 2);
  for (XY& at : drawn) at = {std::round(at.x * 10) / 10, std::round(at.y * 10) / 10};
  EXPECT_LE(farthest(segments_of({strand}), segments_of({drawn})), 0.3);
  EXPECT_LE(farthest(segments_of({drawn}), segments_of({strand})), 0.3);
}

TEST(Simplified, KeepsEndsAndCorners) {
  EXPECT_TRUE(simplified({}).empty());
  EXPECT_EQ(simplified({{1, 1}}).size(), 1U);
  EXPECT_EQ(simplified({{0, 0}, {5, 0}, {9, 0}}).size(), 2U);
  EXPECT_EQ(simplified({{0, 0}, {9, 0}, {9, 9}, {5, 9}}).size(), 4U);
  EXPECT_EQ(simplified({{0, 0}, {9, 0}, {2, 0}}).size(), 3U);  // back on itself
}

}  // namespace
}  // namespace crossfold::figure
