// Training sets by test sets: plan, engine and report together come to what scikit-learn comes to
// on the same rows, for logistic regressions (matrix/make_cases.py).

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/strict_json.h"
#include "crossfold/job/job_json.h"
#include "crossfold/plan/fit_spec.h"
#include "crossfold/report/render.h"
#include "crossfold/report/report.h"
#include "crossfold/train/engine.h"

#include "cli/split_schemes/recorded_samples.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::recorded;

constexpr double kScoreTolerance = 1e-12;
constexpr double kProbabilityTolerance = 1e-4;
/// The same matrix of all classes and of one of them against the rest.
Job matrix_job() {
  const json linear{{{"kind", "linear"}}};
  return parse_job(json{{"name", "matrix"},
                        {"store", "s.h5"},
                        {"seed", 3},
                        {"embeddings", "four/raw"},
                        {"sets",
                         {{"A", {{"domain", {"site0", "site1"}}}},
                          {"B", {{"domain", {"site2", "site3"}}}},
                          {"AB", {"A", "B"}}}},
                        {"splits", {{"scheme", "hold-out"}, {"test", 0.4}, {"seeds", 2}}},
                        {"experiments",
                         {{{"name", "three"},
                           {"train", {"A", "AB"}},
                           {"evaluate", {"A", "B", "AB"}},
                           {"candidates", linear}},
                          {{"name", "two"},
                           {"train", {"A", "B"}},
                           {"evaluate", {"A", "B"}},
                           {"positive", "class2"},
                           {"candidates", linear}}}}}
                       .dump(),
                   "job.json");
}

class Matrix : public ::testing::Test {
 protected:
  Matrix() {
    const testing::RecordedSamples samples;
    features_ = samples.features;
    records_.job = matrix_job();
    records_.samples = samples.table;
    records_.plan = make_plan(records_.job, records_.samples, samples.embeddings);
    const std::unique_ptr<Engine> engine = make_engine(EngineKind::lockstep, {});
    for (const Fit& fit : records_.plan.fits) {
      const Split split = split_of(records_.job, records_.plan, fit);
      const Experiment& experiment = records_.job.experiments[fit.experiment];
      FitResult result = engine->fit(
          {.experiment = &experiment,
           .candidate = &experiment.candidates[fit.candidate],
           .samples = &records_.plan.basis.samples[fit.experiment],
           .split = &split,
           .key = stream_key_at(records_.job, split_place_of(spec_of(records_.job, fit))),
           .embedding = features_,
           .dim = 4,
           .keep_predictions = true});
      result.id = fit.id;
      records_.results[fit.id] = std::move(result);
    }
  }

  [[nodiscard]] json splits() const {
    json list = json::array();
    for (const Fit& fit : records_.plan.fits) {
      const Split split = split_of(records_.job, records_.plan, fit);
      const bool two = !records_.job.experiments[fit.experiment].positive.empty();
      list.push_back({{"fit", fit.id.hex()},
                      {"positive", two ? json(2) : json()},
                      {"train", split.train},
                      {"sets", split.sets}});
    }
    return list;
  }

  std::vector<float> features_;
  RunRecords records_;
};

TEST_F(Matrix, IsDividedAsRecorded) {
  if (std::getenv("CROSSFOLD_UPDATE_GOLDEN") != nullptr)
    std::ofstream(CROSSFOLD_SOURCE_DIR "/tests/cli/matrix/splits.json") << splits().dump() << "\n";
  EXPECT_EQ(splits(), recorded("matrix/splits.json"));
}

TEST_F(Matrix, ScoresAsScikitLearnDoes) {
  const json expected = recorded("matrix/cases.json")["cases"];
  ASSERT_EQ(expected.size(), records_.plan.fits.size());
  std::size_t compared = 0;
  for (const json& one : expected) {
    const FitResult& result = records_.results.at(*FitId::from_hex(one["fit"].get<std::string>()));
    ASSERT_EQ(result.sets.size(), one["sets"].size());
    for (std::size_t set = 0; set < result.sets.size(); ++set) {
      const stats::ScoreSet& found = result.sets[set];
      const std::map<std::string, std::optional<double>> scores{
          {"auc", found.auc},
          {"acc", found.acc},
          {"accuracy", found.accuracy},
          {"balanced_accuracy", found.balanced_accuracy},
          {"dor", found.diagnostic_odds_ratio},
          {"sensitivity", found.classes.back().sensitivity},
          {"specificity", found.classes.back().specificity},
          {"f1", found.classes.back().f1}};
      for (const auto& [name, value] : one["sets"][set]["scores"].items()) {
        const double wanted = number_from_json(value);
        if (std::isnan(wanted)) {
          EXPECT_FALSE(scores.at(name).has_value());
        } else if (std::isinf(wanted)) {
          EXPECT_TRUE(std::isinf(scores.at(name).value()));
        } else {
          EXPECT_NEAR(scores.at(name).value(), wanted, kScoreTolerance * std::max(1.0, wanted))
              << name;
        }
        ++compared;
      }
      const json& probabilities = one["sets"][set]["probabilities"];
      const Predictions& kept = result.artefacts.sets.at(set);
      ASSERT_EQ(kept.rows.size(), probabilities.size());
      for (std::size_t i = 0; i < kept.rows.size(); ++i)
        for (std::size_t k = 0; k < kept.classes; ++k)
          EXPECT_NEAR(kept.probabilities[i * kept.classes + k], probabilities[i][k].get<double>(),
                      kProbabilityTolerance);
    }
  }
  EXPECT_GT(compared, 60U);
}

/// A mean of the table is the mean of the fits that scikit-learn has been compared with.
TEST_F(Matrix, StandsInOneTable) {
  const Report report = build_report(records_);
  const ReportTable& part = report.tables.at(1);
  EXPECT_EQ(part.train, "AB");
  EXPECT_EQ(part.matrix, "three");
  double sum = 0;
  std::size_t n = 0;
  for (const Fit& fit : records_.plan.fits) {
    if (fit.experiment != 1) continue;
    sum += records_.results.at(fit.id).sets.at(1).auc.value();
    ++n;
  }
  std::size_t column = 0;
  while (part.columns[column].name != "B_auc") ++column;
  EXPECT_NEAR(part.rows.at(0).cells.at(column).summary.mean.value(), sum / static_cast<double>(n),
              1e-15);
  const std::string text = render_text(report, {});
  EXPECT_THAT(text, HasSubstr("three: AUC, trained on a row's set and scored on a column's"));
  EXPECT_THAT(text, HasSubstr("two: by what is trained on and what is scored"));
  EXPECT_THAT(text, HasSubstr("positive: class2"));
  EXPECT_THAT(text, Not(HasSubstr("three[train=A]"))) << "its parts have no tables of their own";
}

}  // namespace
}  // namespace crossfold
