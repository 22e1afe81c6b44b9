#include "crossfold/core/random_blocks.h"

#include <gtest/gtest.h>

namespace crossfold {
namespace {

constexpr StreamKey kKey = {.root_seed = 7, .seed = SeedIndex(2), .fold = FoldIndex(3)};

TEST(RandomBlocks, AreTheNumbersOfTheStreamByTheirPlace) {
  RandomStream stream(kKey, "split");
  const RandomBlocks blocks(kKey, "split");
  for (std::uint32_t n = 0; n < 5; ++n)
    for (const std::uint32_t number : blocks.at(n, 0)) EXPECT_EQ(number, stream.next_u32());
}

TEST(RandomBlocks, DifferInEveryAxis) {
  const RandomBlocks blocks(kKey, "split");
  EXPECT_NE(blocks.at(0, 0), blocks.at(1, 0));
  EXPECT_NE(blocks.at(0, 0), blocks.at(0, 1));
  EXPECT_NE(blocks.at(1, 0), blocks.at(0, 1));
  EXPECT_NE(blocks.at(0, 0), RandomBlocks(kKey, "init").at(0, 0));
  StreamKey other = kKey;
  other.root_seed = 8;
  EXPECT_NE(blocks.at(0, 0), RandomBlocks(other, "split").at(0, 0));
}

}  // namespace
}  // namespace crossfold
