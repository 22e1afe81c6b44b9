// Which candidates rules look at: on each embedding set the best of each kind.

#include "judged_candidates.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/run_builder.h"

namespace crossfold::audit {
namespace {

using crossfold::testing::candidate;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

/// Held-out AUCs by experiment, embedding set and candidate.
const std::vector<std::vector<std::vector<double>>> kAucs{
    {{0.5, 0.75}, {0.75, 0.5}},
    {{0.625, 0.875, 0.75, 0.8125, 0.5}, {0.75, 0.625, 0.6875, 0.9375, 0.5625}}};

/// Two experiments of unlike candidates on two embedding sets; 2 folds of 2 seeds.
RunRecords study() {
  Job job = crossfold::testing::small_study().job;
  job.embeddings = {"x", "y"};
  job.experiments.push_back(job.experiments[0]);
  job.experiments[0].name = "first";
  job.experiments[0].candidates = {candidate("a0", CandidateKind::disentangled),
                                   candidate("a1", CandidateKind::disentangled)};
  job.experiments[1].candidates = {
      candidate("b0", CandidateKind::baseline), candidate("d1", CandidateKind::disentangled),
      candidate("b2", CandidateKind::baseline), candidate("d3", CandidateKind::disentangled),
      candidate("l4", CandidateKind::linear)};
  RunRecords records =
      crossfold::testing::empty_run(job, crossfold::testing::small_study().samples);
  crossfold::testing::record_all(records, [&](const Fit& fit) {
    FitResult result = crossfold::testing::even_result(records, fit, 0.5);
    const double auc = kAucs[fit.experiment][fit.embedding][fit.candidate];
    result.held_out.auc = auc + (fit.fold.value == 0 ? 0.0625 : -0.0625);
    return result;
  });
  return records;
}

std::vector<std::string> judged(const RunRecords& records, std::size_t experiment) {
  std::vector<std::string> names;
  for (const JudgedCandidate& one : judged_candidates(records, experiment))
    names.push_back(name_of(records, one));
  return names;
}

/// One that lacks a fit on one embedding set is judged on the other.
TEST(JudgedCandidates, AreTheBestOfEachKindOfThoseWithTheMostFitsOnEachEmbeddingSet) {
  RunRecords records = study();
  EXPECT_THAT(judged(records, 0), UnorderedElementsAre("a1 on x", "a0 on y"));
  EXPECT_THAT(judged(records, 1), UnorderedElementsAre("l4 on x", "b2 on x", "d1 on x", "l4 on y",
                                                       "b0 on y", "d3 on y"));
  for (const Fit& fit : records.plan.fits) {
    const bool is_last = fit.seed == SeedIndex(1) && fit.fold == FoldIndex(1);
    if (!is_last || fit.experiment != 1) continue;
    if (fit.embedding == 0 && fit.candidate == 1) records.results.erase(fit.id);
    if (fit.embedding == 1 && fit.candidate == 0) records.results.at(fit.id).error = "no memory";
  }
  EXPECT_THAT(judged(records, 0), UnorderedElementsAre("a1 on x", "a0 on y"));
  EXPECT_THAT(judged(records, 1), UnorderedElementsAre("l4 on x", "b2 on x", "d3 on x", "l4 on y",
                                                       "b2 on y", "d3 on y"));
}

TEST(CandidatesWithFits, HaveTheFitsAndTheMeanOfTheirOwn) {
  const RunRecords records = study();
  for (std::size_t experiment = 0; experiment < 2; ++experiment) {
    std::vector<std::pair<std::size_t, std::size_t>> places;
    for (const JudgedCandidate& one : candidates_with_fits(records, experiment)) {
      places.emplace_back(one.embedding, one.candidate);
      EXPECT_EQ(one.experiment, experiment);
      EXPECT_EQ(one.task_auc, kAucs[experiment][one.embedding][one.candidate]);
      std::vector<std::pair<std::uint32_t, std::uint32_t>> splits;
      for (const Fit* fit : one.fits) {
        splits.emplace_back(fit->seed.value, fit->fold.value);
        EXPECT_EQ(fit->experiment, experiment);
        EXPECT_EQ(fit->embedding, one.embedding);
        EXPECT_EQ(fit->candidate, one.candidate);
      }
      EXPECT_THAT(splits, ElementsAre(std::pair(0U, 0U), std::pair(0U, 1U), std::pair(1U, 0U),
                                      std::pair(1U, 1U)));
    }
    std::vector<std::pair<std::size_t, std::size_t>> expected;
    for (std::size_t m = 0; m < 2; ++m)
      for (std::size_t c = 0; c < kAucs[experiment][m].size(); ++c) expected.emplace_back(m, c);
    EXPECT_EQ(places, expected);
  }
}

}  // namespace
}  // namespace crossfold::audit
