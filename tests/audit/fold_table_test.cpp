// Which rows a split parts, and by which division a fit was trained.

#include "fold_table.h"

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace crossfold::audit {
namespace {

/// Two seeds of three folds over five rows, of which the last but one is in none, the last in the
/// second seed alone.
TEST(FoldTable, PartsRowsThatAnySeedHoldsOutInDifferentFolds) {
  FoldTable table;
  table.fold = {{0, 0, 1, -1, -1}, {2, 2, 2, -1, 1}};
  table.names = {"seed 0", "seed 1"};
  table.folds = 3;
  for (std::size_t a = 0; a < 5; ++a)
    for (std::size_t b = 0; b < 5; ++b) {
      const bool by_first = (a < 2 && b == 2) || (b < 2 && a == 2);
      const bool by_second = (a < 3 && b == 4) || (b < 3 && a == 4);
      EXPECT_EQ(table.crosses(a, b), by_first || by_second) << a << " and " << b;
    }
}

/// The folds of a seed are one division; without folds each split is one of its own.
TEST(FoldTable, HasTheDivisionOfEachFit) {
  FoldTable table;
  for (std::int32_t division = 0; division < 6; ++division) table.fold.push_back({division});
  const auto division_of = [&](std::uint32_t seed, std::uint32_t fold) {
    Fit fit;
    fit.seed = SeedIndex{seed};
    fit.fold = FoldIndex{fold};
    return table.of(fit).front();
  };
  table.folds = 3;
  for (std::uint32_t seed = 0; seed < 6; ++seed)
    for (std::uint32_t fold = 0; fold < 3; ++fold)
      EXPECT_EQ(division_of(seed, fold), static_cast<std::int32_t>(seed));
  table.folds = 1;
  table.divisions_of_a_seed = 3;
  for (std::uint32_t seed = 0; seed < 2; ++seed)
    for (std::uint32_t fold = 0; fold < 3; ++fold)
      EXPECT_EQ(division_of(seed, fold), static_cast<std::int32_t>(3 * seed + fold));
}

}  // namespace
}  // namespace crossfold::audit
