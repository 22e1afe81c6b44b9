#include "crossfold/samples/part_levels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Rows = std::vector<std::uint32_t>;

/// Rows 0 to 6: a, a, b, b, c, nothing, d.
CodedColumn column() { return {.codes = {0, 0, 1, 1, 2, -1, 3}, .levels = {"a", "b", "c", "d"}}; }

TEST(PartLevels, NothingIsUnseenWhereEveryScoredLevelIsLearned) {
  const PartLevels levels = part_levels(column(), Rows{0, 2, 4, 6}, Rows{1, 3});
  EXPECT_EQ(levels.learned, 4U);
  EXPECT_EQ(levels.tested, 2U);
  EXPECT_THAT(levels.unseen, IsEmpty());
  EXPECT_THAT(levels.untested, ElementsAre(2, 3));
}

TEST(PartLevels, AreUnseenWhereTheTestPartHasThemAndNothingIsLearnedFromThem) {
  const PartLevels levels = part_levels(column(), Rows{0, 1, 6}, Rows{2, 3, 4});
  EXPECT_THAT(levels.unseen, ElementsAre(1, 2));
  EXPECT_THAT(levels.untested, ElementsAre(0, 3));
}

TEST(PartLevels, AreUnseenWhereTheyAreScoredElsewhere) {
  const Rows elsewhere{4, 6};
  const std::vector<std::span<const std::uint32_t>> sets{elsewhere};
  const PartLevels levels = part_levels(column(), Rows{0, 2, 6}, Rows{1, 3}, sets);
  EXPECT_THAT(levels.unseen, ElementsAre(2));
  EXPECT_THAT(levels.untested, ElementsAre(2, 3)) << "what is scored elsewhere is not tested";
}

TEST(PartLevels, ALevelThatNobodyScoresIsNotUnseen) {
  EXPECT_THAT(part_levels(column(), Rows{0, 2}, Rows{1, 3}).unseen, IsEmpty());
}

TEST(PartLevels, SamplesWithoutALevelCountForNothing) {
  const PartLevels levels = part_levels(column(), Rows{0, 5}, Rows{5});
  EXPECT_EQ(levels.learned, 1U);
  EXPECT_EQ(levels.tested, 0U);
  EXPECT_THAT(levels.unseen, IsEmpty());
}

}  // namespace
}  // namespace crossfold
