#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/solve/logistic_regression.h"
#include "crossfold/solve/products.h"
#include "crossfold/train/engine.h"

#include "planted_study.h"

namespace crossfold {
namespace {

/// One fit of it, to be varied by the tests.
struct Study : test::PlantedStudy {
  explicit Study(double scale) : PlantedStudy(scale) {
    training_of(candidate).epochs = 12;
    training_of(candidate).batch = 64;
  }

  [[nodiscard]] FitResult run() const {
    return make_engine(EngineKind::reference, {})->fit(task(candidate));
  }
  [[nodiscard]] std::string failure() const {
    try {
      (void)run();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::bad_input);
      return error.what();
    }
    return "no error";
  }

  Candidate candidate;
};

Study disentangled(double scale) {
  Study study(scale);
  study.candidate.model = DisentangledModel{.training = training_of(study.candidate),
                                            .lambda = {.kind = ScheduleKind::constant, .from = 1}};
  return study;
}

TEST(ReferenceEngine, FillsInWhatAFitReturns) {
  const Study study = disentangled(0.1);
  const FitResult result = study.run();
  EXPECT_FALSE(result.failed());
  EXPECT_EQ(result.n_train, study.split.train.size() + study.split.validation.size());
  EXPECT_EQ(result.n_validation, study.split.validation.size());
  EXPECT_EQ(result.n_test, study.split.test.size());
  EXPECT_EQ(result.held_out.samples, study.split.test.size());
  EXPECT_EQ(result.oos->samples, study.samples.oos.size());
  EXPECT_EQ(result.probe->samples, study.split.test.size());
  EXPECT_EQ(result.training.epochs, 12);
  EXPECT_EQ(result.training.stop, StopReason::epochs);
  EXPECT_EQ(result.solver.solves, 13);  // twelve domain heads and the probe
  EXPECT_EQ(result.solver.unconverged, 0);
  EXPECT_LE(result.solver.worst_gradient, 1e-6);
  EXPECT_GT(result.seconds, 0);

  const Artefacts& artefacts = result.artefacts;
  EXPECT_EQ(artefacts.held_out->rows, study.split.test);
  EXPECT_EQ(artefacts.held_out->probabilities.size(), study.split.test.size() * 3);
  EXPECT_EQ(artefacts.oos->rows, study.samples.oos);
  EXPECT_EQ(artefacts.curves->train_class_loss.size(), 12U);
  EXPECT_EQ(artefacts.curves->train_domain_loss.size(), 12U);
  EXPECT_EQ(artefacts.curves->validation_loss.size(), 12U);
  EXPECT_EQ(artefacts.curves->validation_loss.back(), *result.training.validation_loss);
  EXPECT_EQ(artefacts.curves->lambda, std::vector<double>(12, 1.0));
  EXPECT_EQ(artefacts.features->rows.size(), study.samples.pool.size() + study.samples.oos.size());
  EXPECT_EQ(artefacts.features->values.size(), artefacts.features->rows.size() * 64);
}

TEST(ReferenceEngine, KeepsNoArtefactThatIsNotAskedFor) {
  const Study study(0.1);
  const FitResult result = make_engine(EngineKind::reference, {})
                               ->fit({.experiment = &study.experiment,
                                      .candidate = &study.candidate,
                                      .samples = &study.samples,
                                      .split = &study.split,
                                      .key = study.key,
                                      .embedding = study.embedding,
                                      .dim = study.dim});
  EXPECT_TRUE(result.artefacts.empty());
}

TEST(ReferenceEngine, TheSameFitGivesTheSameBits) {
  const Study study = disentangled(0.1);
  const FitResult one = study.run();
  const FitResult two = study.run();
  EXPECT_EQ(one.artefacts.held_out->probabilities, two.artefacts.held_out->probabilities);
  EXPECT_EQ(one.artefacts.oos->probabilities, two.artefacts.oos->probabilities);
  EXPECT_EQ(one.artefacts.features->values, two.artefacts.features->values);
  EXPECT_EQ(one.artefacts.curves->train_domain_loss, two.artefacts.curves->train_domain_loss);
  EXPECT_EQ(one.probe->auc, two.probe->auc);
}

TEST(ReferenceEngine, AnEngineCarriesNothingFromFitToFit) {
  const Study study = disentangled(0.1);
  const Study other(0.1);
  const auto engine = make_engine(EngineKind::reference, {});
  const auto task_of = [](const Study& s) {
    return FitTask{.experiment = &s.experiment,
                   .candidate = &s.candidate,
                   .samples = &s.samples,
                   .split = &s.split,
                   .key = s.key,
                   .embedding = s.embedding,
                   .dim = s.dim,
                   .keep_predictions = true};
  };
  (void)engine->fit(task_of(other));
  EXPECT_EQ(engine->fit(task_of(study)).artefacts.oos->probabilities,
            study.run().artefacts.oos->probabilities);
}

TEST(ReferenceEngine, WithLambdaZeroTheEncoderIsTheBaselines) {
  Study study = disentangled(0.1);
  std::get<DisentangledModel>(study.candidate.model).lambda.from = 0;
  const FitResult without = study.run();
  study.candidate.model = BaselineModel{.training = training_of(study.candidate)};
  const FitResult baseline = study.run();
  EXPECT_EQ(without.artefacts.features->values, baseline.artefacts.features->values);
  EXPECT_EQ(without.artefacts.oos->probabilities, baseline.artefacts.oos->probabilities);
  EXPECT_TRUE(baseline.artefacts.curves->lambda.empty());
  EXPECT_EQ(baseline.solver.solves, 1);  // the probe
}

TEST(ReferenceEngine, AHeadThatStandsStillIsAnotherCandidate) {
  Study study = disentangled(0.1);
  const FitResult trained = study.run();
  std::get<DisentangledModel>(study.candidate.model).domain_head = DomainHead::still;
  const FitResult still = study.run();
  EXPECT_NE(trained.artefacts.features->values, still.artefacts.features->values);
  EXPECT_EQ(still.solver.unconverged, 0);
}

TEST(ReferenceEngine, EndsByThePlateauRule) {
  Study study(0.1);
  training_of(study.candidate).epochs = 200;
  training_of(study.candidate).plateau = {
      .patience = 2, .factor = 0.1, .stop_after = 2, .min_improvement = 1e-6};
  const FitResult result = study.run();
  EXPECT_EQ(result.training.stop, StopReason::plateau);
  EXPECT_LT(result.training.epochs, 200);
  EXPECT_EQ(result.training.learning_rate_drops, 2);
  const std::vector<double>& rates = result.artefacts.curves->learning_rate;
  EXPECT_EQ(rates.size(), static_cast<std::size_t>(result.training.epochs));
  EXPECT_DOUBLE_EQ(rates.front(), 1e-3);
  EXPECT_DOUBLE_EQ(rates.back(), 1e-4);
}

TEST(ReferenceEngine, ScoresTheBestModelWhenAsked) {
  Study study(0.1);
  training_of(study.candidate).epochs = 40;
  training_of(study.candidate).learning_rate = 1e-2;
  const FitResult last = study.run();
  training_of(study.candidate).model = ScoredModel::best;
  const FitResult best = study.run();
  const std::vector<double>& losses = best.artefacts.curves->validation_loss;
  EXPECT_EQ(*best.training.validation_loss, *std::min_element(losses.begin(), losses.end()));
  EXPECT_EQ(*last.training.validation_loss, losses.back());
  EXPECT_LT(*best.training.validation_loss, *last.training.validation_loss);
  EXPECT_NE(best.artefacts.oos->probabilities, last.artefacts.oos->probabilities);
  // The model of the best epoch is the last one of a training that ends there.
  training_of(study.candidate).epochs =
      static_cast<int>(std::min_element(losses.begin(), losses.end()) - losses.begin() + 1);
  training_of(study.candidate).model = ScoredModel::last;
  EXPECT_EQ(study.run().artefacts.oos->probabilities, best.artefacts.oos->probabilities);
}

TEST(ReferenceEngine, WithoutValidationSamplesAllEpochsAreRun) {
  Study study(0.1);
  study.split.train = all_other_folds(study.split);
  study.split.validation.clear();
  training_of(study.candidate).plateau.patience = 0;
  training_of(study.candidate).model = ScoredModel::best;
  const FitResult result = study.run();
  EXPECT_EQ(result.training.stop, StopReason::epochs);
  EXPECT_EQ(result.training.epochs, 12);
  EXPECT_FALSE(result.training.validation_loss);
  EXPECT_FALSE(result.training.validation_auc);
  EXPECT_EQ(result.n_validation, 0U);
  EXPECT_TRUE(result.artefacts.curves->validation_loss.empty());
}

TEST(ReferenceEngine, LinearIsLogisticRegressionOnTheEmbedding) {
  Study study(0.1);
  study.candidate.model = LinearModel{};
  study.split =
      make_split(study.samples, Label::class_label, SplitSettings{}, study.key, Validation::none);
  const FitResult result = study.run();
  EXPECT_EQ(result.training.stop, StopReason::closed_form);
  EXPECT_EQ(result.training.epochs, 0);
  EXPECT_EQ(result.solver.solves, 2);  // itself and the probe
  std::vector<std::int32_t> labels;
  for (const std::uint32_t row : study.split.train)
    labels.push_back(study.samples.class_label.codes[row]);
  const auto rows_of = [&](const std::vector<std::uint32_t>& rows) {
    return FeatureRows{
        .values = study.embedding, .dim = study.dim, .rows = rows, .scaling = nullptr};
  };
  const LogisticFit fit = fit_logistic(rows_of(study.split.train), labels, 3);
  EXPECT_EQ(result.artefacts.held_out->probabilities,
            probabilities(fit.model, rows_of(study.split.test)));
  EXPECT_GT(*result.probe->auc, 0.9);
}

TEST(ReferenceEngine, StandardizeUndoesTheScaleOfAColumn) {
  for (const bool is_linear : {true, false}) {
    Study study(0.1);
    if (is_linear) study.candidate.model = LinearModel{};
    study.experiment.standardize = Standardize::train;
    study.experiment.probe_on = ProbeOn::embedding;
    const FitResult before = study.run();
    for (std::size_t i = 0; i < study.embedding.size(); i += study.dim) {
      study.embedding[i] = study.embedding[i] * 64 + 128;
    }
    const FitResult after = study.run();
    EXPECT_NEAR(*after.oos->auc, *before.oos->auc, 1e-3);
    EXPECT_NEAR(*after.probe->auc, *before.probe->auc, 1e-3);
    study.experiment.standardize = Standardize::none;
    EXPECT_NE(study.run().artefacts.oos->probabilities, after.artefacts.oos->probabilities);
  }
}

TEST(ReferenceEngine, ProbesTheEmbeddingWhenAsked) {
  Study study = disentangled(0.1);
  const FitResult encoded = study.run();
  study.experiment.probe_on = ProbeOn::embedding;
  const FitResult embedding = study.run();
  EXPECT_GT(*embedding.probe->auc, *encoded.probe->auc);  // disentangling hides the domain
  EXPECT_EQ(encoded.artefacts.oos->probabilities, embedding.artefacts.oos->probabilities);
}

TEST(ReferenceEngine, ClassesAndDomainsMayBeAbsentFromAFold) {
  Study study = disentangled(0.1);
  const auto remove = [&](std::vector<std::uint32_t>& rows, const CodedColumn& column) {
    std::erase_if(rows, [&](std::uint32_t row) { return column.codes[row] == 1; });
  };
  remove(study.split.train, study.samples.domain);
  remove(study.split.validation, study.samples.domain);
  remove(study.split.test, study.samples.class_label);
  const FitResult result = study.run();
  EXPECT_EQ(result.solver.unconverged, 0);
  EXPECT_EQ(result.held_out.undefined_aucs, 1U);
  EXPECT_FALSE(result.held_out.classes[1].auc);
  ASSERT_EQ(result.probe->classes.size(), 3U);
  EXPECT_EQ(result.probe->classes[1].sensitivity.value_or(0), 0);  // probability 0: never named
}

TEST(ReferenceEngine, RefusesTrainingSamplesOfOneDomain) {
  Study study = disentangled(0.1);
  std::erase_if(study.split.train,
                [&](std::uint32_t row) { return study.samples.domain.codes[row] != 0; });
  EXPECT_EQ(study.failure(),
            "the training samples of this fold are all of one domain (there is nothing to "
            "disentangle). use fewer folds, or stratify by domain");
}

TEST(ReferenceEngine, SaysWhenALossIsNotFinite) {
  Study study(0.1);
  training_of(study.candidate).learning_rate = 1e30;
  EXPECT_THAT(study.failure(), ::testing::HasSubstr("loss is not finite"));
  training_of(study.candidate).learning_rate = 1e-3;
  for (float& value : study.embedding) value = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(study.failure(),
            "a training loss is not finite (class nan, domain 0; learning rate 0.001, lambda 0). "
            "lower the learning rate or lambda, or check the embedding");
  study.candidate.model = LinearModel{};
  EXPECT_THAT(study.failure(), ::testing::HasSubstr("logistic regression is not finite"));
}

TEST(ReferenceEngine, SaysWhenAValidationLossIsNotFinite) {
  Study study(0.1);
  for (const std::uint32_t row : study.split.validation) {
    study.embedding[row * study.dim] = std::numeric_limits<float>::quiet_NaN();
  }
  EXPECT_EQ(study.failure(),
            "the validation loss is not finite after epoch 1 (it is nan). lower the learning rate, "
            "or check the embedding");
}

TEST(ReferenceEngine, RefusesBatchesOfOneSample) {
  Study study(0.1);
  training_of(study.candidate).batch = 1;
  EXPECT_THAT(study.failure(), ::testing::HasSubstr("a mini-batch of one sample (batch size 1, "));
}

TEST(ReferenceEngine, SeesThroughThePlantedShortcut) {
  Study study = disentangled(0.3);
  training_of(study.candidate) = TrainingSettings{};
  training_of(study.candidate).epochs = 30;
  training_of(study.candidate).batch = 64;
  const FitResult remedy = study.run();
  study.candidate.model = BaselineModel{.training = training_of(study.candidate)};
  const FitResult baseline = study.run();
  EXPECT_GT(*baseline.probe->auc, 0.9);
  EXPECT_LT(*remedy.probe->auc, *baseline.probe->auc);
  EXPECT_GT(*remedy.oos->auc, *baseline.oos->auc + 0.02);
}

TEST(MakeEngine, RefusesADeviceThatIsNotThere) {
  const ComputeDevice device{
      .gpu = static_cast<std::uint32_t>(visible_cuda_devices(EngineKind::reference))};
  try {
    (void)make_engine(EngineKind::reference, device);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_EQ(error.what(), "device '" + name_of(device) + "' cannot be used (this LibTorch sees " +
                                std::to_string(visible_cuda_devices(EngineKind::reference)) +
                                " CUDA devices). choose a lower number or 'cpu'");
  }
}

TEST(NumericLibraries, NamesWhatTheNumbersHangOn) {
  const auto libraries = numeric_libraries(EngineKind::reference, {});
  std::vector<std::string> names;
  for (const auto& [name, version] : libraries) {
    names.push_back(name);
    EXPECT_FALSE(version.empty()) << name;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"onednn", "instruction set", "libtorch", "blas",
                                             "blas kernels"}));
}

/// Not the best that the processor has: a run may be held to a lesser one.
TEST(NumericLibraries, NameTheInstructionSetThatIsTrainedWith) {
  using Entry = std::pair<std::string, std::string>;
  for (const EngineKind engine : {EngineKind::lockstep, EngineKind::reference})
    for (const InstructionSet set : kInstructionSets) {
      const std::vector<Entry> libraries = numeric_libraries(engine, {.instruction_set = set});
      ASSERT_GE(libraries.size(), 2U);
      EXPECT_EQ(libraries[0], Entry("onednn", solve::product_library()));
      EXPECT_EQ(libraries[1], Entry("instruction set", name_of(set)));
    }
}

TEST(NumericLibraries, TheLockstepEngineNeedsNoBlas) {
  EXPECT_EQ(numeric_libraries(EngineKind::lockstep, {}).size(), 2U);
}

}  // namespace
}  // namespace crossfold
