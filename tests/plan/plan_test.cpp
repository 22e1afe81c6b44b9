#include "crossfold/plan/plan.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/expect_error.h"
#include "plan/recorded_lines.h"
#include "plan/small_study.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using testing::embedding;
using ::testing::IsEmpty;
using testing::small_embeddings;
using testing::small_job;
using testing::small_plan;
using testing::small_samples;

std::set<std::string> ids_of(const Plan& plan) {
  std::set<std::string> ids;
  for (const Fit& fit : plan.fits) ids.insert(fit.id.hex());
  return ids;
}

std::vector<std::string> ordered_ids(const Plan& plan) {
  std::vector<std::string> ids;
  for (const Fit& fit : plan.fits) ids.push_back(fit.id.hex());
  return ids;
}

Plan plan_with(const std::function<void(Job&)>& change) {
  Job job = small_job();
  change(job);
  return small_plan(job);
}

/// How many of the small study's fits keep their id.
std::size_t kept(const Plan& plan) {
  const std::set<std::string> before = ids_of(small_plan());
  std::size_t count = 0;
  for (const std::string& id : ids_of(plan)) count += before.count(id);
  return count;
}

TEST(MakePlan, OrdersFitsByExperimentEmbeddingCandidateSeedFold) {
  const Plan plan = small_plan();
  ASSERT_EQ(plan.fits.size(), 36U);
  const auto place = [](const Fit& fit) {
    return std::make_tuple(fit.experiment, fit.embedding, fit.candidate, fit.seed, fit.fold);
  };
  for (std::size_t i = 1; i < plan.fits.size(); ++i)
    EXPECT_LT(place(plan.fits[i - 1]), place(plan.fits[i]));
  EXPECT_EQ(plan.basis.embeddings[0].name, "texture/raw");
  EXPECT_EQ(plan.basis.embeddings[1].name, "texture/equalized");
}

TEST(MakePlan, PutsEveryDistinctFitIntoOneCohort) {
  const Plan plan = small_plan();
  EXPECT_EQ(distinct_fits(plan), 36U);
  std::multiset<std::uint32_t> fits;
  for (const Cohort& cohort : plan.cohorts) {
    double cost = 0;
    for (const std::uint32_t fit : cohort.fits) {
      fits.insert(fit);
      cost += plan.fits[fit].cost;
    }
    EXPECT_DOUBLE_EQ(cohort.cost, cost);
  }
  EXPECT_EQ(fits.size(), 36U);
  EXPECT_EQ(std::set<std::uint32_t>(fits.begin(), fits.end()).size(), 36U);
}

TEST(MakePlan, IsTheSameEveryTime) {
  EXPECT_EQ(ordered_ids(small_plan()), ordered_ids(small_plan()));
  EXPECT_EQ(small_plan().hash, small_plan().hash);
}

/// Ids name results on disk for years: if this fails, old runs cannot be continued. Where that is
/// meant, raise kProtocolVersion and record them anew: CROSSFOLD_UPDATE_GOLDEN=1 plan_test.
TEST(FitId, IsTheRecordedOne) {
  const Plan plan = small_plan();
  std::vector<std::string> found = ordered_ids(plan);
  found.push_back(plan.hash.hex());
  testing::expect_recorded("fit_ids.txt", found);
}

TEST(FitId, ChangesWithEverythingThatChangesTheNumbers) {
  EXPECT_EQ(kept(small_plan()), 36U);
  EXPECT_EQ(kept(plan_with([](Job& job) { job.seed = 8; })), 0U);
  EXPECT_EQ(kept(plan_with([](Job& job) { job.splits.folds = 4; })), 0U);
  EXPECT_EQ(kept(plan_with([](Job& job) { job.splits.validation = 0.3; })), 12U);  // of linear
  EXPECT_EQ(kept(plan_with([](Job& job) {
              training_of(job.experiments[0].candidates[0]).learning_rate = 0.002;
            })),
            24U);
  EXPECT_EQ(kept(plan_with([](Job& job) {
              std::get<DisentangledModel>(job.experiments[0].candidates[1].model).lambda.from = 9;
            })),
            24U);
  EXPECT_EQ(kept(plan_with([](Job& job) {
              std::get<LinearModel>(job.experiments[1].candidates[0].model).c = 2;
            })),
            24U);
  EXPECT_EQ(kept(plan_with([](Job& job) { job.experiments[0].probe_on = ProbeOn::embedding; })),
            12U);
  EXPECT_EQ(kept(plan_with([](Job& job) { job.experiments[0].probe.reset(); })), 12U);
  EXPECT_EQ(kept(plan_with([](Job& job) { job.experiments[0].evaluate_oos = false; })), 12U);
  EXPECT_EQ(kept(plan_with([](Job& job) { job.experiments[1].standardize = Standardize::train; })),
            24U);
  EXPECT_EQ(kept(plan_with([](Job& job) { job.experiments[0].stratify = Label::domain; })), 12U);
}

