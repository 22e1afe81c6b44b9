#include <algorithm>
#include <cstddef>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/plan/plan.h"
#include "crossfold/report/render.h"
#include "crossfold/report/report.h"

#include "plan/small_study.h"
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

/// Of each role alone; several images of a patient in one cell add up.
TEST(SampleTable, SaysWherePatientsDoNotAddUp) {
  const SampleTable apart = make_samples({{"normal", "rsna", "in", 4, 2},
                                          {"normal", "cohen", "in", 2, 1},
                                          {"covid19", "cohen", "in", 2, 1},
                                          {"covid19", "cohen", "oos", 4, 2}});
  const std::string note =
      "\n  some patients stand in more than one cell, so that patients do not "
      "add up to the totals\n";
  const auto notes_in = [&](std::size_t a, std::size_t b) {
    SampleTable samples = apart;
    samples.group[a] = samples.group[b];
    const std::string text = render_sample_counts(samples);
    std::size_t notes = 0;
    for (auto at = text.find(note); at != std::string::npos; at = text.find(note, at + 1)) ++notes;
    return notes;
  };
  EXPECT_EQ(notes_in(0, 1), 0U) << "one patient of one cell";
  EXPECT_EQ(notes_in(0, 2), 0U) << "two patients of one cell";
  EXPECT_EQ(notes_in(0, 4), 1U) << "of two domains";
  EXPECT_EQ(notes_in(4, 6), 1U) << "of two classes";
  EXPECT_EQ(notes_in(0, 8), 0U) << "of two roles, each of which has a table";
}

/// A table of the report and its notes account for every sample, whatever is missing of it.
TEST(SampleCounts, EverySampleIsInAPoolOutOfSampleOrCountedAsLeftOut) {
  std::mt19937 random(1);
  const std::vector<std::string> classes{"", "normal", "pneumonia", "covid19"};
  const std::vector<std::string> domains{"", "rsna", "cohen"};
  const std::vector<std::string> roles{"", "in", "in", "oos"};
  std::size_t left_out_at_all = 0;
  for (int round = 0; round < 30; ++round) {
    std::vector<SampleBlock> blocks;
    for (int i = 0; i < 120; ++i)
      blocks.push_back({classes[random() % 4], domains[random() % 3], roles[random() % 4], 1, 1});
    SampleTable samples = make_samples(blocks);
    for (std::string& patient : samples.group) patient = std::to_string(random() % 60);
    Job job = testing::small_job();
    job.splits.folds = 2;
    const Plan plan = make_plan(job, samples, testing::small_embeddings());
    for (std::size_t e = 0; e < job.experiments.size(); ++e) {
      std::size_t left_out = 0;
      for (const std::string& note : plan.basis.notes) {
        std::smatch found;
        const std::regex pattern("experiment '" + job.experiments[e].name +
                                 "': ([0-9]+) samples? left out .*");
        if (std::regex_match(note, found, pattern)) left_out += std::stoul(found[1]);
      }
      const std::size_t outside = static_cast<std::size_t>(
          std::count(samples.role.codes.begin(), samples.role.codes.end(), 1));
      const std::size_t concerned = job.experiments[e].evaluate_oos ? 120 : 120 - outside;
      EXPECT_EQ(plan.basis.samples[e].pool.size() + plan.basis.samples[e].oos.size() + left_out,
                concerned)
          << round << job.experiments[e].name;
      left_out_at_all += left_out;
    }
    RunRecords records = empty_run(job, samples);
    records.plan.basis.notes = plan.basis.notes;
    const Report report = build_report(records);
    for (const std::string& note : plan.basis.notes)
      EXPECT_THAT(report.notes, ::testing::Contains(note)) << "notes of the plan stand there";
  }
  EXPECT_GT(left_out_at_all, 1000U);
}

}  // namespace
}  // namespace crossfold
