#include "remaining_work.h"

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/plan/fit_spec.h"

#include "plan/small_study.h"

namespace crossfold {
namespace {

/// Every item that a source gives, in order.
std::vector<fleet::WorkItem> all_of(fleet::WorkSource& source) {
  std::vector<fleet::WorkItem> items;
  while (true) {
    fleet::SuppliedWork work = source.next();
    items.insert(items.end(), work.items.begin(), work.items.end());
    if (work.then == fleet::Supply::complete) return items;
    EXPECT_FALSE(work.items.empty());
  }
}

TEST(RemainingWork, IsEveryFitOnceTheCostliestFirst) {
  const Job job = testing::small_job();
  const Plan plan = testing::small_plan();
  RemainingWork work(job, plan, {});
  EXPECT_EQ(work.fits(), plan.fits.size());
  std::set<FitId> found;
  double before = HUGE_VAL;
  double cost = 0;
  for (const fleet::WorkItem& item : all_of(work)) {
    EXPECT_LE(item.cost, before);
    before = item.cost;
    cost += item.cost;
    for (const FitSpec& fit : decode_fits(item.bytes)) EXPECT_TRUE(found.insert(fit.id).second);
  }
  EXPECT_EQ(found.size(), plan.fits.size());
  EXPECT_DOUBLE_EQ(work.cost(), cost);
  EXPECT_EQ(work.embeddings(), (std::vector<bool>{true, true}));
}

TEST(RemainingWork, LeavesOutWhatIsDone) {
  const Job job = testing::small_job();
  const Plan plan = testing::small_plan();
  std::unordered_set<FitId> done;
  for (const Fit& fit : plan.fits)
    if (fit.embedding == 0 || fit.candidate == 1) done.insert(fit.id);
  RemainingWork work(job, plan, done);
  EXPECT_EQ(work.fits(), plan.fits.size() - done.size());
  EXPECT_EQ(work.embeddings(), (std::vector<bool>{false, true}));
  std::size_t found = 0;
  for (const fleet::WorkItem& item : all_of(work))
    for (const FitSpec& fit : decode_fits(item.bytes)) {
      EXPECT_FALSE(done.contains(fit.id));
      ++found;
    }
  EXPECT_EQ(found, work.fits());
}

/// Two workers and one cohort of four fits: each gets some of it.
TEST(RemainingWork, CutsCohortsSoThatNobodyStandsIdle) {
  Job job = testing::small_job();
  job.experiments.resize(1);
  job.embeddings.resize(1);
  for (int i = 0; i < 6; ++i) {
    job.experiments[0].candidates.push_back(job.experiments[0].candidates[1]);
    job.experiments[0].candidates.back().name += std::to_string(i);
    std::get<DisentangledModel>(job.experiments[0].candidates.back().model).lambda.from = 20 + i;
  }
  const Plan plan = testing::small_plan(job);
  ASSERT_EQ(plan.cohorts.size(), 6U);
  const auto sizes = [&](std::uint32_t workers) {
    RemainingWork work(job, plan, {});
    work.share_among(workers);
    std::vector<std::size_t> found;
    for (const fleet::WorkItem& item : all_of(work))
      found.push_back(decode_fits(item.bytes).size());
    return found;
  };
  EXPECT_EQ(sizes(1), std::vector<std::size_t>(6, 8));
  EXPECT_EQ(sizes(2),
            (std::vector<std::size_t>{8, 6, 2, 5, 3, 4, 4, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(sizes(100), std::vector<std::size_t>(48, 1));
}

/// On GPUs.
TEST(RemainingWork, JoinsCohortsOfOneEmbeddingSetAndBatchSize) {
  Job job = testing::small_job();
  for (int i = 0; i < 6; ++i) {
    job.experiments[0].candidates.push_back(job.experiments[0].candidates[1]);
    job.experiments[0].candidates.back().name += std::to_string(i);
    std::get<DisentangledModel>(job.experiments[0].candidates.back().model).lambda.from = 20 + i;
  }
  training_of(job.experiments[0].candidates.back()).batch = 32;
  const Plan plan = testing::small_plan(job);
  RemainingWork work(job, plan, {});
  work.join_up_to(24);
  std::set<FitId> found;
  std::size_t largest = 0;
  for (const fleet::WorkItem& item : all_of(work)) {
    const std::vector<FitSpec> fits = decode_fits(item.bytes);
    largest = std::max(largest, fits.size());
    for (const FitSpec& fit : fits) {
      EXPECT_TRUE(found.insert(fit.id).second);
      EXPECT_EQ(fit.embedding, fits.front().embedding);
      ASSERT_EQ(is_network(fit.candidate), is_network(fits.front().candidate));
      if (!is_network(fit.candidate)) continue;
      EXPECT_EQ(training_of(fit.candidate).batch, training_of(fits.front().candidate).batch);
    }
  }
  EXPECT_EQ(found.size(), plan.fits.size());
  EXPECT_GT(largest, 14U);
  EXPECT_LE(largest, 24U);
}

/// Fewer fits than one GPU would take: each GPU gets its part.
TEST(RemainingWork, SharesAFewFitsAmongGpus) {
  const Job job = testing::small_job();
  const Plan plan = testing::small_plan(job);
  constexpr std::uint32_t kGpus = 4;
  RemainingWork work(job, plan, {});
  work.share_among(kGpus);
  work.join_up_to(512);
  const std::size_t part = work.fits() / kGpus;
  std::size_t found = 0;
  for (const fleet::WorkItem& item : all_of(work)) {
    const std::size_t fits = decode_fits(item.bytes).size();
    EXPECT_LE(fits, part);
    found += fits;
  }
  EXPECT_EQ(found, plan.fits.size());
}

/// A large plan is not turned into bytes at once.
TEST(RemainingWork, IsGivenInParts) {
  Job job = testing::small_job();
  job.splits.seeds = 800;
  job.cohort = 1;
  const Plan plan = testing::small_plan(job);
  RemainingWork work(job, plan, {});
  ASSERT_GT(plan.cohorts.size(), 4000U);
  const fleet::SuppliedWork first = work.next();
  EXPECT_EQ(first.then, fleet::Supply::open);
  EXPECT_LT(first.items.size(), 2000U);
  EXPECT_EQ(first.items.size() + all_of(work).size(), plan.cohorts.size());
}

TEST(RemainingWork, IsCompleteAtOnceWhereAllIsDone) {
  const Job job = testing::small_job();
  const Plan plan = testing::small_plan();
  std::unordered_set<FitId> done;
  for (const Fit& fit : plan.fits) done.insert(fit.id);
  RemainingWork work(job, plan, done);
  EXPECT_EQ(work.fits(), 0U);
  EXPECT_EQ(work.next().then, fleet::Supply::complete);
}

}  // namespace
}  // namespace crossfold