TEST(FitId, ChangesWithTheContentOfItsEmbeddingSet) {
  std::vector<EmbeddingInfo> embeddings = small_embeddings();
  embeddings[1].content = sha256("another");
  EXPECT_EQ(kept(make_plan(small_job(), small_samples(), embeddings)), 18U);
}

TEST(FitId, ChangesWithLabelsGroupsAndRoles) {
  SampleTable labels = small_samples();
  std::swap(labels.class_label.codes[0], labels.class_label.codes[4]);
  EXPECT_EQ(kept(make_plan(small_job(), labels, small_embeddings())), 0U);
  SampleTable groups = small_samples();
  groups.group[0] = groups.group[9];
  EXPECT_LT(kept(make_plan(small_job(), groups, small_embeddings())), 36U);
  SampleTable roles = small_samples();
  roles.role.codes[35] = -1;
  EXPECT_EQ(kept(make_plan(small_job(), roles, small_embeddings())), 12U);  // those without oos
}

TEST(FitId, ChangesWhereAGivenSplitDoes) {
  Job job = small_job();
  const SampleTable samples = small_samples();
  const Plan drawn = small_plan();
  job.splits.file = "folds.csv";
  std::string csv = kSplitTableHeader;
  for (std::uint32_t e = 0; e < 2; ++e)
    for (const Fit& fit : drawn.fits)
      if (fit.experiment == e && fit.embedding == 0 && fit.candidate == 0)
        csv += split_lines(job.experiments[e].name, fit.seed, fit.fold,
                           split_of(small_job(), drawn, fit), samples.id);
  const Plan given = make_plan(job, samples, small_embeddings(), csv);
  EXPECT_EQ(ordered_ids(given), ordered_ids(drawn));
  for (std::size_t i = 0; i < given.fits.size(); ++i)
    EXPECT_EQ(split_of(job, given, given.fits[i]), split_of(small_job(), drawn, drawn.fits[i]));

  // Another validation part for one split of one experiment: two candidates on two sets.
  const Split one = split_of(small_job(), drawn, drawn.fits[0]);
  ASSERT_FALSE(one.validation.empty());
  std::string moved;
  for (const std::uint32_t row : one.validation)
    moved += "task,0,0,validation," + samples.id[row] + "\n";
  const std::size_t at = csv.find(moved);
  ASSERT_NE(at, std::string::npos);
  const auto alone = std::find_if(one.train.begin(), one.train.end(), [&](std::uint32_t row) {
    return std::count(samples.group.begin(), samples.group.end(), samples.group[row]) == 1;
  });
  ASSERT_NE(alone, one.train.end());
  csv.replace(at, moved.size(), "task,0,0,validation," + samples.id[*alone] + "\n");
  EXPECT_EQ(kept(make_plan(job, samples, small_embeddings(), csv)), 32U);
}

TEST(FitId, DoesNotHangOnNamesOutputsOrPlaces) {
  EXPECT_EQ(kept(plan_with([](Job& job) {
              job.name = "renamed";
              job.store = "/elsewhere/store.h5";
              job.output = {.predictions = false, .curves = false, .features = FeatureOutput::all};
              job.experiments[0].name = "renamed";
              job.experiments[0].candidates[0].name = "renamed";
              std::swap(job.embeddings[0], job.embeddings[1]);
            })),
            36U);
  std::vector<EmbeddingInfo> renamed = small_embeddings();
  renamed[1].name = "net/raw";
  Job job = small_job();
  job.embeddings[0] = "net/raw";
  EXPECT_EQ(kept(make_plan(job, small_samples(), renamed)), 36U);
}

