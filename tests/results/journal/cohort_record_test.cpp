#include "crossfold/results/cohort_record.h"

#include <string>

#include <gtest/gtest.h>

#include "core/expect_error.h"
#include "plan/sample_result.h"

namespace crossfold {
namespace {

const Origin kOrigin{.host = "alpha", .device = "cpu core 1", .equivalence_class = "build A"};

CohortTimes times() {
  return {.first_fit = testing::fit_id('1'),
          .start_s = 1'795'916'968.123,
          .seconds = 1.25,
          .write_s = 0.5};
}

TEST(CohortResults, ArriveAsTheyWereSent) {
  const std::vector<FitRecord> fits{{.result = testing::full_result(testing::fit_id('1')),
                                     .artefacts = std::nullopt,
                                     .origin = kOrigin}};
  const CohortResults cohort = decode_cohort(encode_cohort(times(), kOrigin, fits));
  ASSERT_EQ(cohort.fits.size(), 1U);
  EXPECT_EQ(cohort.fits[0].result.id, testing::fit_id('1'));
  EXPECT_EQ(cohort.fits[0].origin.host, "alpha");
  EXPECT_EQ(cohort.times.first_fit, testing::fit_id('1'));
  EXPECT_EQ(cohort.times.start_s, 1'795'916'968.123);
  EXPECT_EQ(cohort.times.seconds, 1.25);
  EXPECT_EQ(cohort.times.write_s, 0.5);
}

TEST(CohortResults, TellTheirTimesWhereNoFitHasSucceeded) {
  const CohortResults cohort = decode_cohort(encode_cohort(times(), kOrigin, {}));
  EXPECT_TRUE(cohort.fits.empty());
  EXPECT_EQ(cohort.times.seconds, 1.25);
}

TEST(CohortResults, AreRefusedWhereTheyAreCutShort) {
  const std::string bytes = encode_cohort(times(), kOrigin, {});
  for (std::size_t at = 0; at < bytes.size(); ++at)
    EXPECT_THROW(static_cast<void>(decode_cohort(bytes.substr(0, at))), Error);
}

}  // namespace
}  // namespace crossfold
