#include <functional>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/plan/plan.h"

#include "job/job_settings.h"
#include "plan/example_study.h"

namespace crossfold {
namespace {

using Rows = std::vector<std::uint32_t>;

Plan plan_of(const Job& job) {
  return make_plan(job, testing::example_samples(), testing::example_embeddings(8));
}

Job example() { return testing::parsed(testing::example_job()); }

/// The split of one fit of the job's first experiment.
Split split_at(const Job& job, std::uint32_t candidate, std::uint32_t seed, std::uint32_t fold) {
  const Plan plan = plan_of(job);
  for (const Fit& fit : plan.fits)
    if (fit.candidate == candidate && fit.seed == SeedIndex(seed) && fit.fold == FoldIndex(fold))
      return split_of(job, plan, fit);
  ADD_FAILURE() << "no such fit";
  return {};
}

Job with_root(std::uint64_t root) {
  Job job = example();
  job.seed = root;
  return job;
}

TEST(SplitStreams, FoldsOfOneSeedPartThePool) {
  for (std::uint32_t seed = 0; seed < 2; ++seed) {
    std::multiset<std::uint32_t> held_out;
    for (std::uint32_t fold = 0; fold < 3; ++fold)
      for (const std::uint32_t row : split_at(example(), 1, seed, fold).test) held_out.insert(row);
    EXPECT_EQ(held_out.size(), 72U);
    EXPECT_EQ(std::set<std::uint32_t>(held_out.begin(), held_out.end()).size(), 72U);
  }
}

TEST(SplitStreams, FoldsChangeWithRootAndSeed) {
  const std::set<Rows> folds{split_at(example(), 1, 0, 0).test, split_at(example(), 1, 1, 0).test,
                             split_at(with_root(6), 1, 0, 0).test};
  EXPECT_EQ(folds.size(), 3U);
}

/// One held-out fold under several keys: what is set aside then hangs on the key alone.
TEST(SplitStreams, ValidationChangesWithEachPartOfItsKey) {
  const Job job = example();
  const Plan plan = plan_of(job);
  SplitTable::Parts parts;
  for (std::uint32_t row = 0; row < 24; ++row) parts.test.push_back(row);
  const auto validation = [&](const StreamKey& key) {
    return split_from(parts, plan.basis.samples[0], Label::class_label, job.splits, key,
                      Validation::set_aside)
        .validation;
  };
  const StreamKey key{.root_seed = 1, .seed = SeedIndex(2), .fold = FoldIndex(3)};
  StreamKey root = key, seed = key, fold = key;
  root.root_seed = 2;
  seed.seed = SeedIndex(3);
  fold.fold = FoldIndex(2);
  const std::set<Rows> all{validation(key), validation(root), validation(seed), validation(fold)};
  EXPECT_EQ(all.size(), 4U);
  EXPECT_EQ(validation(key), validation(key));
  EXPECT_FALSE(validation(key).empty());
}

TEST(SplitStreams, AreThoseOfTheJobsRootAndTheFitsSeedAndFold) {
  const Job job = example();
  const Plan plan = plan_of(job);
  for (const Fit& fit : plan.fits) {
    const Experiment& experiment = job.experiments[fit.experiment];
    const bool linear = kind_of(experiment.candidates[fit.candidate]) == CandidateKind::linear;
    EXPECT_EQ(split_of(job, plan, fit),
              make_split(plan.basis.samples[fit.experiment], experiment.stratify, job.splits,
                         {.root_seed = 5, .seed = fit.seed, .fold = fit.fold},
                         linear ? Validation::none : Validation::set_aside));
  }
}

TEST(SplitStreams, DoNotChangeWithCandidateEmbeddingCohortEngineOrOtherExperiments) {
  const Split split = split_at(example(), 1, 1, 2);
  for (std::uint32_t candidate = 2; candidate < 6; ++candidate)
    EXPECT_EQ(split_at(example(), candidate, 1, 2), split);
  const std::vector<std::function<void(Job&)>> changes{
      [](Job& job) { job.embeddings = {"texture/equalized"}; },
      [](Job& job) { job.cohort = 1; },
      [](Job& job) { job.engine = EngineKind::reference; },
      [](Job& job) { job.splits.seeds = 4; },
      [](Job& job) { job.experiments.resize(1); },
      [](Job& job) {
        std::get<DisentangledModel>(job.experiments[0].candidates[2].model).lambda.from = 3;
      },
      [](Job& job) { training_of(job.experiments[0].candidates[1]).epochs = 3; },
      [](Job& job) { job.experiments[0].probe = Label::domain; },
      [](Job& job) { job.experiments[0].name = "other"; }};
  for (const auto& change : changes) {
    Job job = example();
    change(job);
    EXPECT_EQ(split_at(job, 1, 1, 2), split);
  }
}

TEST(SplitStreams, LinearCandidatesHoldOutTheSameFoldAndTrainOnAllOthers) {
  const Split network = split_at(example(), 1, 1, 2);
  const Split linear = split_at(example(), 0, 1, 2);
  EXPECT_EQ(linear.test, network.test);
  EXPECT_TRUE(linear.validation.empty());
  EXPECT_EQ(linear.train, all_other_folds(network));
  EXPECT_NE(linear.train, network.train);
}

}  // namespace
}  // namespace crossfold