TEST(FitId, IsUnmovedByMoreSeedsAndMoreExperiments) {
  const Plan plan = plan_with([](Job& job) {
    job.splits.seeds = 5;
    job.experiments.insert(job.experiments.begin(), job.experiments[1]);
    job.experiments[0].name = "first";
    std::get<LinearModel>(job.experiments[0].candidates[0].model).c = 3;
  });
  EXPECT_EQ(plan.fits.size(), 4U * 2 * 15);
  EXPECT_EQ(kept(plan), 36U);
}

TEST(MakePlan, TrainsCandidatesOfEqualSettingsOnce) {
  const Plan plan = plan_with([](Job& job) {
    job.experiments[0].candidates.push_back(job.experiments[0].candidates[0]);
    job.experiments[0].candidates.back().name = "again";
  });
  EXPECT_EQ(plan.fits.size(), 48U);
  EXPECT_EQ(distinct_fits(plan), 36U);
  EXPECT_EQ(plan.fits[0].id, plan.fits[12].id);
  EXPECT_EQ(ids_of(plan), ids_of(small_plan()));
}

TEST(MakePlan, AppliesTheJobsRoles) {
  Job job = small_job();
  job.roles[Role::oos] = {.role = {}, .class_label = {}, .domain = {"cohen"}};
  job.experiments[0].probe.reset();
  job.experiments[0].candidates.pop_back();
  job.experiments.pop_back();
  const Plan plan = small_plan(job);
  EXPECT_THAT(plan.basis.samples[0].domain.levels, ElementsAre("rsna"));
  EXPECT_GT(plan.basis.samples[0].oos.size(), 6U);
}

TEST(MakePlan, NotesWhatAReaderShouldKnow) {
  SampleTable samples = small_samples();
  samples.class_label.codes[35] = -1;
  samples.domain.codes[0] = -1;
  for (std::size_t i = 0; i < 30; ++i)
    if (samples.class_label.codes[i] == 2 && i != 7 && i != 8) samples.class_label.codes[i] = 0;
  const Plan plan = make_plan(small_job(), samples, small_embeddings());
  EXPECT_THAT(
      plan.basis.notes,
      ElementsAre(
          "experiment 'task': 1 sample left out (domain missing)",
          "experiment 'task': 1 sample left out (oos without a class that the pool has)",
          "experiment 'task': class 'covid19' has 1 group (2 samples) for 3 folds, so some folds "
          "lack it",
          "experiment 'source': 1 sample left out (domain missing)"));
}

TEST(MakePlan, WarnsOfDoubtfulSamples) {
  SampleTable samples = small_samples();
  EXPECT_THAT(make_plan(small_job(), samples, small_embeddings()).basis.warnings, IsEmpty());
  samples.group = samples.id;
  const Plan plan = make_plan(small_job(), samples, small_embeddings());
  EXPECT_THAT(
      plan.basis.warnings,
      ElementsAre(::testing::StartsWith(
          "no patient is known for 36 of 36 samples: each counts as a patient of its own")));
}

TEST(MakePlan, RefusesTooManyFitsBeforeItLooksAtSplits) {
  Job job = small_job();
  job.splits = {.folds = 1'000'000, .seeds = 1'000'000, .file = "f.csv"};
  expect_error(
      ErrorCode::bad_input,
      "small: asks for 6000000000000 fits (at most 10000000 are accepted). split it into several "
      "jobs",
      [&] {
        static_cast<void>(
            make_plan(job, small_samples(), small_embeddings(), "experiment,seed,fold,part,id\n"));
      });
}

TEST(MakePlan, NamesEveryErrorAtOnce) {
  Job job = small_job();
  job.embeddings[1] = "texture/masked";
  job.experiments[0].samples.class_label = {"normal", "covid"};
  job.splits.folds = 100;
  expect_error(ErrorCode::bad_input,
               "small: 3 errors\n"
               "  /embeddings: has \"texture/masked\" (the store does not hold it). choose one of "
               "texture/equalized, texture/raw\n"
               "  /experiments/0/samples/class: has \"covid\" (the store does not know it). "
               "choose one of normal, pneumonia, covid19\n"
               "  /experiments/1: has 20 groups for 100 folds (a group is never divided, so some "
               "folds would be empty). lower splits.folds or widen 'samples'",
               [&] { static_cast<void>(small_plan(job)); });
}

