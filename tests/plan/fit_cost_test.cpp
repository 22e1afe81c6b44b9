#include "fit_cost.h"

#include <gtest/gtest.h>

namespace crossfold {
namespace {

constexpr FitSize kSize{.samples = 10'000, .dim = 1024, .classes = 3, .domains = 5};

Candidate of(CandidateKind kind) {
  Candidate candidate;
  candidate.model = default_model(kind);
  return candidate;
}

TEST(EstimateCost, OrdersTheKindsOfCandidates) {
  EXPECT_LT(estimate_cost(of(CandidateKind::linear), kSize),
            estimate_cost(of(CandidateKind::baseline), kSize));
  EXPECT_LT(estimate_cost(of(CandidateKind::baseline), kSize),
            estimate_cost(of(CandidateKind::disentangled), kSize));
}

TEST(EstimateCost, GrowsWithEverySize) {
  for (const CandidateKind kind :
       {CandidateKind::linear, CandidateKind::baseline, CandidateKind::disentangled})
    for (std::size_t FitSize::*member : {&FitSize::samples, &FitSize::dim, &FitSize::classes}) {
      FitSize larger = kSize;
      larger.*member *= 2;
      EXPECT_GT(estimate_cost(of(kind), larger), estimate_cost(of(kind), kSize));
    }
}

TEST(EstimateCost, FollowsTheEpochsThatThePlateauRuleLeaves) {
  Candidate candidate = of(CandidateKind::baseline);
  const double likely = estimate_cost(candidate, kSize);
  training_of(candidate).epochs = 19;
  EXPECT_DOUBLE_EQ(estimate_cost(candidate, kSize), likely / 2);  // 38 epochs are likely
  training_of(candidate).epochs = 200;
  training_of(candidate).plateau.patience = 21;
  EXPECT_GT(estimate_cost(candidate, kSize), likely);
}

/// METHODS 7: 13.1 and 6.3 GFLOP an epoch at n = 11,374, D = 1,024.
TEST(EstimateCost, CountsAnEpochAsMethodsDoes) {
  const FitSize size{.samples = 11'374, .dim = 1024, .classes = 3, .domains = 5};
  Candidate one_epoch = of(CandidateKind::baseline);
  training_of(one_epoch).epochs = 1;
  EXPECT_NEAR(estimate_cost(one_epoch, size), 13.1e9, 0.05e9);
  Candidate disentangled = of(CandidateKind::disentangled);
  training_of(disentangled).epochs = 1;
  EXPECT_GT(estimate_cost(disentangled, size), 13.1e9 + 6.3e9);
}

}  // namespace
}  // namespace crossfold
