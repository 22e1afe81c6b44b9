#include "crossfold/core/ids.h"

#include <type_traits>
#include <unordered_set>

#include <gtest/gtest.h>

namespace crossfold {
namespace {

TEST(StrongId, CannotBeTakenForANumberOrAnotherId) {
  EXPECT_FALSE((std::is_convertible_v<int, FoldIndex>));
  EXPECT_FALSE((std::is_convertible_v<FoldIndex, std::uint32_t>));
  EXPECT_FALSE((std::is_constructible_v<FoldIndex, SeedIndex>));
}

TEST(StrongId, ComparesAndHashesByValue) {
  EXPECT_LT(FoldIndex(1), FoldIndex(2));
  EXPECT_EQ(Rank(), Rank(0));
  const std::unordered_set<FoldIndex> folds = {FoldIndex(1), FoldIndex(1), FoldIndex(2)};
  EXPECT_EQ(folds.size(), 2U);
  const std::unordered_set<FitId> fits = {FitId{"a"}, FitId{"a"}};
  EXPECT_EQ(fits.size(), 1U);
}

}  // namespace
}  // namespace crossfold
