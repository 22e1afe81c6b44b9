#include "adversary_curves.h"

#include <limits>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crossfold::train {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A candidate whose own lambda falls from 10 to 0 in ten epochs.
Candidate disentangled_from(std::vector<Adversary> adversaries) {
  DisentangledModel model;
  model.training.epochs = 10;
  model.lambda = {.kind = ScheduleKind::linear, .from = 10, .to = 0};
  model.adversaries = std::move(adversaries);
  Candidate candidate;
  candidate.model = std::move(model);
  return candidate;
}

/// Domain and view have the candidate's lambda, sex one of its own.
Candidate disentangled_from_three() {
  const LambdaSchedule own{.kind = ScheduleKind::step, .from = 8, .factor = 0.5, .every = 2};
  return disentangled_from({{.of = "domain"}, {.of = "sex", .lambda = own}, {.of = "view"}});
}

TEST(LambdasAt, AreTheAdversarysOwnOrTheCandidatesAtThatEpoch) {
  const Candidate candidate = disentangled_from_three();
  EXPECT_THAT(lambdas_at(candidate, 0), ElementsAre(10, 8, 10));
  EXPECT_THAT(lambdas_at(candidate, 1), ElementsAre(9, 8, 9));
  EXPECT_THAT(lambdas_at(candidate, 5), ElementsAre(5, 2, 5));
  EXPECT_THAT(lambdas_at(Candidate{}, 0), IsEmpty());
}

TEST(AddAdversaries, EachHasItsOwnCurves) {
  const Candidate candidate = disentangled_from_three();
  Curves curves;
  add_adversaries(candidate, std::vector<double>{1, 2, 3}, std::vector<double>{10, 8, 9}, curves);
  add_adversaries(candidate, std::vector<double>{4, 5, 6}, std::vector<double>{7, 0, 6}, curves);
  EXPECT_THAT(curves.train_domain_loss, ElementsAre(1, 4));
  EXPECT_THAT(curves.lambda, ElementsAre(10, 7));
  ASSERT_EQ(curves.further_adversaries.size(), 2U);
  EXPECT_THAT(curves.further_adversaries[0].train_loss, ElementsAre(2, 5));
  EXPECT_THAT(curves.further_adversaries[0].lambda, ElementsAre(8, 0));
  EXPECT_THAT(curves.further_adversaries[1].train_loss, ElementsAre(3, 6));
  EXPECT_THAT(curves.further_adversaries[1].lambda, ElementsAre(9, 6));
  EXPECT_THAT(curves.train_class_loss, IsEmpty());
}

TEST(LossNotFinite, NamesEachAdversaryWithItsLossAndLambda) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto message = [](const Candidate& candidate, const std::vector<double>& losses,
                          const std::vector<double>& lambdas) {
    const Error error = loss_not_finite(
        candidate,
        {.class_label = 0.5, .domain = losses, .learning_rate = 0.125, .lambdas = lambdas});
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    return error.message();
  };
  EXPECT_EQ(message(disentangled_from({{.of = "sex"}}), {kInfinity}, {2.5}),
            "a training loss is not finite (class 0.5, sex inf; learning rate 0.125, lambda 2.5). "
            "lower the learning rate or lambda, or check the embedding");
  EXPECT_EQ(
      message(disentangled_from({{.of = "domain"}, {.of = "sex"}}), {1.25, kInfinity}, {2.5, 4.75}),
      "a training loss is not finite (class 0.5, domain 1.25, sex inf; learning rate 0.125, "
      "lambda 2.5, 4.75). lower the learning rate or lambda, or check the embedding");
}

}  // namespace
}  // namespace crossfold::train
