#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/small_study.h"

namespace crossfold {
namespace {

using ::testing::Contains;

/// The small study with the sex of all but the first two.
SampleTable samples_with_sex() {
  SampleTable samples = testing::small_samples();
  CodedColumn sex{.codes = {}, .levels = {"F", "M"}};
  for (std::size_t row = 0; row < samples.size(); ++row)
    sex.codes.push_back(row < 2 ? -1 : static_cast<std::int32_t>(row % 2));
  samples.attributes = {{.name = "sex", .values = sex}};
  return samples;
}

Job job_against(std::vector<Adversary> adversaries) {
  Job job = testing::small_job();
  std::get<DisentangledModel>(job.experiments[0].candidates[1].model).adversaries =
      std::move(adversaries);
  return job;
}

/// Of the first experiment: those of the baseline and of the disentangled candidate.
struct Ids {
  std::vector<std::string> baseline, disentangled;
};
Ids ids(const Job& job, const SampleTable& samples = samples_with_sex()) {
  Ids found;
  for (const Fit& fit : make_plan(job, samples, testing::small_embeddings()).fits)
    if (fit.experiment == 0)
      (fit.candidate == 0 ? found.baseline : found.disentangled).push_back(fit.id.hex());
  return found;
}

TEST(AdversaryPlan, TheDomainAloneLeavesTheFitsAsTheyWere) {
  EXPECT_EQ(ids(job_against({{.of = "domain"}})).disentangled,
            ids(testing::small_job(), testing::small_samples()).disentangled);
  const LambdaSchedule own = DisentangledModel{}.lambda;
  EXPECT_EQ(ids(job_against({{.of = "domain", .lambda = own}})).disentangled,
            ids(testing::small_job()).disentangled);
}

TEST(AdversaryPlan, AreInTheFitsOfTheirCandidateAlone) {
  const Ids alone = ids(testing::small_job());
  const Ids both = ids(job_against({{.of = "domain"}, {.of = "sex"}}));
  EXPECT_EQ(both.baseline, alone.baseline);
  EXPECT_NE(both.disentangled, alone.disentangled);
  LambdaSchedule other;
  other.from = 3;
  EXPECT_NE(ids(job_against({{.of = "domain"}, {.of = "sex", .lambda = other}})).disentangled,
            both.disentangled);
}

TEST(AdversaryPlan, EachOfThreeLambdasIsInTheFits) {
  LambdaSchedule other;
  other.from = 3;
  const auto with = [&](std::size_t which) {
    std::vector<Adversary> adversaries{{.of = "domain"}, {.of = "sex"}, {.of = "class"}};
    if (which < adversaries.size()) adversaries[which].lambda = other;
    return ids(job_against(adversaries)).disentangled;
  };
  const std::set<std::vector<std::string>> different{with(0), with(1), with(2), with(3)};
  EXPECT_EQ(different.size(), 4U);
}

TEST(AdversaryPlan, TheValuesOfTheirAttributesAreToo) {
  SampleTable samples = samples_with_sex();
  std::get<CodedColumn>(samples.attributes[0].values).codes[0] = 1;
  const Job both = job_against({{.of = "domain"}, {.of = "sex"}});
  EXPECT_NE(ids(both, samples).disentangled, ids(both).disentangled);
  EXPECT_EQ(ids(both, samples).baseline, ids(both).baseline);
  EXPECT_EQ(ids(testing::small_job(), samples).disentangled,
            ids(testing::small_job()).disentangled);
}

TEST(AdversaryPlan, TheValuesOfEachOfSeveralAre) {
  SampleTable samples = samples_with_sex();
  samples.attributes.push_back(samples.attributes[0]);
  samples.attributes[1].name = "view";
  const Job job = job_against({{.of = "domain"}, {.of = "sex"}, {.of = "view"}});
  const std::vector<std::string> before = ids(job, samples).disentangled;
  for (std::size_t which = 0; which < 2; ++which) {
    SampleTable other = samples;
    std::get<CodedColumn>(other.attributes[which].values).codes[7] = 0;
    EXPECT_NE(ids(job, other).disentangled, before) << other.attributes[which].name;
    std::get<CodedColumn>(other.attributes[which].values) =
        std::get<CodedColumn>(samples.attributes[which].values);
    std::get<CodedColumn>(other.attributes[which].values).levels[1] = "other";
    EXPECT_NE(ids(job, other).disentangled, before) << "a level's name";
  }
}

TEST(AdversaryPlan, EachCandidateHasThoseOfItsOwn) {
  SampleTable samples = samples_with_sex();
  samples.attributes.push_back(samples.attributes[0]);
  samples.attributes[1].name = "view";
  Job job = job_against({{.of = "sex"}});
  job.experiments[0].candidates.push_back(job.experiments[0].candidates[1]);
  job.experiments[0].candidates[2].name = "view";
  std::get<DisentangledModel>(job.experiments[0].candidates[2].model).adversaries = {
      {.of = "view"}};
  EXPECT_THAT(attributes_disentangled_from(job.experiments[0]),
              ::testing::ElementsAre("sex", "view"));
  const auto ids_of = [&](const SampleTable& of, std::uint32_t candidate) {
    std::vector<std::string> found;
    for (const Fit& fit : make_plan(job, of, testing::small_embeddings()).fits)
      if (fit.experiment == 0 && fit.candidate == candidate) found.push_back(fit.id.hex());
    return found;
  };
  for (std::size_t which = 0; which < 2; ++which) {
    SampleTable other = samples;
    std::get<CodedColumn>(other.attributes[which].values).codes[7] = 0;
    for (std::uint32_t candidate = 0; candidate < 3; ++candidate)
      EXPECT_EQ(ids_of(other, candidate) != ids_of(samples, candidate), candidate == which + 1);
  }
}

TEST(AdversaryPlan, CountsSamplesWithoutAValue) {
  const Plan plan = make_plan(job_against({{.of = "domain"}, {.of = "sex"}}), samples_with_sex(),
                              testing::small_embeddings());
  EXPECT_THAT(plan.basis.notes,
              Contains("experiment 'task': 2 samples have no 'sex' and are left out of the loss of "
                       "that adversary"));
}

/// Of two attributes that miss values, each of them probed and unlearned.
TEST(AdversaryPlan, TheSamplesWithoutAValueAreCountedForEachAttribute) {
  SampleTable samples = samples_with_sex();
  samples.attributes.push_back(samples.attributes[0]);
  samples.attributes[1].name = "view";
  for (std::size_t row = 0; row < 5; ++row)
    std::get<CodedColumn>(samples.attributes[1].values).codes[row] = -1;
  Job job = job_against({{.of = "domain"}, {.of = "sex"}, {.of = "view"}});
  job.experiments[0].probe_attributes = {"sex", "view"};
  for (int order = 0; order < 2; ++order) {
    const Plan plan = make_plan(job, samples, testing::small_embeddings());
    for (const auto& [name, count] : {std::pair("sex", "2"), std::pair("view", "5")})
      for (const char* use :
           {"are left out where it is probed", "are left out of the loss of that adversary"}) {
        const std::string note = std::string("experiment 'task': ") + count + " samples have no '" +
                                 name + "' and " + use;
        EXPECT_EQ(std::count(plan.basis.notes.begin(), plan.basis.notes.end(), note), 1) << note;
      }
    std::swap(samples.attributes[0], samples.attributes[1]);
    std::swap(job.experiments[0].probe_attributes[0], job.experiments[0].probe_attributes[1]);
  }
}

TEST(AdversaryPlan, TheirAttributesAreUsedByTheJob) {
  EXPECT_THAT(attributes_used(job_against({{.of = "domain"}, {.of = "sex"}})), Contains("sex"));
}

TEST(AdversaryPlan, ALevelThatLeavesOneOfThemIsNeverLeftOut) {
  SampleTable samples = samples_with_sex();
  // All women are of one domain, which has men as well.
  auto& sex = std::get<CodedColumn>(samples.attributes[0].values).codes;
  for (std::size_t row = 0; row < samples.size(); ++row)
    sex[row] = samples.domain.codes[row] == 0 && row % 4 == 0 ? 0 : 1;
  Job job = job_against({{.of = "sex"}});
  job.experiments.resize(1);
  job.experiments[0].evaluate_oos = false;
  job.splits.scheme = SplitScheme::leave_out;
  const Plan plan = make_plan(job, samples, testing::small_embeddings());
  EXPECT_THAT(plan.basis.notes,
              Contains("experiment 'task': domain rsna is never left out (one level only of 'sex' "
                       "is left, from which a disentangled candidate has nothing to tell apart)"));
}

TEST(WeightedPlan, WeightsAreInTheFitsWhereTheyAreSet) {
  Job job = testing::small_job();
  job.experiments[0].weights = {Label::class_label};
  const Ids plain = ids(testing::small_job());
  EXPECT_NE(ids(job).baseline, plain.baseline);
  Job by_both = job;
  by_both.experiments[0].weights = {Label::class_label, Label::domain};
  EXPECT_NE(ids(by_both).baseline, ids(job).baseline);
  Job by_domain = job;
  by_domain.experiments[0].weights = {Label::domain};
  EXPECT_NE(ids(by_domain).baseline, ids(job).baseline);
}

}  // namespace
}  // namespace crossfold
