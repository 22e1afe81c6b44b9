#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "recorded_fits.h"

// Which rows a fit may learn from: its features and labels are changed part by part. The recorded
// study has every kind of candidate, standardized and not, probed on z and on z', with the plateau
// rule at work, the last and the best model scored.

namespace crossfold {
namespace {

using test::RecordedFits;

/// Every fit of a study, in order.
std::vector<FitResult> results_of(const RecordedFits& study, EngineKind engine) {
  const auto trainer = make_engine(engine, {});
  std::vector<FitResult> results;
  for (std::size_t e = 0; e < study.job().experiments.size(); ++e)
    for (std::size_t c = 0; c < study.job().experiments[e].candidates.size(); ++c)
      results.push_back(trainer->fit(study.task(e, c)));
  return results;
}

/// As is, with other rows in one part, by name for messages.
struct Changed {
  std::vector<std::string> names;
  std::vector<FitResult> before, after;

  Changed(RecordedFits study, const std::string& part, EngineKind engine) {
    for (const Experiment& experiment : study.job().experiments)
      for (const Candidate& candidate : experiment.candidates)
        names.push_back(experiment.name + ": " + candidate.name);
    before = results_of(study, engine);
    study.disturb(part);
    after = results_of(study, engine);
  }
};

/// What was learnt: all that training and solving went through.
void expect_same_learning(const FitResult& a, const FitResult& b) {
  EXPECT_EQ(a.training.epochs, b.training.epochs);
  EXPECT_EQ(a.training.stop, b.training.stop);
  EXPECT_EQ(a.training.learning_rate_drops, b.training.learning_rate_drops);
  EXPECT_EQ(a.training.validation_loss, b.training.validation_loss);
  EXPECT_EQ(a.training.validation_auc, b.training.validation_auc);
  EXPECT_EQ(a.solver.solves, b.solver.solves);
  EXPECT_EQ(a.solver.worst_gradient, b.solver.worst_gradient);  // of the probe too
  ASSERT_EQ(a.artefacts.curves.has_value(), b.artefacts.curves.has_value());
  if (!a.artefacts.curves) return;
  EXPECT_EQ(a.artefacts.curves->train_class_loss, b.artefacts.curves->train_class_loss);
  EXPECT_EQ(a.artefacts.curves->train_domain_loss, b.artefacts.curves->train_domain_loss);
  EXPECT_EQ(a.artefacts.curves->validation_loss, b.artefacts.curves->validation_loss);
  EXPECT_EQ(a.artefacts.curves->learning_rate, b.artefacts.curves->learning_rate);
  EXPECT_EQ(a.artefacts.curves->lambda, b.artefacts.curves->lambda);
}

std::vector<double> probabilities_of(const std::optional<Predictions>& predictions) {
  return predictions ? predictions->probabilities : std::vector<double>{};
}

/// z' of all rows but those of a part.
std::vector<float> features_without(const FitResult& result,
                                    const std::vector<std::uint32_t>& left_out) {
  std::vector<float> kept;
  if (!result.artefacts.features) return kept;
  const Features& features = *result.artefacts.features;
  for (std::size_t i = 0; i < features.rows.size(); ++i) {
    if (std::count(left_out.begin(), left_out.end(), features.rows[i]) > 0) continue;
    const auto first = features.values.begin() + static_cast<std::ptrdiff_t>(i * features.dim);
    kept.insert(kept.end(), first, first + static_cast<std::ptrdiff_t>(features.dim));
  }
  return kept;
}

class Leaks : public ::testing::TestWithParam<EngineKind> {
 protected:
  RecordedFits study_;
};

TEST_P(Leaks, NothingIsLearntFromTheHeldOutFold) {
  const Changed changed(study_, "test", GetParam());
  for (std::size_t i = 0; i < changed.names.size(); ++i) {
    SCOPED_TRACE(changed.names[i]);
    const FitResult &a = changed.before[i], &b = changed.after[i];
    expect_same_learning(a, b);
    EXPECT_EQ(probabilities_of(a.artefacts.oos), probabilities_of(b.artefacts.oos));
    EXPECT_EQ(features_without(a, study_.rows("test")), features_without(b, study_.rows("test")));
    EXPECT_NE(probabilities_of(a.artefacts.held_out), probabilities_of(b.artefacts.held_out));
  }
}

TEST_P(Leaks, NothingIsLearntFromOosRows) {
  const Changed changed(study_, "oos", GetParam());
  for (std::size_t i = 0; i < changed.names.size(); ++i) {
    SCOPED_TRACE(changed.names[i]);
    const FitResult &a = changed.before[i], &b = changed.after[i];
    expect_same_learning(a, b);
    EXPECT_EQ(probabilities_of(a.artefacts.held_out), probabilities_of(b.artefacts.held_out));
    EXPECT_EQ(features_without(a, study_.rows("oos")), features_without(b, study_.rows("oos")));
    EXPECT_EQ(a.held_out.auc, b.held_out.auc);
    EXPECT_EQ(a.probe ? a.probe->auc : std::nullopt, b.probe ? b.probe->auc : std::nullopt);
    if (a.artefacts.oos) {
      EXPECT_NE(probabilities_of(a.artefacts.oos), probabilities_of(b.artefacts.oos));
    }
  }
}

TEST_P(Leaks, RowsOfNoExperimentAreNotLookedAt) {
  const Changed changed(study_, "unused", GetParam());
  for (std::size_t i = 0; i < changed.names.size(); ++i) {
    SCOPED_TRACE(changed.names[i]);
    const FitResult &a = changed.before[i], &b = changed.after[i];
    expect_same_learning(a, b);
    EXPECT_EQ(probabilities_of(a.artefacts.held_out), probabilities_of(b.artefacts.held_out));
    EXPECT_EQ(probabilities_of(a.artefacts.oos), probabilities_of(b.artefacts.oos));
    EXPECT_EQ(features_without(a, {}), features_without(b, {}));
  }
}

/// The plateau rule and the best model may see them, so neither is at work here.
TEST_P(Leaks, ValidationRowsTrainNothingButTheProbe) {
  RecordedFits study = study_;
  for (Experiment& experiment : study.job().experiments)
    for (Candidate& candidate : experiment.candidates) {
      if (!is_network(candidate)) continue;
      training_of(candidate).plateau.patience = 1000;
      training_of(candidate).model = ScoredModel::last;
    }
  const Changed changed(study, "validation", GetParam());
  std::size_t validated = 0;
  for (std::size_t i = 0; i < changed.names.size(); ++i) {
    SCOPED_TRACE(changed.names[i]);
    const FitResult &a = changed.before[i], &b = changed.after[i];
    if (a.n_validation == 0) {  // then these are training rows
      EXPECT_NE(probabilities_of(a.artefacts.held_out), probabilities_of(b.artefacts.held_out));
      continue;
    }
    ++validated;
    EXPECT_EQ(a.training.epochs, b.training.epochs);
    EXPECT_NE(a.training.validation_loss, b.training.validation_loss);
    EXPECT_NE(a.artefacts.curves->validation_loss, b.artefacts.curves->validation_loss);
    EXPECT_EQ(a.artefacts.curves->train_class_loss, b.artefacts.curves->train_class_loss);
    EXPECT_EQ(a.artefacts.curves->train_domain_loss, b.artefacts.curves->train_domain_loss);
    EXPECT_EQ(a.artefacts.curves->learning_rate, b.artefacts.curves->learning_rate);
    EXPECT_EQ(probabilities_of(a.artefacts.held_out), probabilities_of(b.artefacts.held_out));
    EXPECT_EQ(probabilities_of(a.artefacts.oos), probabilities_of(b.artefacts.oos));
    EXPECT_EQ(features_without(a, study_.rows("validation")),
              features_without(b, study_.rows("validation")));
  }
  EXPECT_GT(validated, 40U);
}

TEST_P(Leaks, TrainingRowsAreLearntFrom) {
  const Changed changed(study_, "train", GetParam());
  for (std::size_t i = 0; i < changed.names.size(); ++i) {
    SCOPED_TRACE(changed.names[i]);
    const FitResult &a = changed.before[i], &b = changed.after[i];
    EXPECT_NE(probabilities_of(a.artefacts.held_out), probabilities_of(b.artefacts.held_out));
    if (a.artefacts.curves) {
      EXPECT_NE(a.artefacts.curves->train_class_loss, b.artefacts.curves->train_class_loss);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, Leaks,
                         ::testing::Values(EngineKind::lockstep, EngineKind::reference),
                         [](const auto& engine) {
                           return engine.param == EngineKind::lockstep ? "lockstep" : "reference";
                         });

}  // namespace
}  // namespace crossfold
