#include "crossfold/stats/roc_curve.h"

#include <algorithm>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/stats/scores.h"

#include "stats/recorded.h"

namespace crossfold::stats {
namespace {

std::vector<std::uint8_t> flags(const nlohmann::json& values) {
  std::vector<std::uint8_t> found;
  for (const auto& value : values) found.push_back(value.get<int>() != 0 ? 1 : 0);
  return found;
}

/// Whether (x, y) lies on the polyline.
bool passes(const std::vector<RocPoint>& curve, double x, double y) {
  for (std::size_t i = 0; i + 1 < curve.size(); ++i) {
    const RocPoint& a = curve[i];
    const RocPoint& b = curve[i + 1];
    const double cross =
        (b.false_positive_rate - a.false_positive_rate) * (y - a.true_positive_rate) -
        (b.true_positive_rate - a.true_positive_rate) * (x - a.false_positive_rate);
    if (std::abs(cross) < 1e-12 && x >= a.false_positive_rate - 1e-12 &&
        x <= b.false_positive_rate + 1e-12 && y >= a.true_positive_rate - 1e-12 &&
        y <= b.true_positive_rate + 1e-12)
      return true;
  }
  return false;
}

TEST(RocCurve, HasScikitLearnsCornersAndPassesThroughAllItsPoints) {
  const nlohmann::json recorded = read_recorded("curve_cases.json");
  ASSERT_GE(recorded["cases"].size(), 6U);
  for (const auto& one : recorded["cases"]) {
    SCOPED_TRACE(one["name"].get<std::string>());
    const std::vector<RocPoint> curve =
        roc_curve(recorded_doubles(one["scores"]), flags(one["positive"]));
    const std::vector<double> fpr = recorded_doubles(one["fpr"]);
    const std::vector<double> tpr = recorded_doubles(one["tpr"]);
    for (std::size_t i = 0; i < fpr.size(); ++i) EXPECT_TRUE(passes(curve, fpr[i], tpr[i])) << i;
    for (const RocPoint& at : curve) {
      bool theirs = false;
      for (std::size_t i = 0; i < fpr.size(); ++i)
        theirs = theirs || (std::abs(fpr[i] - at.false_positive_rate) < 1e-12 &&
                            std::abs(tpr[i] - at.true_positive_rate) < 1e-12);
      EXPECT_TRUE(theirs) << at.false_positive_rate;
    }
  }
}

TEST(RocCurve, HasTheAreaThatRocAucCounts) {
  for (const auto& one : read_recorded("curve_cases.json")["cases"]) {
    const std::vector<double> scores = recorded_doubles(one["scores"]);
    const std::vector<std::uint8_t> positive = flags(one["positive"]);
    double area = 0;
    const std::vector<RocPoint> curve = roc_curve(scores, positive);
    for (std::size_t i = 0; i + 1 < curve.size(); ++i)
      area += (curve[i + 1].false_positive_rate - curve[i].false_positive_rate) *
              (curve[i + 1].true_positive_rate + curve[i].true_positive_rate) / 2;
    EXPECT_NEAR(area, roc_auc(scores, positive).value(), 1e-12);
  }
}

TEST(RocCurve, IsEmptyWithoutOneOfTheSides) {
  EXPECT_TRUE(roc_curve(std::vector<double>{0.1, 0.2}, std::vector<std::uint8_t>{1, 1}).empty());
  EXPECT_TRUE(roc_curve({}, {}).empty());
}

TEST(RocCurve, RefusesWhatHasNoRank) {
  try {
    static_cast<void>(roc_curve(std::vector<double>{0.1, std::numeric_limits<double>::quiet_NaN()},
                                std::vector<std::uint8_t>{0, 1}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "score 1 is NaN (it has no rank). score with numbers only");
  }
}

TEST(TruePositiveRates, AreThoseBetweenScikitLearnsPoints) {
  for (const auto& one : read_recorded("curve_cases.json")["cases"]) {
    SCOPED_TRACE(one["name"].get<std::string>());
    const std::vector<RocPoint> curve =
        roc_curve(recorded_doubles(one["scores"]), flags(one["positive"]));
    const std::vector<double> found = true_positive_rates(curve, recorded_doubles(one["rates"]));
    const std::vector<double> expected = recorded_doubles(one["tpr_at_rates"]);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-9) << i;
  }
}

}  // namespace
}  // namespace crossfold::stats