TEST(MakePlan, RefusesAStoreWithoutEmbeddingSets) {
  Job job = small_job();
  job.embeddings = {"a/b"};
  expect_error(ErrorCode::bad_input,
               "small: /embeddings: has \"a/b\" (the store holds no embedding set). add it to the "
               "store or name another store",
               [&] { static_cast<void>(make_plan(job, small_samples(), {})); });
}

TEST(MakePlan, RefusesUnknownRolesTogetherWithUnknownSets) {
  Job job = small_job();
  job.embeddings = {"a/b"};
  job.roles[Role::oos] = {.role = {}, .class_label = {}, .domain = {"fig1"}};
  expect_error(
      ErrorCode::bad_input,
      "small: 2 errors\n"
      "  /roles/oos/domain: has \"fig1\" (the store does not know it). choose one of rsna, "
      "cohen, site\n"
      "  /embeddings: has \"a/b\" (the store does not hold it). choose one of "
      "texture/equalized, texture/raw",
      [&] { static_cast<void>(small_plan(job)); });
}

TEST(MakePlan, RefusesMoreFitsThanAnyoneCanTrain) {
  Job job = small_job();
  job.splits.seeds = 1'000'000;
  expect_error(ErrorCode::bad_input,
               "small: asks for 18000000 fits (at most 10000000 are accepted). split it into "
               "several jobs",
               [&] { static_cast<void>(small_plan(job)); });
}

TEST(MakePlan, RefusesGivenFoldsThatDoNotFit) {
  Job job = small_job();
  job.splits.file = "folds.csv";
  job.splits.seeds = 1;
  job.splits.folds = 2;
  job.experiments.pop_back();
  expect_error(
      ErrorCode::bad_input,
      "small: folds.csv: has no line for the experiment 'task' (it has no line at all). correct "
      "the "
      "name here or in the job",
      [&] {
        static_cast<void>(make_plan(job, small_samples(), small_embeddings(), kSplitTableHeader));
      });
}

TEST(MakePlan, CopesWithFiftyThousandFits) {
  Job job = small_job();
  job.experiments.pop_back();
  job.experiments[0].candidates.clear();
  for (int i = 0; i < 2500; ++i) {
    job.experiments[0].candidates.push_back(
        testing::small_candidate(std::to_string(i), CandidateKind::disentangled));
    std::get<DisentangledModel>(job.experiments[0].candidates.back().model).lambda.from = i + 1;
  }
  job.splits.folds = 5;
  const Plan plan = small_plan(job);
  EXPECT_EQ(plan.fits.size(), 50'000U);
  EXPECT_EQ(distinct_fits(plan), 50'000U);
  EXPECT_EQ(ids_of(plan).size(), 50'000U);
}

TEST(MakePlan, DealsAsManyFoldsAsThereAreGroupsOnce) {
  SampleTable samples;
  samples.role.levels = {"in", "oos"};
  for (int i = 0; i < 2000; ++i) {
    samples.id.push_back("s" + std::to_string(i));
    samples.group.push_back(samples.id.back());
    samples.class_label.append(i % 2 == 0 ? "a" : "b");
    samples.domain.append("d");
    samples.role.append("in");
  }
  Job job = small_job();
  job.splits = {.folds = 2000, .seeds = 1, .validation = 0, .file = {}};
  job.embeddings.pop_back();
  job.experiments[0].evaluate_oos = false;
  job.experiments[0].probe.reset();
  job.experiments[0].candidates.pop_back();
  job.experiments.pop_back();
  const Plan plan = make_plan(job, samples, {embedding("texture/raw", 4, "x")});
  EXPECT_EQ(distinct_fits(plan), 2000U);
  EXPECT_EQ(split_of(job, plan, plan.fits[17]).test.size(), 1U);
}

}  // namespace
}  // namespace crossfold
