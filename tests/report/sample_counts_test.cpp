#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/report/report.h"

#include "report/run_builder.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using testing::empty_run;
using testing::make_samples;
using testing::SampleBlock;

Report counts_of(const SampleTable& samples) {
  Job job;
  job.name = "counts";
  return build_report(empty_run(job, samples));
}

TEST(SampleCounts, CrossClassAndDomainForEachRole) {
  const Report report = counts_of(make_samples({{"normal", "rsna", "in", 8, 2},
                                                {"covid19", "cohen", "in", 3, 1},
                                                {"normal", "cohen", "in", 2, 1},
                                                {"covid19", "new", "oos", 5, 5}}));
  ASSERT_EQ(report.samples.size(), 2);
  const SampleCounts& in = report.samples[0];
  EXPECT_EQ(in.role, Role::in);
  EXPECT_THAT(in.classes, ElementsAre("normal", "covid19"));
  EXPECT_THAT(in.domains, ElementsAre("rsna", "cohen"));
  EXPECT_EQ(in.cells[0][0].images, 8);
  EXPECT_EQ(in.cells[0][0].patients, 4);
  EXPECT_EQ(in.cells[0][1].images, 2);
  EXPECT_EQ(in.cells[1][0].images, 0);
  EXPECT_EQ(in.class_totals[0].images, 10);
  EXPECT_EQ(in.class_totals[0].patients, 6);
  EXPECT_EQ(in.domain_totals[1].images, 5);
  EXPECT_EQ(in.total.images, 13);
  EXPECT_EQ(in.total.patients, 9);
  EXPECT_THAT(report.samples[1].domains, ElementsAre("new"));
  EXPECT_EQ(report.samples[1].total.patients, 1);
}

TEST(SampleCounts, APatientInTwoClassesCountsOnceInTheTotals) {
  SampleTable samples =
      make_samples({{"normal", "rsna", "in", 2, 1}, {"pneumonia", "rsna", "in", 1, 1}});
  samples.group = {"p1", "p2", "p1"};
  const SampleCounts counts = counts_of(samples).samples.at(0);
  EXPECT_EQ(counts.cells[0][0].patients, 2);
  EXPECT_EQ(counts.cells[1][0].patients, 1);
  EXPECT_EQ(counts.domain_totals[0].patients, 2);
  EXPECT_EQ(counts.total.patients, 2);
}

TEST(SampleCounts, SamplesWithoutALabelStandApart) {
  const SampleCounts counts =
      counts_of(make_samples({{"normal", "rsna", "in", 2, 1}, {"", "", "in", 3, 1}})).samples.at(0);
  EXPECT_THAT(counts.classes, ElementsAre("normal", "(missing)"));
  EXPECT_THAT(counts.domains, ElementsAre("rsna", "(missing)"));
  EXPECT_EQ(counts.cells[1][1].images, 3);
}

TEST(SampleCounts, SamplesWithoutARoleAreNoted) {
  const Report report =
      counts_of(make_samples({{"normal", "rsna", "in", 2, 1}, {"normal", "rsna", "", 3, 1}}));
  EXPECT_EQ(report.samples[0].total.images, 2);
  EXPECT_THAT(report.notes, ElementsAre("3 samples have no role and take part in nothing"));
}

}  // namespace
}  // namespace crossfold
