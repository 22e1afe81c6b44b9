#include "equal_rows.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/core/validation_errors.h"

namespace crossfold {
namespace {

constexpr std::size_t kDim = 3;

/// What is said of rows that come in blocks of so many.
std::string said_of(const std::vector<float>& values, std::size_t rows_at_once) {
  EqualRows rows(kDim);
  const std::size_t step = rows_at_once * kDim;
  for (std::size_t first = 0; first < values.size(); first += step)
    rows.add(std::span(values).subspan(first, std::min(step, values.size() - first)));
  ValidationErrors errors;
  rows.report("/x", errors);
  return errors.empty() ? "" : errors.lines().front();
}

std::vector<float> equal_rows(std::size_t rows) {
  std::vector<float> values;
  for (std::size_t row = 0; row < rows; ++row) values.insert(values.end(), {0.5F, -1, 2});
  return values;
}

TEST(EqualRows, AreCountedHoweverTheyCome) {
  for (const std::size_t at_once : {1U, 2U, 4U, 5U})
    EXPECT_EQ(said_of(equal_rows(5), at_once),
              "/x: all of its 5 rows are equal (what made them gives the same for every sample, so "
              "nothing can be learned). make it anew");
  EXPECT_EQ(said_of(equal_rows(1), 1), "") << "one row is equal to itself";
  EXPECT_EQ(said_of({}, 1), "");
}

TEST(EqualRows, AreNoneWhereAnyNumberOfAnyRowDiffers) {
  for (std::size_t place = 0; place < 5 * kDim; ++place)
    for (const std::size_t at_once : {1U, 2U, 5U}) {
      std::vector<float> values = equal_rows(5);
      values[place] += 0.25F;
      EXPECT_EQ(said_of(values, at_once), "") << place << " in blocks of " << at_once;
    }
}

}  // namespace
}  // namespace crossfold
