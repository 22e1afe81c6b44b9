#include "crossfold/stats/ranked_pairs.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "crossfold/core/error.h"

#include "stats/recorded.h"

namespace crossfold::stats {
namespace {

TEST(RankedPairs, EqualScikitLearnsAucAndPairsCountedOneByOne) {
  const nlohmann::json recorded = read_recorded("association_cases.json");
  for (const auto& one : recorded["pairs"]) {
    SCOPED_TRACE(one["name"].get<std::string>());
    const RankedPairs pairs(
        recorded_doubles(one["scores"]), one["positive"].get<std::vector<std::uint8_t>>(),
        one["stratum"].get<std::vector<std::uint32_t>>(), one["strata"].get<std::size_t>());
    EXPECT_TRUE(agrees(pairs.auc(recorded_doubles(one["weights"])), one["auc"]));
  }
}

TEST(RankedPairs, AreUndefinedWhereNoStratumHasBothSides) {
  const std::vector<std::uint8_t> positive{1, 0};
  EXPECT_FALSE(RankedPairs(std::vector<double>{1, 0}, positive, std::vector<std::uint32_t>{0, 1}, 2)
                   .auc(std::vector<double>{1, 1}));
  EXPECT_FALSE(RankedPairs(std::vector<double>{1, 0}, positive, std::vector<std::uint32_t>{0, 0}, 1)
                   .auc(std::vector<double>{1, 0}));
}

TEST(RankedPairs, RefuseNan) {
  EXPECT_THROW(RankedPairs(std::vector<double>{std::nan("")}, std::vector<std::uint8_t>{1},
                           std::vector<std::uint32_t>{0}, 1),
               Error);
}

TEST(NullAucError, IsMannAndWhitneys) {
  EXPECT_DOUBLE_EQ(null_auc_error(10, 20), std::sqrt(31.0 / 2400.0));
}

TEST(AucError, IsHanleyAndMcNeilsFormula) {
  EXPECT_NEAR(auc_error(0.893, 51, 58), 0.03251158176764658, 1e-12);  // worked out in Python
  EXPECT_EQ(auc_error(1, 10, 20), 0);
}

}  // namespace
}  // namespace crossfold::stats
