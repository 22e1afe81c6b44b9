#include "crossfold/job/candidate.h"

#include <utility>

#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/job/names.h"

namespace crossfold {
namespace {

constexpr CandidateKind kKinds[]{CandidateKind::linear, CandidateKind::baseline,
                                 CandidateKind::disentangled};

Candidate of(CandidateKind kind) { return {.name = "c", .model = default_model(kind)}; }

TEST(Candidate, IsOfTheKindOfItsModel) {
  for (const CandidateKind kind : kKinds) EXPECT_EQ(kind_of(of(kind)), kind) << name_of(kind);
  EXPECT_EQ(kind_of({.name = "c", .model = LinearModel{}}), CandidateKind::linear);
  EXPECT_EQ(kind_of({.name = "c", .model = BaselineModel{}}), CandidateKind::baseline);
  EXPECT_EQ(kind_of({.name = "c", .model = DisentangledModel{}}), CandidateKind::disentangled);
}

TEST(Candidate, ThatIsANetworkHasTrainingSettings) {
  EXPECT_FALSE(is_network(of(CandidateKind::linear)));
  EXPECT_THROW(static_cast<void>(training_of(of(CandidateKind::linear))), Error);
  for (const CandidateKind kind : {CandidateKind::baseline, CandidateKind::disentangled}) {
    Candidate network = of(kind);
    EXPECT_TRUE(is_network(network)) << name_of(kind);
    training_of(network).epochs = 7;
    EXPECT_EQ(training_of(std::as_const(network)).epochs, 7) << name_of(kind);
  }
}

TEST(Candidate, IsTrainedByTheEngineThatItsKindNames) {
  EXPECT_EQ(engine_of(of(CandidateKind::linear), {}), EngineKind::solver);
  EXPECT_EQ(engine_of(of(CandidateKind::baseline), {}), EngineKind::lockstep);
  EXPECT_EQ(engine_of(of(CandidateKind::disentangled), {}), EngineKind::lockstep);
}

TEST(Candidate, OnlyNetworksAreTrainedByTheEngineThatAJobChooses) {
  EXPECT_EQ(engine_of(of(CandidateKind::linear), EngineKind::reference), EngineKind::solver);
  EXPECT_EQ(engine_of(of(CandidateKind::baseline), EngineKind::reference), EngineKind::reference);
  EXPECT_EQ(engine_of(of(CandidateKind::disentangled), EngineKind::reference),
            EngineKind::reference);
}

TEST(Candidate, WithoutDomainHeadsHasNoneThatStandsStill) {
  EXPECT_EQ(domain_head_of(of(CandidateKind::baseline)), DomainHead::trained);
  EXPECT_EQ(
      domain_head_of({.name = "c", .model = DisentangledModel{.domain_head = DomainHead::still}}),
      DomainHead::still);
  EXPECT_TRUE(adversaries_of(of(CandidateKind::baseline)).empty());
  EXPECT_EQ(adversaries_of(of(CandidateKind::disentangled)).size(), 1U);
}

}  // namespace
}  // namespace crossfold
