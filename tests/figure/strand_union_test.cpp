#include "strand_union.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "figure/distances.h"

namespace crossfold::figure {
namespace {

using testing::distance;
using testing::farthest;
using testing::Segment;
using testing::segments_of;

/// Like ROC curves: up or to the right, sometimes, as with ties, both at once.
std::vector<std::vector<XY>> stairs(std::size_t count, int positives, int negatives) {
  std::mt19937 random(5);
  std::vector<std::vector<XY>> strands;
  for (std::size_t i = 0; i < count; ++i) {
    int up = 0;
    int right = 0;
    std::vector<XY> strand;
    while (true) {
      strand.push_back({54.13 + 174.6 * right / negatives, 256.1 - 174.6 * up / positives});
      if (up == positives && right == negatives) break;
      const bool tie = random() % 20 == 0;
      const bool upwards = right == negatives || (up < positives && random() % 3 != 0);
      if ((upwards || tie) && up < positives) ++up;
      if ((!upwards || tie) && right < negatives) ++right;
    }
    strands.push_back(std::move(strand));
  }
  return strands;
}

std::size_t moves(const std::vector<Step>& steps) {
  std::size_t found = 0;
  for (const Step& step : steps) found += step.kind == StepKind::move ? 1 : 0;
  return found;
}

TEST(StrandUnion, IsNowhereFurtherThanThreeTenthsOfAPixelFromTheStrandsNorTheyFromIt) {
  for (const auto& [positives, negatives] : std::vector<std::pair<int, int>>{{7, 11}, {90, 230}}) {
    const std::vector<std::vector<XY>> strands = stairs(6, positives, negatives);
    const std::vector<Segment> truth = segments_of(strands);
    const std::vector<Segment> drawn = segments_of(strand_union(strands, 0));
    EXPECT_LE(farthest(truth, drawn), 0.3);
    EXPECT_LE(farthest(drawn, truth), 0.3);
    EXPECT_GT(farthest(truth, drawn), 0.1);  // it does round
  }
}

TEST(StrandUnion, DrawsWhatStrandsShareOnce) {
  const std::vector<XY> strand = {{10, 50}, {10, 20}, {40, 20}};
  const std::vector<Step> one = strand_union({strand}, 0.6);
  EXPECT_EQ(one.size(), 3U);
  EXPECT_EQ(moves(one), 1U);
  EXPECT_EQ(strand_union({strand, strand, strand}, 0.6).size(), 3U);
  // a piece of it, and one that goes on where it ends
  EXPECT_EQ(strand_union({strand, {{10, 40}, {10, 30}}, {{40, 20}, {60, 20}}}, 0.6).size(), 3U);
}

TEST(StrandUnion, OfNothingIsNothing) {
  EXPECT_TRUE(strand_union({}, 0.6).empty());
  EXPECT_TRUE(strand_union({{}, {{3, 3}}}, 0.6).empty());
}

TEST(StrandUnion, LeavesOutOnlyWhatCoversNothingElse) {
  const std::vector<std::vector<XY>> strands = stairs(40, 440, 440);
  constexpr double kWidth = 0.6;
  const std::vector<Segment> all = segments_of(strand_union(strands, 0));
  const std::vector<Segment> left = segments_of(strand_union(strands, kWidth));
  EXPECT_LT(left.size(), all.size());
  std::mt19937 random(6);
  for (int i = 0; i < 3000; ++i) {  // places of the drawing are inked by both or by none
    const XY at{54 + static_cast<double>(random() % 1750) / 10 + 0.03,
                81 + static_cast<double>(random() % 1750) / 10 + 0.03};
    EXPECT_EQ(distance(at, all) < kWidth / 2, distance(at, left) < kWidth / 2)
        << at.x << " " << at.y;
  }
}

TEST(StrandUnion, GrowsWithTheAreaAndNotWithTheNumberOfStrands) {
  const std::size_t few = strand_union(stairs(100, 40, 60), 0.6).size();
  const std::size_t many = strand_union(stairs(2000, 40, 60), 0.6).size();
  EXPECT_LT(many, 3 * few);
}

}  // namespace
}  // namespace crossfold::figure
