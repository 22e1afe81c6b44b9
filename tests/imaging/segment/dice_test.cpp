#include "dice.h"

#include <string>

#include <gtest/gtest.h>

namespace crossfold {
namespace {

/// '#' is lung.
GrayImage drawn(int width, const std::string& pixels) {
  GrayImage mask{width, static_cast<int>(pixels.size()) / width, {}};
  for (const char pixel : pixels) mask.pixels.push_back(pixel == '#' ? 255 : 0);
  return mask;
}

TEST(Dice, CountsTwiceWhatBothHave) {
  // 2 of 3 and 4: Dice 4/7 (the Jaccard index would be 2/5).
  EXPECT_EQ(dice(drawn(4, "###....."), drawn(4, ".####...")), 4.0 / 7);
  EXPECT_EQ(dice(drawn(4, "#..."), drawn(4, "####")), 2.0 / 5);
  EXPECT_EQ(dice(drawn(4, "####"), drawn(4, "#...")), 2.0 / 5);
  EXPECT_EQ(dice(drawn(2, "#.#."), drawn(2, "#.##")), 4.0 / 5);
}

TEST(Dice, IsOneForEqualMasksAndZeroForApartOnes) {
  EXPECT_EQ(dice(drawn(4, "##.."), drawn(4, "##..")), 1);
  EXPECT_EQ(dice(drawn(4, "##.."), drawn(4, "..##")), 0);
  EXPECT_EQ(dice(drawn(4, "...."), drawn(4, "....")), 1);
  EXPECT_EQ(dice(drawn(4, "...."), drawn(4, "...#")), 0);
}

}  // namespace
}  // namespace crossfold
