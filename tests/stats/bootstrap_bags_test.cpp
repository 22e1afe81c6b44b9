#include "crossfold/stats/bootstrap_bags.h"

#include <gtest/gtest.h>

namespace crossfold::stats {
namespace {

BootstrapBags make_bags(std::size_t groups, std::size_t bags) {
  RandomStream stream({.root_seed = 7}, "bootstrap");
  return {groups, bags, stream};
}

TEST(BootstrapBags, DrawAsManyGroupsAsThereAre) {
  const BootstrapBags bags = make_bags(30, 100);
  for (std::size_t bag = 0; bag < 100; ++bag) {
    std::size_t drawn = 0;
    for (std::size_t group = 0; group < 30; ++group) drawn += bags.multiplicity(group, bag);
    EXPECT_EQ(drawn, 30U);
  }
}

TEST(BootstrapBags, KnowWhatIsOutOfTheBag) {
  const BootstrapBags bags = make_bags(500, 70);
  std::size_t outside = 0;
  for (std::size_t bag = 0; bag < 70; ++bag) {
    for (std::size_t group = 0; group < 500; ++group) {
      const auto out = bags.out_of_bag(
          bag / BootstrapBags::kLanes)[group * BootstrapBags::kLanes + bag % BootstrapBags::kLanes];
      EXPECT_EQ(out, bags.multiplicity(group, bag) == 0 ? 1 : 0);
      outside += out;
    }
  }
  EXPECT_NEAR(static_cast<double>(outside) / (70 * 500), 0.3677, 0.005);  // (1 - 1/500)^500
}

TEST(BootstrapBags, AreZeroBeyondTheLastOne) {
  const BootstrapBags bags = make_bags(3, 65);
  ASSERT_EQ(bags.blocks(), 2U);
  for (std::size_t i = 0; i < bags.in_bag(1).size(); ++i) {
    if (i % BootstrapBags::kLanes == 0) continue;
    EXPECT_EQ(bags.in_bag(1)[i], 0);
    EXPECT_EQ(bags.out_of_bag(1)[i], 0);
  }
}

TEST(BootstrapBags, KeepTheFirstOnesWhenMoreAreDrawn) {
  const BootstrapBags few = make_bags(20, 10);
  const BootstrapBags many = make_bags(20, 200);
  for (std::size_t bag = 0; bag < 10; ++bag) {
    for (std::size_t group = 0; group < 20; ++group)
      EXPECT_EQ(few.multiplicity(group, bag), many.multiplicity(group, bag));
  }
}

}  // namespace
}  // namespace crossfold::stats
