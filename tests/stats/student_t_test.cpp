#include "crossfold/stats/student_t.h"

#include <cmath>

#include <gtest/gtest.h>

#include "core/expect_error.h"
#include "stats/recorded.h"

namespace crossfold::stats {
namespace {

TEST(StudentT, HasTheQuantilesOfMpmathFarIntoTheTail) {
  const nlohmann::json recorded = read_recorded("student_cases.json");
  ASSERT_GE(recorded["quantiles"].size(), 48U);
  for (const auto& one : recorded["quantiles"]) {
    SCOPED_TRACE(one.dump());
    const auto expected = one["t"].get<double>();
    EXPECT_NEAR(student_t_quantile(one["upper_tail"].get<double>(),
                                   one["degrees_of_freedom"].get<std::size_t>()),
                expected, 1e-12 * std::abs(expected));
  }
}

TEST(StudentT, ExceedsItsMiddleHalfOfTheTime) { EXPECT_EQ(student_t_quantile(0.5, 4), 0.0); }

}  // namespace
}  // namespace crossfold::stats
