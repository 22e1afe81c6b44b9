#include "crossfold/plan/fit_result_json.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

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

/// A result and its record, made side by side of numbers that never come twice.
class SideBySide {
 public:
  SideBySide() {
    result.id = fit_id();
    record["fit"] = fit_id().hex();
    add(result.seconds, record["seconds"]);
    add_scores(result.held_out, record["in"]);
    add_scores(result.oos.emplace(), record["oos"]);
    for (std::size_t i = 0; i < 2; ++i)
      add_scores(result.sets.emplace_back(), record["sets"].emplace_back());
    add_scores(result.probe.emplace(), record["probe"]);
    for (const char* of : {"sex", "age"}) add_probe(of, "");
    for (const char* within : {"normal", "covid19"}) add_probe("age", within);
    add(result.n_train, record["n"]["train"]);
    add(result.n_validation, record["n"]["validation"]);
    add(result.n_test, record["n"]["test"]);
    json& training = record["training"];
    add(result.training.epochs, training["epochs"]);
    add(result.training.learning_rate_drops, training["learning_rate_drops"]);
    add(result.training.validation_loss.emplace(), training["validation_loss"]);
    add(result.training.validation_auc.emplace(), training["validation_auc"]);
    add(result.solver.solves, record["solver"]["solves"]);
    add(result.solver.unconverged, record["solver"]["unconverged"]);
    add(result.solver.worst_gradient, record["solver"]["worst_gradient"]);
  }

  FitResult result;
  json record;

 private:
  void add(double& field, json& told) { told = field = ++last_ / 4096.0; }
  void add(std::uint32_t& field, json& told) { told = field = static_cast<std::uint32_t>(++last_); }
  void add(int& field, json& told) { told = field = ++last_; }
  void add_scores(stats::ScoreSet& scores, json& told) {
    add(scores.auc.emplace(), told["auc"]);
    add(scores.acc.emplace(), told["acc"]);
    add(scores.accuracy.emplace(), told["accuracy"]);
    add(scores.balanced_accuracy.emplace(), told["balanced_accuracy"]);
    add(scores.diagnostic_odds_ratio.emplace(), told["diagnostic_odds_ratio"]);
    add(scores.samples, told["samples"]);
    add(scores.undefined_aucs, told["undefined_aucs"]);
    add(scores.undefined_recalls, told["undefined_recalls"]);
    for (std::size_t k = 0; k < 2; ++k) {
      stats::ClassScores& of_class = scores.classes.emplace_back();
      json& one = told["classes"].emplace_back();
      add(of_class.auc.emplace(), one["auc"]);
      add(of_class.sensitivity.emplace(), one["sensitivity"]);
      add(of_class.specificity.emplace(), one["specificity"]);
      add(of_class.precision.emplace(), one["precision"]);
      add(of_class.f1.emplace(), one["f1"]);
      add(of_class.support, one["support"]);
    }
  }
  void add_probe(const std::string& of, const std::string& within) {
    ProbeResult& probe = result.probes.emplace_back();
    json& told = record["probes"].emplace_back();
    told["of"] = probe.of = of;
    probe.within = within;
    if (!within.empty()) told["within"] = within;
    if (of == "age") add(probe.r2.emplace(), told["r2"]);
    add_scores(probe.scores, told["scores"]);
    add(probe.missing, told["missing"]);
  }

  int last_ = 0;
};

TEST(FitResultJson, HasEachNumberUnderItsNameAndReadsItFromThere) {
  for (const auto& [stop, word] :
       {std::pair(StopReason::closed_form, "closed-form"),
        std::pair(StopReason::plateau, "plateau"), std::pair(StopReason::epochs, "epochs")}) {
    SideBySide both;
    both.result.training.stop = stop;
    both.record["training"]["stop"] = word;
    EXPECT_EQ(fit_result_to_json(both.result), both.record);
    const FitResult read = fit_result_from_json(both.record);
    EXPECT_EQ(fit_result_to_json(read), both.record);
    EXPECT_EQ(read.training.stop, stop);
  }
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
