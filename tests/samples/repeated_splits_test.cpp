#include "crossfold/samples/repeated_splits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Rows = std::vector<std::uint32_t>;

/// Folds of one seed after another.
SplitComparison compared(const std::vector<std::vector<Rows>>& seeds) {
  SplitComparison comparison;
  for (std::uint32_t seed = 0; seed < seeds.size(); ++seed)
    for (const Rows& test : seeds[seed]) comparison.add(SeedIndex(seed), test);
  return comparison;
}

TEST(RepeatedSplits, AreNoneWhereEverySeedDealsOtherFolds) {
  const RepeatedSplits repeated = compared({{{0, 1}, {2, 3}}, {{0, 2}, {1, 3}}}).repeated();
  EXPECT_EQ(repeated.splits, 4U);
  EXPECT_EQ(repeated.distinct, 4U);
  EXPECT_FALSE(repeated.matters());
  EXPECT_EQ(text_of_seeds(repeated), "");
}

TEST(RepeatedSplits, TheOrderOfTheFoldsDoesNotMatter) {
  const RepeatedSplits repeated =
      compared({{{0, 1}, {2, 3}}, {{0, 2}, {1, 3}}, {{2, 3}, {0, 1}}}).repeated();
  EXPECT_EQ(repeated.distinct, 4U);
  EXPECT_TRUE(repeated.matters());
  EXPECT_THAT(repeated.same_seeds, ElementsAre(ElementsAre(SeedIndex(0), SeedIndex(2))));
  EXPECT_EQ(text_of_seeds(repeated), "seeds 0 and 2");
}

TEST(RepeatedSplits, OneFoldThatTwoSeedsShareIsCounted) {
  const RepeatedSplits repeated =
      compared({{{0}, {1, 2}, {3, 4}}, {{0}, {1, 3}, {2, 4}}}).repeated();
  EXPECT_EQ(repeated.splits, 6U);
  EXPECT_EQ(repeated.distinct, 5U);
  EXPECT_THAT(repeated.same_seeds, IsEmpty());
}

TEST(RepeatedSplits, MatterWhereSeedsAreTheSameOrMoreThanATenthRepeatsOthers) {
  std::vector<Rows> first;
  std::vector<Rows> second;
  for (std::uint32_t fold = 0; fold < 10; ++fold) {
    first.push_back({fold});
    second.push_back({fold + 100});
  }
  EXPECT_FALSE(compared({first, second}).repeated().matters());
  second[0] = first[0];
  second[1] = first[1];
  EXPECT_FALSE(compared({first, second}).repeated().matters()) << "2 of 20";
  second[2] = first[2];
  EXPECT_TRUE(compared({first, second}).repeated().matters()) << "3 of 20";
  std::vector<std::vector<Rows>> many{first, first};
  for (std::uint32_t seed = 2; seed < 30; ++seed) {
    many.push_back(first);
    for (Rows& test : many.back()) test.push_back(1000 * seed);
  }
  EXPECT_TRUE(compared(many).repeated().matters()) << "two seeds are the same";
}

TEST(RepeatedSplits, OfManySeedsTheFirstAreNamed) {
  const std::vector<Rows> one{{0}, {1}};
  const std::vector<Rows> two{{0, 1}, {2}};
  EXPECT_EQ(text_of_seeds(compared({one, two, one, one, two}).repeated()),
            "seeds 0, 2 and 3, as do seeds 1 and 4");
  EXPECT_EQ(text_of_seeds(compared(std::vector(8, one)).repeated()),
            "seeds 0, 1, 2, 3, 4 and 3 more");
  std::vector<std::vector<Rows>> seeds;
  for (std::uint32_t kind = 0; kind < 5; ++kind) seeds.insert(seeds.end(), 2, {{kind}});
  EXPECT_EQ(text_of_seeds(compared(seeds).repeated()),
            "seeds 0 and 1, as do seeds 2 and 3, as do seeds 4 and 5, and so on 2 more times");
}

}  // namespace
}  // namespace crossfold
