#include "recorded_fits.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <tuple>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "crossfold/job/job_json.h"
#include "crossfold/job/lambda_at.h"
#include "crossfold/plan/artefact_bytes.h"
#include "crossfold/plan/fit_result_json.h"

namespace crossfold {
namespace {

using nlohmann::json;
using test::RecordedFits;

// Float32 against float64: some dozens of steps make 3e-6 of rounding in the losses, 1e-5 in the
// probabilities.
constexpr double kLossTolerance = 5e-5;
constexpr double kProbabilityTolerance = 2e-4;
constexpr double kFeatureTolerance = 2e-4;

const RecordedFits& study() {
  static const RecordedFits kStudy;
  return kStudy;
}

StopReason stop_reason(const std::string& name) {
  if (name == "closed form") return StopReason::closed_form;
  return name == "plateau" ? StopReason::plateau : StopReason::epochs;
}

void expect_near(const std::vector<double>& found, const json& recorded, double tolerance,
                 const char* what) {
  const std::vector<double> expected = recorded;
  ASSERT_EQ(found.size(), expected.size()) << what;
  double worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i)
    worst =
        std::max(worst, std::abs(found[i] - expected[i]) / std::max(1.0, std::abs(expected[i])));
  EXPECT_LE(worst, tolerance) << what << ": " << json(found) << " for " << json(expected);
}

void expect_curves(const Curves& found, const json& recorded) {
  expect_near(found.learning_rate, recorded.at("learning_rate"), 1e-12, "learning rate");
  expect_near(found.lambda, recorded.at("lambda"), 1e-12, "lambda");
  expect_near(found.train_class_loss, recorded.at("train_class_loss"), kLossTolerance,
              "training class loss");
  expect_near(found.train_domain_loss, recorded.at("train_domain_loss"), kLossTolerance,
              "training domain loss");
  expect_near(found.validation_loss, recorded.at("validation_loss"), kLossTolerance,
              "validation loss");
}

void expect_scores(const stats::ScoreSet& found, const json& recorded, const char* what) {
  EXPECT_NEAR(found.auc.value(), recorded.at("auc").get<double>(),
              recorded.at("auc_slack").get<double>() + 1e-9)
      << what;
  if (recorded.at("undecided") == 0) {
    EXPECT_NEAR(found.acc.value(), recorded.at("acc").get<double>(), 1e-9) << what;
  }
}

void expect_recorded(const FitOutcome& outcome, const FitTask& task, const json& recorded) {
  ASSERT_EQ(outcome.failure, nullptr);
  const FitResult& found = outcome.result;
  EXPECT_EQ(found.training.stop, stop_reason(recorded.at("stop")));
  EXPECT_EQ(found.training.epochs, recorded.at("epochs"));
  EXPECT_EQ(found.training.learning_rate_drops, recorded.value("drops", 0));
  EXPECT_EQ(found.training.validation_loss.has_value(), recorded.contains("validation_loss"));
  if (recorded.contains("validation_loss")) {
    EXPECT_NEAR(found.training.validation_loss.value_or(0),
                recorded.at("validation_loss").get<double>(), kLossTolerance);
  }
  EXPECT_EQ(found.training.validation_auc.has_value(), recorded.contains("validation"));
  if (found.training.validation_auc) {
    const json& validation = recorded.at("validation");
    EXPECT_NEAR(*found.training.validation_auc, validation.at("auc").get<double>(),
                validation.at("auc_slack").get<double>() + 1e-9);
  }
  EXPECT_EQ(found.n_train, task.split->train.size() + task.split->validation.size());
  EXPECT_EQ(found.n_validation, task.split->validation.size());
  EXPECT_EQ(found.n_test, task.split->test.size());
  EXPECT_EQ(found.solver.unconverged, 0);
  EXPECT_EQ(found.artefacts.curves.has_value(), recorded.contains("curves"));
  if (found.artefacts.curves) expect_curves(*found.artefacts.curves, recorded.at("curves"));
  expect_near(found.artefacts.held_out->probabilities, recorded.at("held_out"),
              kProbabilityTolerance, "held-out probabilities");
  EXPECT_EQ(found.artefacts.oos.has_value(), recorded.contains("oos"));
  if (found.artefacts.oos)
    expect_near(found.artefacts.oos->probabilities, recorded.at("oos"), kProbabilityTolerance,
                "oos probabilities");
  EXPECT_EQ(found.artefacts.features.has_value(), recorded.contains("features"));
  expect_scores(found.held_out, recorded.at("scores"), "target");
  EXPECT_EQ(found.probe.has_value(), recorded.contains("probe"));
  if (found.probe) expect_scores(*found.probe, recorded.at("probe"), "probe");
}

/// z' in the order of the record: training, validation and held-out rows, ascending, then oos.
void expect_features(const FitOutcome& outcome, const json& recorded) {
  if (!recorded.contains("features")) return;
  const double difference =
      test::relative_difference(outcome.result.artefacts.features->values, recorded.at("features"));
  EXPECT_LE(difference, kFeatureTolerance);
}

std::vector<FitOutcome> run(EngineKind engine, std::size_t experiment,
                            const std::vector<std::size_t>& candidates) {
  std::vector<FitTask> tasks;
  for (const std::size_t candidate : candidates)
    tasks.push_back(study().task(experiment, candidate));
  return make_engine(engine, {})->fit_cohort(tasks);
}

using EngineAndExperiment = std::tuple<EngineKind, std::size_t>;

class RecordedFitsOf : public ::testing::TestWithParam<EngineAndExperiment> {};

/// Epoch by epoch, in cohorts of fits as unlike as can be: epochs, rates, decays, schedules, heads,
/// plateau rules and scored models.
TEST_P(RecordedFitsOf, AreThoseOfPyTorch) {
  const auto& [engine, experiment] = GetParam();
  for (const std::vector<std::size_t>& cohort : study().cohorts(experiment)) {
    const std::vector<FitOutcome> outcomes = run(engine, experiment, cohort);
    ASSERT_EQ(outcomes.size(), cohort.size());
    for (std::size_t i = 0; i < cohort.size(); ++i) {
      const json& recorded = study().recorded(experiment, cohort[i]);
      SCOPED_TRACE(recorded.at("name").get<std::string>());
      expect_recorded(outcomes[i], study().task(experiment, cohort[i]), recorded);
      expect_features(outcomes[i], recorded);
    }
  }
}

std::string name_of_case(const ::testing::TestParamInfo<EngineAndExperiment>& info) {
  const auto& [engine, experiment] = info.param;
  std::string name = study().job().experiments.at(experiment).name;
  std::replace(name.begin(), name.end(), ' ', '_');
  return (engine == EngineKind::lockstep ? "lockstep_" : "reference_") + name;
}

INSTANTIATE_TEST_SUITE_P(Engines, RecordedFitsOf,
                         ::testing::Combine(::testing::Values(EngineKind::lockstep,
                                                              EngineKind::reference),
                                            ::testing::Range(std::size_t{0}, std::size_t{6})),
                         name_of_case);

std::string bits_of(const FitOutcome& outcome) {
  json facts = fit_result_to_json(outcome.result);
  facts.erase("seconds");
  return facts.dump() + artefacts_to_bytes(outcome.result.id, outcome.result.artefacts);
}

/// Alone, with all others, and with all others behind it.
TEST(RecordedFits, HaveTheSameBitsInEveryCohort) {
  for (std::size_t experiment = 0; experiment < study().job().experiments.size(); ++experiment)
    for (const std::vector<std::size_t>& cohort : study().cohorts(experiment)) {
      const std::vector<std::size_t> backwards(cohort.rbegin(), cohort.rend());
      const std::vector<FitOutcome> together = run(EngineKind::lockstep, experiment, cohort);
      const std::vector<FitOutcome> reversed = run(EngineKind::lockstep, experiment, backwards);
      for (std::size_t i = 0; i < cohort.size(); ++i) {
        SCOPED_TRACE(study().recorded(experiment, cohort[i]).at("name").get<std::string>());
        const FitOutcome alone = run(EngineKind::lockstep, experiment, {cohort[i]}).front();
        EXPECT_EQ(bits_of(together[i]), bits_of(alone));
        EXPECT_EQ(bits_of(reversed[cohort.size() - 1 - i]), bits_of(alone));
      }
    }
}

/// Every setting of a model has a recorded fit in which it is given.
TEST(RecordedFits, GiveEveryKeyOfTheSchemaThatTrainsAModel) {
  std::ifstream file(CROSSFOLD_SOURCE_DIR "/data-schemas/job.schema.json");
  const json definitions = json::parse(file).at("definitions");
  std::set<std::string> given;
  const std::function<void(const json&)> collect = [&](const json& value) {
    if (value.is_structured())
      for (const auto& [key, inner] : value.items()) {
        if (value.is_object()) given.insert(key);
        collect(inner);
      }
  };
  collect(study().written_job());
  given.insert("adversary");   // network_training.json has two, beside PyTorch
  given.insert("parameters");  // repeats what a sweep drew: the settings themselves train
  for (const char* definition : {"candidate", "lambda", "training", "plateau"})
    for (const auto& [key, value] : definitions.at(definition).at("properties").items())
      EXPECT_TRUE(given.contains(key)) << definition << "." << key;
}

TEST(RecordedFits, HaveTheLambdasOfTheFormulasAtEveryEpoch) {
  ASSERT_GT(study().schedules().size(), 15U);
  for (const json& recorded : study().schedules()) {
    SCOPED_TRACE(recorded.at("schedule").dump());
    json job{{"name", "n"}, {"store", "s"}, {"embeddings", "e/p"}};
    job["experiments"] = {{{"name", "e"},
                           {"candidates",
                            {{{"kind", "disentangled"},
                              {"lambda", recorded.at("schedule")},
                              {"training", {{"epochs", recorded.at("epochs")}}}}}}}};
    const Candidate candidate = parse_job(job.dump(), "job").experiments[0].candidates[0];
    std::vector<double> found;
    for (int epoch = 0; epoch < training_of(candidate).epochs; ++epoch)
      found.push_back(lambda_at(std::get<DisentangledModel>(candidate.model).lambda, epoch,
                                training_of(candidate).epochs));
    expect_near(found, recorded.at("values"), 1e-12, "lambda");
  }
}

}  // namespace
}  // namespace crossfold
