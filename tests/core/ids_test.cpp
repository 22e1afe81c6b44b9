#include "crossfold/core/ids.h"

#include <string>
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
  const std::unordered_set<FitId> fits = {FitId{{1}}, FitId{{1}}};
  EXPECT_EQ(fits.size(), 1U);
}

TEST(FitId, IsThirtyTwoDigitsAndNothingElse) {
  const std::string digits = "0123456789abcdef00ff10a0b1c2d3e4";
  const auto id = FitId::from_hex(digits);
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->hex(), digits);
  EXPECT_LT(*FitId::from_hex(std::string(32, '1')), *FitId::from_hex("11" + std::string(30, '2')));
  EXPECT_FALSE(FitId::from_hex(digits.substr(1)).has_value());
  EXPECT_FALSE(FitId::from_hex(digits + "0").has_value());
  EXPECT_FALSE(FitId::from_hex("0123456789ABCDEF00ff10a0b1c2d3e4").has_value());
  EXPECT_FALSE(FitId::from_hex("0123456789abcdeg00ff10a0b1c2d3e4").has_value());
  EXPECT_FALSE(FitId::from_hex("").has_value());
}

}  // namespace
}  // namespace crossfold
