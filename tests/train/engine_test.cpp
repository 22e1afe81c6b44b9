#include "crossfold/train/engine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/solve/logistic_regression.h"

#include "planted_candidates.h"
#include "train/lockstep/outcomes.h"

// What surrounds the numbers that are learnt, in both engines and for every kind of candidate: what
// a fit keeps, which sets and probes it is scored by, how it ends and what it is said to have
// taken.

namespace crossfold {
namespace {

using test::expect_same;
using test::message_of;
using Study = test::PlantedCandidates;
using Rows = std::vector<std::uint32_t>;

/// A candidate of each kind, the networks with a single epoch.
Study of_every_kind() {
  Study study(0.1);
  study.add(CandidateKind::linear);
  training_of(study.add(CandidateKind::baseline)).epochs = 1;
  training_of(study.add(CandidateKind::disentangled)).epochs = 1;
  return study;
}

/// Gives the experiment named sets, of which its split has these rows.
void name_sets(Study& study, std::vector<Rows> rows) {
  study.split.sets = std::move(rows);
  study.experiment.evaluate_sets.clear();
  for (std::size_t set = 0; set < study.split.sets.size(); ++set)
    study.experiment.evaluate_sets.push_back("set" + std::to_string(set));
}

/// Has the domain, the sex and an age that one in seven lacks probed, in the pool and each class.
void probe_all(Study& study) {
  study.add_sex();
  ProbedAttribute age{.name = "age", .values = std::vector<double>()};
  auto& ages = std::get<std::vector<double>>(age.values);
  for (std::size_t row = 0; row < study.samples.domain.codes.size(); ++row)
    ages.push_back(row % 7 == 0 ? std::nan("") : 20 + static_cast<double>(row * 13 % 60));
  study.samples.probed = {study.samples.adversaries.front(), age};
  study.experiment.probe_attributes = {"sex", "age"};
  study.experiment.probe_within = ProbeWithin::class_label;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

std::optional<ErrorCode> code_of(const std::exception_ptr& failure) {
  if (!failure) return std::nullopt;
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return error.code();
  }
}

class EngineOf : public ::testing::TestWithParam<EngineKind> {
 protected:
  [[nodiscard]] static std::vector<FitOutcome> trained(const std::vector<FitTask>& tasks) {
    return make_engine(GetParam(), {})->fit_cohort(tasks);
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, EngineOf,
                         ::testing::Values(EngineKind::lockstep, EngineKind::reference),
                         [](const auto& engine) {
                           return engine.param == EngineKind::lockstep ? "lockstep" : "reference";
                         });

TEST_P(EngineOf, AFitKeepsWhatItsOwnTaskAsksFor) {
  Study study = of_every_kind();
  name_sets(study, {study.split.test, study.samples.oos});
  std::vector<FitTask> tasks;
  for (unsigned wanted = 0; wanted < 8; ++wanted)
    for (FitTask task : study.tasks()) {
      task.keep_predictions = (wanted & 1U) != 0;
      task.keep_curves = (wanted & 2U) != 0;
      task.keep_features = (wanted & 4U) != 0;
      tasks.push_back(task);
    }
  const std::vector<FitOutcome> outcomes = trained(tasks);
  ASSERT_EQ(outcomes.size(), tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    SCOPED_TRACE(i);
    ASSERT_EQ(message_of(outcomes[i].failure), "");
    const FitTask& task = tasks[i];
    const FitResult& result = outcomes[i].result;
    const bool network = is_network(*task.candidate);
    EXPECT_EQ(result.artefacts.held_out.has_value(), task.keep_predictions);
    EXPECT_EQ(result.artefacts.oos.has_value(), task.keep_predictions);
    EXPECT_EQ(result.artefacts.sets.size(), task.keep_predictions ? 2U : 0U);
    EXPECT_EQ(result.artefacts.curves.has_value(), task.keep_curves && network);
    EXPECT_EQ(result.artefacts.features.has_value(), task.keep_features && network);
    const FitResult& first = outcomes[i % study.candidates.size()].result;  // keeps nothing
    EXPECT_EQ(result.held_out.auc, first.held_out.auc);
    EXPECT_EQ(result.oos->auc, first.oos->auc);
    ASSERT_EQ(result.sets.size(), 2U);
    EXPECT_EQ(result.sets[1].auc, first.sets[1].auc);
    EXPECT_EQ(result.probe->auc, first.probe->auc);
  }
}

/// Of sets that hold what is held out, many times over; nothing; what is out of sample; its last
/// sample.
void expect_sets(const FitResult& result, const std::vector<Rows>& sets) {
  const Artefacts& kept = result.artefacts;
  ASSERT_EQ(result.sets.size(), sets.size());
  ASSERT_EQ(kept.sets.size(), sets.size());
  for (std::size_t set = 0; set < sets.size(); ++set) {
    EXPECT_EQ(result.sets[set].samples, sets[set].size());
    EXPECT_EQ(kept.sets[set].rows, sets[set]);
    EXPECT_EQ(kept.sets[set].classes, 3U);
  }
  ASSERT_TRUE(kept.held_out && kept.oos);
  const std::vector<double>& once = kept.held_out->probabilities;
  ASSERT_FALSE(once.empty());
  std::vector<double> repeated;
  while (repeated.size() < kept.sets[0].probabilities.size())
    repeated.insert(repeated.end(), once.begin(), once.end());
  EXPECT_LT(largest_difference(kept.sets[0].probabilities, repeated), 1e-5);
  EXPECT_TRUE(kept.sets[1].probabilities.empty());
  EXPECT_FALSE(result.sets[1].auc);
  const std::vector<double>& oos = kept.oos->probabilities;
  ASSERT_GE(oos.size(), 3U);
  EXPECT_LT(largest_difference(kept.sets[2].probabilities, oos), 1e-6);
  EXPECT_NEAR(*result.sets[2].auc, *result.oos->auc, 1e-6);
  EXPECT_LT(largest_difference(kept.sets[3].probabilities, {oos.end() - 3, oos.end()}), 1e-5);
}

TEST_P(EngineOf, ScoresEachNamedSetByItsOwnRows) {
  Study study = of_every_kind();
  Rows often;  // more than any engine encodes at once
  for (int copy = 0; copy < 80; ++copy)
    often.insert(often.end(), study.split.test.begin(), study.split.test.end());
  name_sets(study, {often, {}, study.samples.oos, {study.samples.oos.back()}});
  for (const Standardize standardize : {Standardize::none, Standardize::train}) {
    study.experiment.standardize = standardize;
    for (const FitOutcome& outcome : trained(study.tasks())) {
      ASSERT_EQ(message_of(outcome.failure), "");
      expect_sets(outcome.result, study.split.sets);
    }
  }
}

TEST_P(EngineOf, ScoresOnlyWhatTheExperimentAsksFor) {
  Study study = of_every_kind();
  name_sets(study, {study.samples.oos});
  study.experiment.evaluate_sets.clear();
  study.experiment.evaluate_oos = false;
  study.experiment.probe.reset();
  for (const FitOutcome& outcome : trained(study.tasks())) {
    ASSERT_EQ(message_of(outcome.failure), "");
    EXPECT_TRUE(outcome.result.sets.empty());
    EXPECT_TRUE(outcome.result.artefacts.sets.empty());
    EXPECT_FALSE(outcome.result.oos);
    EXPECT_FALSE(outcome.result.artefacts.oos);
    EXPECT_FALSE(outcome.result.probe);
    EXPECT_TRUE(outcome.result.probes.empty());
  }
}

/// Class and domain exchanged everywhere is the same fit.
TEST_P(EngineOf, LearnsTheTargetWhicheverLabelItIs) {
  Study study = of_every_kind();
  study.experiment.weights = {Label::class_label};
  name_sets(study, {study.split.test});
  const std::vector<FitOutcome> of_class = trained(study.tasks());
  std::swap(study.samples.class_label, study.samples.domain);
  study.experiment.target = Label::domain;
  study.experiment.probe = Label::class_label;
  study.experiment.weights = {Label::domain};
  std::get<DisentangledModel>(study.candidates.back().model).adversaries = {{.of = "class"}};
  const std::vector<FitOutcome> of_domain = trained(study.tasks());
  for (std::size_t i = 0; i < of_class.size(); ++i) {
    SCOPED_TRACE(i);
    ASSERT_EQ(message_of(of_class[i].failure), "");
    ASSERT_EQ(message_of(of_domain[i].failure), "");
    expect_same(of_domain[i].result, of_class[i].result);
  }
}

/// What is probed, within which class, without a value and with one in the held-out fold.
using Probed = std::tuple<std::string, std::string, std::uint32_t, std::uint32_t>;

Probed counted_probe(const Study& study, const std::string& of,
                     std::optional<std::int32_t> within) {
  std::uint32_t missing = 0, samples = 0;
  for (const std::uint32_t row : study.split.test) {
    if (within && study.samples.class_label.codes[row] != *within) continue;
    const bool has_none = (of == "sex" && row % 5 == 0) || (of == "age" && row % 7 == 0);
    ++(has_none ? missing : samples);
  }
  const std::string name =
      within ? study.samples.class_label.levels[static_cast<std::size_t>(*within)] : "";
  return {of, name, missing, samples};
}

std::vector<Probed> counted_probes(const Study& study) {
  std::vector<Probed> probes;
  for (const char* of : {"sex", "age"}) probes.push_back(counted_probe(study, of, std::nullopt));
  for (std::int32_t class_label = 0; class_label < 3; ++class_label)
    for (const char* of : {"domain", "sex", "age"})
      probes.push_back(counted_probe(study, of, class_label));
  return probes;
}

void expect_probes(const FitResult& result, const std::vector<Probed>& expected) {
  std::vector<Probed> found;
  for (const ProbeResult& probe : result.probes) {
    found.emplace_back(probe.of, probe.within, probe.missing, probe.scores.samples);
    EXPECT_EQ(probe.scores.classes.size(), probe.of == "sex" ? 2U : 3U);
    EXPECT_EQ(probe.r2.has_value(), probe.of == "age");
  }
  EXPECT_EQ(found, expected);
}

TEST_P(EngineOf, ScoresTheProbesOfTheExperimentAndCountsTheirSolves) {
  Study study = of_every_kind();
  probe_all(study);
  const std::vector<Probed> expected = counted_probes(study);
  ASSERT_EQ(expected.size(), 11U);
  const std::vector<int> own_solves{1, 0, 1};  // itself, nothing, the domain head
  for (const ProbeOn probe_on : {ProbeOn::encoded, ProbeOn::embedding}) {
    study.experiment.probe_on = probe_on;
    const std::vector<FitOutcome> outcomes = trained(study.tasks());
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      SCOPED_TRACE(i);
      ASSERT_EQ(message_of(outcomes[i].failure), "");
      expect_probes(outcomes[i].result, expected);
      EXPECT_EQ(outcomes[i].result.probe->samples, study.split.test.size());
      EXPECT_EQ(outcomes[i].result.solver.solves, own_solves[i] + 1 + 11);
    }
  }
}

/// No network has a part in it, so that every candidate has the same; linear ones have no other.
TEST_P(EngineOf, ProbesOnTheEmbeddingAreTheSameForEveryCandidate) {
  Study study = of_every_kind();
  probe_all(study);
  study.experiment.standardize = Standardize::train;
  study.experiment.probe_on = ProbeOn::embedding;
  const std::vector<FitOutcome> outcomes = trained(study.tasks());
  study.experiment.probe_on = ProbeOn::encoded;
  const std::vector<FitOutcome> encoded = trained(study.tasks());
  const FitResult& linear = outcomes.front().result;
  ASSERT_EQ(linear.probes.size(), 11U);
  EXPECT_EQ(encoded.front().result.probe->auc, linear.probe->auc);
  for (std::size_t i = 1; i < outcomes.size(); ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(outcomes[i].result.probe->auc, linear.probe->auc);
    ASSERT_EQ(outcomes[i].result.probes.size(), 11U);
    EXPECT_NE(encoded[i].result.probes[1].r2, linear.probes[1].r2);
    for (std::size_t probe = 0; probe < 11; ++probe) {
      EXPECT_EQ(outcomes[i].result.probes[probe].scores.auc, linear.probes[probe].scores.auc);
      EXPECT_EQ(outcomes[i].result.probes[probe].r2, linear.probes[probe].r2);
    }
  }
}

TEST_P(EngineOf, AProbeOfASingleLevelFailsTheFitsAloneThatHaveIt) {
  Study study = of_every_kind();
  study.candidates.pop_back();  // would forget that label
  for (std::int32_t& code : study.samples.domain.codes) code = 0;
  Experiment without = study.experiment;
  without.probe.reset();
  std::vector<FitTask> tasks;
  for (const Experiment* experiment : {&study.experiment, &without, &study.experiment})
    for (FitTask task : study.tasks()) {
      task.experiment = experiment;
      tasks.push_back(task);
    }
  const std::vector<FitOutcome> outcomes = trained(tasks);
  const std::string refused = "only one level occurs among the " +
                              std::to_string(all_other_folds(study.split).size()) +
                              " samples of a logistic regression (there is nothing to tell apart). "
                              "use other samples or another label";
  for (std::size_t i = 0; i < tasks.size(); ++i)
    EXPECT_EQ(message_of(outcomes[i].failure), tasks[i].experiment == &without ? "" : refused) << i;
}

TEST_P(EngineOf, AFitThatIsToldToStopLeavesTheOthersAlone) {
  const Study study = of_every_kind();
  const std::atomic<bool> stop = true;
  const std::atomic<bool> go_on = false;
  std::vector<FitTask> tasks;
  for (const std::atomic<bool>* told :
       std::vector<const std::atomic<bool>*>{nullptr, &stop, &go_on})
    for (FitTask task : study.tasks()) {
      task.cancel = told;
      tasks.push_back(task);
    }
  const std::vector<FitOutcome> alone = trained(study.tasks());
  const std::vector<FitOutcome> outcomes = trained(tasks);
  ASSERT_EQ(outcomes.size(), tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    SCOPED_TRACE(i);
    if (tasks[i].cancel == &stop) {
      EXPECT_EQ(code_of(outcomes[i].failure), ErrorCode::stopped);
    } else {
      ASSERT_EQ(message_of(outcomes[i].failure), "");
      expect_same(outcomes[i].result, alone[i % alone.size()].result);
    }
  }
}

/// Also where they end at different times, and one of them fails.
TEST_P(EngineOf, TheSecondsOfACohortAddUpToNoMoreThanItTook) {
  Study study = of_every_kind();
  training_of(study.add(CandidateKind::baseline)).epochs = 4;
  training_of(study.add(CandidateKind::disentangled)).epochs = 2;
  study.add_sex();  // all of one
  for (std::int32_t& code : std::get<CodedColumn>(study.samples.adversaries[0].values).codes)
    code = 0;
  std::get<DisentangledModel>(study.add(CandidateKind::disentangled).model).adversaries = {
      {.of = "sex"}};
  const std::vector<FitTask> tasks = study.tasks();
  const auto engine = make_engine(GetParam(), {});
  const auto start = std::chrono::steady_clock::now();
  const std::vector<FitOutcome> outcomes = engine->fit_cohort(tasks);
  const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - start;
  EXPECT_NE(message_of(outcomes.back().failure), "");
  double sum = 0;
  for (const FitOutcome& outcome : outcomes) {
    if (!outcome.failure) {
      EXPECT_GT(outcome.result.seconds, 0);
    }
    sum += outcome.result.seconds;
  }
  EXPECT_LE(sum, waited.count());
}

/// When a fit is to end, and when it does: epochs, how often the rule struck, why, and the learning
/// rate of each epoch as a multiple of the first.
struct Ending {
  int epochs = 0;
  int patience = 0;
  int stop_after = 0;
  int struck = 0;
  StopReason stop = StopReason::epochs;
  std::vector<double> rates;  ///< as many as epochs were run
};

/// Once the first epoch is over no loss is an improvement any more.
TEST_P(EngineOf, EachFitOfACohortEndsByItsOwnEpochsAndPlateauRule) {
  const std::vector<Ending> endings{
      {1, 0, 1, 0, StopReason::epochs, {1}},
      {2, 0, 1, 1, StopReason::plateau, {1, 1}},
      {2, 0, 2, 1, StopReason::epochs, {1, 1}},
      {3, 0, 2, 2, StopReason::plateau, {1, 1, 0.5}},
      {9, 0, 2, 2, StopReason::plateau, {1, 1, 0.5}},
      {6, 1, 3, 2, StopReason::epochs, {1, 1, 1, 0.5, 0.5, 0.25}},
      {9, 1, 3, 3, StopReason::plateau, {1, 1, 1, 0.5, 0.5, 0.25, 0.25}},
      {4, 9, 1, 0, StopReason::epochs, {1, 1, 1, 1}}};
  Study study(0.05);
  for (const Ending& ending : endings) {
    TrainingSettings& training = training_of(study.add(CandidateKind::baseline));
    training.epochs = ending.epochs;
    training.plateau = {.patience = ending.patience,
                        .factor = 0.5,
                        .stop_after = ending.stop_after,
                        .min_improvement = 1e6};
    training.model = study.candidates.size() % 2 == 0 ? ScoredModel::best : ScoredModel::last;
  }
  const std::vector<FitOutcome> outcomes = trained(study.tasks());
  for (std::size_t i = 0; i < endings.size(); ++i) {
    SCOPED_TRACE(i);
    ASSERT_EQ(message_of(outcomes[i].failure), "");
    const Ending& expected = endings[i];
    const TrainingFacts& facts = outcomes[i].result.training;
    EXPECT_EQ(static_cast<std::size_t>(facts.epochs), expected.rates.size());
    EXPECT_EQ(facts.learning_rate_drops, expected.struck);
    EXPECT_EQ(facts.stop, expected.stop);
    const Curves& curves = *outcomes[i].result.artefacts.curves;
    ASSERT_EQ(curves.learning_rate.size(), expected.rates.size());
    for (std::size_t epoch = 0; epoch < expected.rates.size(); ++epoch)
      EXPECT_DOUBLE_EQ(curves.learning_rate[epoch], 1e-3 * expected.rates[epoch]);
    const std::vector<double>& losses = curves.validation_loss;
    ASSERT_EQ(losses.size(), expected.rates.size());
    const bool best = training_of(study.candidates[i]).model == ScoredModel::best;
    EXPECT_EQ(facts.validation_loss,
              best ? *std::min_element(losses.begin(), losses.end()) : losses.back());
  }
}

/// Splits with and without validation samples, other probes, other scaling and weights, other sets.
TEST(LockstepEngine, AFitsBitsDoNotDependOnTheExperimentsOfItsCohort) {
  Study study = of_every_kind();
  study.candidates.erase(study.candidates.begin());  // the linear one, which has no cohort
  probe_all(study);
  Experiment plain = study.experiment;
  plain.probe.reset();
  plain.probe_attributes.clear();
  plain.probe_within = ProbeWithin::pool;
  plain.evaluate_oos = false;
  Experiment other = study.experiment;
  other.standardize = Standardize::train;
  other.weights = {Label::class_label};
  other.probe_on = ProbeOn::embedding;
  other.evaluate_sets = {"near"};
  study.split.sets = {study.samples.oos};
  Split whole = study.split;
  whole.train = all_other_folds(study.split);
  whole.validation.clear();
  std::vector<FitTask> tasks;
  for (const Experiment* experiment : {&plain, &study.experiment, &other})
    for (const Split* split : {&study.split, &whole})
      for (FitTask task : study.tasks()) {
        task.experiment = experiment;
        task.split = split;
        tasks.push_back(task);
      }
  const std::vector<FitOutcome> together = make_engine(EngineKind::lockstep, {})->fit_cohort(tasks);
  ASSERT_EQ(together.size(), tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    SCOPED_TRACE(i);
    ASSERT_EQ(message_of(together[i].failure), "");
    expect_same(together[i].result, make_engine(EngineKind::lockstep, {})->fit(tasks[i]));
  }
}

/// n / (k m) for each of the m samples of one of k levels, or pairs of levels, that n samples have.
std::vector<float> balanced_weights(const Study& study, const Rows& rows) {
  using Cell = std::pair<std::int32_t, std::int32_t>;
  const auto cell_of = [&](std::uint32_t row) {
    Cell cell{-1, -1};
    for (const Label label : study.experiment.weights)
      (label == Label::class_label ? cell.first : cell.second) =
          study.samples.column(label).codes[row];
    return cell;
  };
  std::map<Cell, double> counts;
  for (const std::uint32_t row : rows) counts[cell_of(row)] += 1;
  std::vector<float> weights;
  for (const std::uint32_t row : rows)
    weights.push_back(
        static_cast<float>(static_cast<double>(rows.size()) /
                           (static_cast<double>(counts.size()) * counts.at(cell_of(row)))));
  return weights;
}

/// Those set aside for validation included, which a linear model has no use for.
TEST(LinearFit, WeighsTheSamplesOfAllOtherFolds) {
  Study study(0.1);
  study.add(CandidateKind::linear);
  const Rows rows = all_other_folds(study.split);
  ASSERT_GT(rows.size(), study.split.train.size());
  const auto features_of = [&](const Rows& some) {
    return FeatureRows{
        .values = study.embedding, .dim = study.dim, .rows = some, .scaling = nullptr};
  };
  std::vector<std::int32_t> labels;
  for (const std::uint32_t row : rows) labels.push_back(study.samples.class_label.codes[row]);
  const auto found = [&] {
    return study.run(EngineKind::lockstep).front().result.artefacts.held_out->probabilities;
  };
  const std::vector<double> plain = found();
  using By = std::vector<Label>;
  for (const By& by :
       {By{Label::class_label}, By{Label::domain}, By{Label::class_label, Label::domain}}) {
    study.experiment.weights = by;
    const std::vector<float> weights = balanced_weights(study, rows);
    const LogisticFit fit = fit_logistic(features_of(rows), labels, 3, {.weights = weights});
    EXPECT_LT(largest_difference(found(), probabilities(fit.model, features_of(study.split.test))),
              1e-6);
    EXPECT_NE(found(), plain);
  }
}

}  // namespace
}  // namespace crossfold
