#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/expect_error.h"
#include "plan/small_study.h"

namespace crossfold {
namespace {

using ::testing::Contains;

/// The small study with sex and age; age is missing for the first two.
SampleTable probed_samples() {
  SampleTable samples = testing::small_samples();
  CodedColumn sex{.codes = {}, .levels = {"F", "M"}};
  std::vector<double> ages;
  for (std::size_t row = 0; row < samples.size(); ++row) {
    sex.codes.push_back(static_cast<std::int32_t>(row % 2));
    ages.push_back(row < 2 ? std::numeric_limits<double>::quiet_NaN()
                           : 20.0 + static_cast<double>(row));
  }
  samples.attributes = {{.name = "sex", .values = sex}, {.name = "age", .values = ages}};
  return samples;
}

std::vector<std::string> ids(const Job& job, const SampleTable& samples) {
  std::vector<std::string> ids;
  for (const Fit& fit : make_plan(job, samples, testing::small_embeddings()).fits)
    ids.push_back(fit.id.hex());
  return ids;
}

Job probing(const std::vector<std::string>& attributes) {
  Job job = testing::small_job();
  job.experiments[0].probe_attributes = attributes;
  return job;
}

TEST(ProbedPlan, AttributesThatNobodyProbesLeaveTheFitsAsTheyWere) {
  EXPECT_EQ(ids(testing::small_job(), probed_samples()),
            ids(testing::small_job(), testing::small_samples()));
}

TEST(ProbedPlan, WhatIsProbedIsPartOfTheFitsOfItsExperiment) {
  const std::vector<std::string> before = ids(testing::small_job(), probed_samples());
  const std::vector<std::string> sex = ids(probing({"sex"}), probed_samples());
  Job within = testing::small_job();
  within.experiments[0].probe_within = ProbeWithin::class_label;
  Job sex_within = probing({"sex"});
  sex_within.experiments[0].probe_within = ProbeWithin::class_label;
  const std::vector<std::vector<std::string>> all{before,
                                                  sex,
                                                  ids(probing({"age"}), probed_samples()),
                                                  ids(probing({"sex", "age"}), probed_samples()),
                                                  ids(within, probed_samples()),
                                                  ids(sex_within, probed_samples())};
  for (std::size_t a = 0; a < all.size(); ++a)
    for (std::size_t b = 0; b < a; ++b) {
      EXPECT_NE(all[a].front(), all[b].front());
      EXPECT_EQ(all[a].back(), all[b].back());  // of the other experiment
    }
}

TEST(ProbedPlan, TheValuesOfAProbedAttributeAreToo) {
  SampleTable samples = probed_samples();
  auto& ages = std::get<std::vector<double>>(samples.attributes[1].values);
  ages[7] += 1;
  EXPECT_EQ(ids(probing({"sex"}), samples), ids(probing({"sex"}), probed_samples()));
  EXPECT_NE(ids(probing({"age"}), samples), ids(probing({"age"}), probed_samples()));
}

TEST(ProbedPlan, TheValuesOfEachOfSeveralAre) {
  const Job job = probing({"sex", "age"});
  const std::vector<std::string> before = ids(job, probed_samples());
  SampleTable other_sex = probed_samples(), other_age = probed_samples();
  std::get<CodedColumn>(other_sex.attributes[0].values).codes[7] = 0;
  std::get<std::vector<double>>(other_age.attributes[1].values)[7] += 1;
  EXPECT_NE(ids(job, other_sex).front(), before.front());
  EXPECT_NE(ids(job, other_age).front(), before.front());
  EXPECT_NE(ids(probing({"age", "sex"}), probed_samples()).front(), before.front());
}

TEST(ProbedPlan, CountsSamplesWithoutAValue) {
  const Plan plan =
      make_plan(probing({"age", "sex"}), probed_samples(), testing::small_embeddings());
  EXPECT_THAT(
      plan.basis.notes,
      Contains("experiment 'task': 2 samples have no 'age' and are left out where it is probed"));
  for (const std::string& note : plan.basis.notes)
    EXPECT_EQ(note.find("'sex'"), std::string::npos) << note;
}

TEST(ProbedPlan, RefusesAttributesThatTheStoreHasNot) {
  Job job = probing({"weight"});
  job.name = "job.json";
  expect_error(ErrorCode::bad_input,
               "job.json: /experiments/0/probe: has \"weight\" (the store has no such attribute). "
               "choose one of domain, sex, age",
               [&] { (void)make_plan(job, probed_samples(), testing::small_embeddings()); });
}

}  // namespace
}  // namespace crossfold
