#include "crossfold/plan/fit_result_json.h"

#include <cmath>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "core/expect_error.h"
#include "plan/sample_result.h"

namespace crossfold {
namespace {

using nlohmann::json;
using testing::failed_result;
using testing::fit_id;
using testing::full_result;

json valid() { return json::parse(fit_result_to_json(full_result()).dump()); }

void expect_refused(const std::string& message, const json& value) {
  expect_error(ErrorCode::bad_input, message,
               [&] { static_cast<void>(fit_result_from_json(value)); });
}

TEST(FitResultJson, KeepsEveryFieldToTheLastBit) {
  const FitResult result = fit_result_from_json(valid());
  const FitResult original = full_result();
  EXPECT_EQ(result.id, original.id);
  EXPECT_EQ(result.held_out.auc, original.held_out.auc);
  EXPECT_EQ(result.held_out.acc, original.held_out.acc);
  EXPECT_FALSE(result.held_out.classes[0].auc.has_value());
  EXPECT_EQ(result.oos->classes[2].auc, original.oos->classes[2].auc);
  EXPECT_TRUE(std::isinf(*result.probe->diagnostic_odds_ratio));
  EXPECT_FALSE(result.probe->balanced_accuracy.has_value());
  EXPECT_EQ(result.held_out.samples, 12U);
  EXPECT_EQ(result.held_out.undefined_aucs, 1U);
  EXPECT_EQ(result.n_train, 20U);
  EXPECT_EQ(result.n_validation, 2U);
  EXPECT_EQ(result.n_test, 10U);
  EXPECT_EQ(result.training.epochs, 38);
  EXPECT_EQ(result.training.stop, StopReason::plateau);
  EXPECT_EQ(result.training.validation_loss, original.training.validation_loss);
  EXPECT_EQ(result.training.validation_auc, original.training.validation_auc);
  EXPECT_EQ(result.solver.unconverged, 1);
  EXPECT_EQ(result.solver.worst_gradient, original.solver.worst_gradient);
  EXPECT_EQ(fit_result_to_json(result), fit_result_to_json(original));
}

/// Nothing is taken for absent because it is zero, nor the other way.
TEST(FitResultJson, TellsAZeroFromWhatIsNotThere) {
  FitResult zeros = testing::probed_result();
  const auto empty = [](stats::ScoreSet& scores, std::optional<double> value) {
    scores = {.auc = value,
              .acc = value,
              .accuracy = value,
              .balanced_accuracy = value,
              .diagnostic_odds_ratio = value,
              .classes = {{.auc = value,
                           .sensitivity = value,
                           .specificity = value,
                           .precision = value,
                           .f1 = value,
                           .support = 0}},
              .samples = 0,
              .undefined_aucs = 0,
              .undefined_recalls = 0};
  };
  for (const std::optional<double> value : {std::optional(0.0), std::optional<double>()}) {
    for (stats::ScoreSet* scores : {&zeros.held_out, &*zeros.oos, &*zeros.probe})
      empty(*scores, value);
    for (ProbeResult& probe : zeros.probes) {
      empty(probe.scores, value);
      probe.r2 = value;
      probe.missing = 0;
    }
    zeros.n_train = zeros.n_validation = zeros.n_test = 0;
    zeros.training = {.epochs = 0,
                      .learning_rate_drops = 0,
                      .stop = StopReason::closed_form,
                      .validation_loss = value,
                      .validation_auc = value};
    zeros.solver = {.solves = 0, .unconverged = 0, .worst_gradient = 0};
    const FitResult read = fit_result_from_json(json::parse(fit_result_to_json(zeros).dump()));
    for (const stats::ScoreSet* scores : {&read.held_out, &*read.oos, &*read.probe,
                                          &read.probes[0].scores, &read.probes[2].scores}) {
      for (const auto& score : {scores->auc, scores->acc, scores->accuracy,
                                scores->balanced_accuracy, scores->diagnostic_odds_ratio})
        EXPECT_EQ(score, value);
      const stats::ClassScores& of_class = scores->classes.at(0);
      for (const auto& score : {of_class.auc, of_class.sensitivity, of_class.specificity,
                                of_class.precision, of_class.f1})
        EXPECT_EQ(score, value);
    }
    EXPECT_EQ(read.probes[1].r2, value);
    EXPECT_EQ(read.training.validation_loss, value);
    EXPECT_EQ(read.training.validation_auc, value);
    EXPECT_EQ(read.training.stop, StopReason::closed_form);
    EXPECT_EQ(read.n_train + read.n_validation + read.n_test, 0U);
  }
}

TEST(FitResultJson, KeepsFurtherProbesAndHasNoneWithoutThem) {
  EXPECT_FALSE(valid().contains("probes"));
  const json written = json::parse(fit_result_to_json(testing::probed_result()).dump());
  const FitResult read = fit_result_from_json(written);
  EXPECT_EQ(fit_result_to_json(read), fit_result_to_json(testing::probed_result()));
  ASSERT_EQ(read.probes.size(), 3U);
  EXPECT_EQ(read.probes[0].of, "sex");
  EXPECT_EQ(read.probes[0].missing, 4U);
  EXPECT_FALSE(read.probes[0].r2);
  EXPECT_EQ(read.probes[1].r2, -0.1);
  EXPECT_EQ(read.probes[2].within, "covid19");
  EXPECT_EQ(read.probes[2].scores.classes.size(), 3U);
  json value = written;
  value["probes"][1].erase("of");
  EXPECT_THROW(static_cast<void>(fit_result_from_json(value)), Error);
}

TEST(FitResultJson, KeepsTheScoresOfNamedSetsInTheirOrder) {
  FitResult result = full_result();
  result.sets = {testing::mixed_scores(3, 0.4), testing::mixed_scores(2, 0.9)};
  const json value = fit_result_to_json(result);
  const FitResult read = fit_result_from_json(json::parse(value.dump()));
  ASSERT_EQ(read.sets.size(), 2U);
  EXPECT_EQ(read.sets[1].auc, 0.9);
  EXPECT_EQ(fit_result_to_json(read), value);
  EXPECT_FALSE(fit_result_to_json(full_result()).contains("sets")) << "as it always was";
}

TEST(FitResultJson, OfAnEarlierProgramHasNoValidationAuc) {
  json value = valid();
  value["training"].erase("validation_auc");
  const FitResult result = fit_result_from_json(value);
  EXPECT_FALSE(result.training.validation_auc);
  EXPECT_EQ(result.training.validation_loss, full_result().training.validation_loss);
}

TEST(FitResultJson, HoldsNoNullAndNoArtefacts) {
  EXPECT_EQ(valid().dump().find("null"), std::string::npos);
  EXPECT_EQ(valid().dump().find("probabilities"), std::string::npos);
  FitResult endless = full_result();
  endless.seconds = std::nan("");
  EXPECT_EQ(fit_result_to_json(endless)["seconds"], "nan");
}

TEST(FitResultJson, HoldsAFailuresReasonAlone) {
  const json value = fit_result_to_json(failed_result());
  EXPECT_EQ(value.size(), 3U);
  EXPECT_EQ(fit_result_from_json(value).error, "the loss became NaN in epoch 3");
}

TEST(FitResultJson, RefusesEveryRecordThatLacksAField) {
  const json whole = valid();
  for (const auto& [key, ignored] : whole.items()) {
    if (key == "oos" || key == "probe") continue;
    json value = whole;
    value.erase(key);
    EXPECT_THROW(static_cast<void>(fit_result_from_json(value)), Error) << key;
  }
}

TEST(FitResultJson, RefusesFieldsOfTheWrongKind) {
  json value = valid();
  value["n"]["train"] = -1;
  expect_refused("-1 is no whole number of 0 to 4294967295", value);
  value["n"]["train"] = 1.5;
  expect_refused("1.5 is no whole number of 0 to 4294967295", value);
  value = valid();
  value["training"]["epochs"] = 3'000'000'000;
  expect_refused("3000000000 is no whole number of 0 to 2147483647", value);
  value = valid();
  value["in"]["auc"] = nullptr;
  expect_refused("null is no number (a number, \"nan\", \"inf\" or \"-inf\" is needed)", value);
  value = valid();
  value["training"]["stop"] = "tired";
  expect_refused("has an unknown reason to stop", value);
  value = valid();
  value["error"] = "";
  expect_refused("has an error without a text", value);
}

TEST(FitResultJson, RefusesIdsThatCouldNameAnotherFile) {
  for (const char* id :
       {"", "../../../../../../etc/passwd0000", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
    json value = valid();
    value["fit"] = id;
    EXPECT_THROW(static_cast<void>(fit_result_from_json(value)), Error) << id;
  }
  json value = valid();
  value["fit"] = "abc";
  expect_refused("\"abc\" is no fit id of 32 hex digits", value);
}

}  // namespace
}  // namespace crossfold
