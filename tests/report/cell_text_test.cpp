#include "cell_text.h"

#include <limits>

#include <gtest/gtest.h>

namespace crossfold {
namespace {

ScoreCell cell_of(const std::vector<std::optional<double>>& values, std::size_t expected) {
  ScoreCell cell;
  cell.summary = stats::summarize(values);
  cell.fits.expected = expected;
  return cell;
}

TEST(NumberText, PutsNoSignInFrontOfZero) {
  EXPECT_EQ(number_text(-0.001, 2, {}), "0.00");
  EXPECT_EQ(number_text(-0.01, 2, {}), "-0.01");
  EXPECT_EQ(number_text(-0.0, 0, {}), "0");
}

TEST(NumberText, NamesWhatIsNoNumber) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(number_text(kInf, 2, {}), "inf");
  EXPECT_EQ(number_text(-kInf, 2, {}), "-inf");
  EXPECT_EQ(number_text(std::numeric_limits<double>::quiet_NaN(), 2, {}), "-");
  EXPECT_EQ(number_text(std::nullopt, 2, {}), "-");
}

TEST(CellText, IsMeanAndSd) {
  EXPECT_EQ(cell_text(cell_of({0.81, 0.85}, 2), Measure::auc, {}), "0.83 +- 0.03");
}

TEST(CellText, IsTheMedianOfAnOddsRatio) {
  EXPECT_EQ(cell_text(cell_of({1.0, 2.5, 90.0}, 3), Measure::diagnostic_odds_ratio, {}), "2.50");
}

TEST(CellText, ShowsHowManyFitsItRestsOnUnlessAll) {
  EXPECT_EQ(cell_text(cell_of({0.5, 0.5}, 3), Measure::auc, {}), "0.50 +- 0.00 (2/3)");
  EXPECT_EQ(cell_text(cell_of({0.5, std::nullopt}, 2), Measure::auc, {}), "0.50 (1/2)");
  EXPECT_EQ(cell_text(cell_of({}, 3), Measure::auc, {}), "- (0/3)");
}

TEST(PValueText, HasThreeDigits) {
  EXPECT_EQ(p_value_text(0.0004, {}), "<0.001");
  EXPECT_EQ(p_value_text(0.0314159, {}), "0.031");
  EXPECT_EQ(p_value_text(1, {}), "1.000");
}

}  // namespace
}  // namespace crossfold
