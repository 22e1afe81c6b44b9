#include <map>
#include <set>
#include <tuple>

#include <gtest/gtest.h>

#include "crossfold/plan/plan.h"

#include "job/job_settings.h"
#include "plan/example_study.h"

namespace crossfold {
namespace {

/// Candidates of two batch sizes in three experiments, on two embedding sets.
Job job_of_unlike_fits(int cohort) {
  nlohmann::json job = testing::example_job();
  job["cohort"] = cohort;
  job["embeddings"] = {"texture/raw", "texture/equalized"};
  for (const auto& [candidate, batch] : {std::pair(1, 13), std::pair(4, 13), std::pair(3, 30)})
    job["experiments"][0]["candidates"][candidate]["training"]["batch"] = batch;
  for (const double rate : {0.1, 0.2, 0.3})
    job["experiments"][2]["candidates"].push_back({{"kind", "baseline"},
                                                   {"name", std::to_string(rate)},
                                                   {"training", {{"learning_rate", rate}}}});
  return testing::parsed(job);
}

/// What the fits of a cohort must have in common.
using Shared = std::tuple<std::uint32_t, std::uint32_t, SeedIndex, FoldIndex, int>;

const Candidate& candidate_of(const Job& job, const Fit& fit) {
  return job.experiments[fit.experiment].candidates[fit.candidate];
}

Shared shared_by(const Job& job, const Fit& fit) {
  const Candidate& candidate = candidate_of(job, fit);
  return {fit.experiment, fit.embedding, fit.seed, fit.fold,
          is_network(candidate) ? training_of(candidate).batch : 0};
}

class CohortsOf : public ::testing::TestWithParam<int> {
 protected:
  Job job_ = job_of_unlike_fits(GetParam());
  Plan plan_ = make_plan(job_, testing::example_samples(), testing::example_embeddings(8));
};

TEST_P(CohortsOf, FitsHoldEachDistinctFitOnceAndNoMoreThanAllowed) {
  std::multiset<std::string> planned, found;
  for (const Fit& fit : plan_.fits) planned.insert(fit.id.hex());
  for (const Cohort& cohort : plan_.cohorts) {
    ASSERT_FALSE(cohort.fits.empty());
    EXPECT_LE(cohort.fits.size(), static_cast<std::size_t>(GetParam()));
    for (const std::uint32_t fit : cohort.fits) found.insert(plan_.fits.at(fit).id.hex());
  }
  EXPECT_EQ(std::set<std::string>(found.begin(), found.end()),
            std::set<std::string>(planned.begin(), planned.end()));
  EXPECT_EQ(std::set<std::string>(found.begin(), found.end()).size(), found.size());
}

TEST_P(CohortsOf, FitsShareSplitEmbeddingSetAndBatch) {
  for (const Cohort& cohort : plan_.cohorts) {
    const Fit& first = plan_.fits[cohort.fits.front()];
    const Split split = split_of(job_, plan_, first);
    for (const std::uint32_t index : cohort.fits) {
      const Fit& fit = plan_.fits[index];
      EXPECT_EQ(shared_by(job_, fit), shared_by(job_, first));
      EXPECT_EQ(split_of(job_, plan_, fit), split);
    }
  }
}

TEST_P(CohortsOf, LinearFitsHaveOneEach) {
  std::size_t linear = 0;
  for (const Cohort& cohort : plan_.cohorts)
    for (const std::uint32_t index : cohort.fits) {
      if (kind_of(candidate_of(job_, plan_.fits[index])) != CandidateKind::linear) continue;
      EXPECT_EQ(cohort.fits.size(), 1U);
      ++linear;
    }
  EXPECT_EQ(linear, 2U * 2 * 2 * 3);  // two that differ, two sets, two seeds, three folds
}

TEST_P(CohortsOf, FitsAreAsFewAsTheLimitAllows) {
  std::map<Shared, std::size_t> fits, cohorts;
  for (const Cohort& cohort : plan_.cohorts) {
    const Fit& first = plan_.fits[cohort.fits.front()];
    if (kind_of(candidate_of(job_, first)) == CandidateKind::linear) continue;
    fits[shared_by(job_, first)] += cohort.fits.size();
    ++cohorts[shared_by(job_, first)];
  }
  const auto limit = static_cast<std::size_t>(GetParam());
  for (const auto& [shared, count] : fits) EXPECT_EQ(cohorts[shared], (count + limit - 1) / limit);
}

INSTANTIATE_TEST_SUITE_P(AtMost, CohortsOf, ::testing::Values(1, 2, 3, 8, 256));

}  // namespace
}  // namespace crossfold
