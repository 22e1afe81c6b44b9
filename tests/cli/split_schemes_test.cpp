// The rule source-out and nested cross-validation choose what scikit-learn chooses on the same
// splits: plan, engine and report together, for logistic regressions (split_schemes/make_cases.py).

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/plan/fit_spec.h"
#include "crossfold/report/report.h"
#include "crossfold/train/engine.h"

#include "cli/split_schemes/recorded_samples.h"

namespace crossfold {
namespace {

using nlohmann::json;
using testing::recorded;

constexpr double kTolerance = 1e-9;  ///< a rank statistic: equal unless two scores change places
Job job_of(const std::vector<double>& strengths) {
  Job job;
  job.name = "linear sweep";
  job.store = "s.h5";
  job.seed = 3;
  job.embeddings = {"four/raw"};
  job.splits.folds = 4;
  job.splits.seeds = 2;
  Experiment& experiment = job.experiments.emplace_back();
  experiment.name = "task";
  for (const double strength : strengths) {
    Candidate& candidate = experiment.candidates.emplace_back();
    candidate.name = "linear[c=" + std::to_string(strength) + "]";
    candidate.model = default_model(CandidateKind::linear);
    std::get<LinearModel>(candidate.model).c = strength;
    candidate.parameters = {{.key = "c", .value = strength}};
  }
  experiment.sweep = SweepSettings{};
  experiment.sweep->candidates = static_cast<std::uint32_t>(experiment.candidates.size());
  experiment.sweep->select = {SelectionRule::held_out, SelectionRule::source_out};
  experiment.sweep->nested = NestedSettings{.folds = 3};
  return job;
}

/// Plan, fits and report of the recorded samples.
class LinearSweep : public ::testing::Test {
 protected:
  LinearSweep() {
    const testing::RecordedSamples samples;
    features_ = samples.features;
    records_.job = job_of(samples.strengths);
    records_.samples = samples.table;
    records_.plan = make_plan(records_.job, records_.samples, samples.embeddings);
  }

  void train() {
    const std::unique_ptr<Engine> engine = make_engine(EngineKind::lockstep, {});
    const Job& job = records_.job;
    for (const Fit& fit : records_.plan.fits) {
      const Split split = split_of(job, records_.plan, fit);
      const Experiment& experiment = job.experiments[fit.experiment];
      FitResult result = engine->fit({.experiment = &experiment,
                                      .candidate = &experiment.candidates[fit.candidate],
                                      .samples = &records_.plan.basis.samples[fit.experiment],
                                      .split = &split,
                                      .key = stream_key_at(job, split_place_of(spec_of(job, fit))),
                                      .embedding = features_,
                                      .dim = 4,
                                      .keep_predictions = true});
      result.id = fit.id;
      artefacts_[fit.id] = result.artefacts;
      records_.results[fit.id] = std::move(result);
    }
  }

  [[nodiscard]] SweepReport sweep() const {
    const auto read = [this](const FitId& id) { return std::optional(artefacts_.at(id)); };
    return build_report(records_, {}, read).tables.at(0).sweeps.at(0);
  }

  /// The inner fold of every sample in every split; -1 where the split holds it out.
  [[nodiscard]] json folds() const {
    json list = json::array();
    for (std::uint32_t seed = 0; seed < 2; ++seed)
      for (std::uint32_t fold = 0; fold < 4; ++fold) {
        const InnerFolds inner =
            inner_folds_at(records_.job, records_.plan.basis,
                           {.experiment = 0, .seed = SeedIndex(seed), .fold = FoldIndex(fold)});
        std::vector<int> of(records_.samples.size(), -1);
        for (std::size_t i = 0; i < inner.rows.size(); ++i)
          of[inner.rows[i]] = static_cast<int>(inner.folds[i]);
        list.push_back({{"seed", seed}, {"fold", fold}, {"inner", of}});
      }
    return list;
  }

  std::vector<float> features_;
  RunRecords records_;
  std::map<FitId, Artefacts> artefacts_;
};

TEST_F(LinearSweep, IsSplitAsRecorded) {
  if (std::getenv("CROSSFOLD_UPDATE_GOLDEN") != nullptr)
    std::ofstream(CROSSFOLD_SOURCE_DIR "/tests/cli/split_schemes/folds.json")
        << folds().dump() << "\n";
  EXPECT_EQ(folds(), recorded("split_schemes/folds.json"));
}

TEST_F(LinearSweep, ChoosesByLeftOutSourcesAsScikitLearnDoes) {
  train();
  const json expected = recorded("split_schemes/cases.json")["source_out"];
  const SweepReport found = sweep();
  for (std::size_t c = 0; c < found.swept.size(); ++c)
    EXPECT_NEAR(*found.swept[c].source_out_auc, expected["means"][c].get<double>(), kTolerance);
  for (const Fit& fit : records_.plan.fits) {
    if (fit.scheme != SplitScheme::source_out) continue;
    EXPECT_NEAR(*records_.results.at(fit.id).held_out.auc,
                expected["scores"][fit.candidate][fit.fold.value].get<double>(), kTolerance);
  }
  const SweepChoice& choice = found.choices.at(1);
  EXPECT_EQ(choice.candidate, found.swept.at(expected["chosen"].get<std::size_t>()).name);
  EXPECT_NE(choice.candidate, found.choices.at(0).candidate) << "the held-out folds say another";
  ASSERT_TRUE(choice.honest.mean.has_value()) << choice.honest.why_not;
  EXPECT_LT(*choice.honest.mean, *choice.criterion + 0.01) << "optimism is taken away";
  EXPECT_GT(*choice.honest.mean, *choice.criterion - 0.1);
}

TEST_F(LinearSweep, IsNestedAsInScikitLearn) {
  train();
  const json expected = recorded("split_schemes/cases.json")["nested"];
  const SweepReport found = sweep();
  const SweepChoice& choice = found.nested->choice;
  std::map<std::string, std::size_t> counts;
  for (const std::size_t chosen : expected["chosen"]) ++counts[found.swept.at(chosen).name];
  const std::map<std::string, std::size_t> chosen(choice.per_split.begin(), choice.per_split.end());
  EXPECT_EQ(chosen, counts);
  EXPECT_GE(counts.size(), 2U);
  EXPECT_NEAR(*choice.honest.mean, expected["mean"].get<double>(), kTolerance);
  EXPECT_NEAR(choice.honest.interval->low, expected["low"].get<double>(), 1e-7);
  EXPECT_NEAR(choice.honest.interval->high, expected["high"].get<double>(), 1e-7);
}

}  // namespace
}  // namespace crossfold
