// What a report makes of the parameters of a sweep's candidates: which is the simplest, and how
// much each matters.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/random_stream.h"
#include "crossfold/report/report.h"

#include "report/run_builder.h"
#include "report/swept_study.h"
#include "sweep/swept_fits.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;
using testing::swept_study;

SweepReport sweep_of(const RunRecords& records) {
  return build_report(records).tables.at(0).sweeps.at(0);
}

/// A sweep whose drawn candidates are these, equal in every score.
RunRecords sweep_of_equals(std::vector<Candidate> drawn) {
  const RunRecords base = swept_study();
  Job job = base.job;
  Experiment& experiment = job.experiments[0];
  experiment.sweep->select = {SelectionRule::one_se};
  experiment.candidates = std::move(drawn);
  for (std::size_t i = 0; i < experiment.candidates.size(); ++i)
    if (experiment.candidates[i].parameters.empty())
      experiment.candidates[i].parameters = {
          {.key = "training.batch", .value = static_cast<double>(i)}};
  RunRecords records = testing::empty_run(job, base.samples);
  testing::record_all(records,
                      [&](const Fit& fit) { return testing::even_result(records, fit, 0.5); });
  return records;
}

LambdaSchedule constant(double value) { return {.kind = ScheduleKind::constant, .from = value}; }

Candidate disentangled(const std::string& name, int epochs, const LambdaSchedule& shared,
                       std::vector<Adversary> adversaries) {
  Candidate made = testing::candidate(name, CandidateKind::disentangled);
  auto& model = std::get<DisentangledModel>(made.model);
  model.training.epochs = epochs;
  model.lambda = shared;
  model.adversaries = std::move(adversaries);
  return made;
}

/// Each adversary has its own lambda or, without one, the candidate's; the mean over the epochs of
/// what they are together.
TEST(SweptParameters, MeasuresSimplicityByTheLambdasOfAllAdversaries) {
  const LambdaSchedule falling{.kind = ScheduleKind::linear, .from = 8, .to = 0};
  const LambdaSchedule listed{.kind = ScheduleKind::table, .values = {1, 2, 6, 0}};
  const RunRecords records = sweep_of_equals(
      {disentangled("shared", 40, constant(3), {{.of = "domain"}}),
       disentangled("own", 40, constant(9), {{.of = "domain", .lambda = constant(2)}}),
       disentangled("first own", 40, constant(4),
                    {{.of = "domain", .lambda = constant(0.5)}, {.of = "sex"}}),
       disentangled("second own", 40, constant(4),
                    {{.of = "domain"}, {.of = "sex", .lambda = constant(0.5)}}),
       disentangled("all own", 40, constant(100),
                    {{.of = "domain", .lambda = constant(1)},
                     {.of = "age", .lambda = constant(16)},
                     {.of = "sex", .lambda = constant(0.25)}}),
       disentangled("falls over 16 epochs", 16, constant(0),
                    {{.of = "domain", .lambda = falling}, {.of = "sex"}}),
       disentangled("falls over 4 epochs", 4, falling,
                    {{.of = "domain"}, {.of = "sex", .lambda = listed}}),
       testing::candidate("baseline", CandidateKind::baseline)});
  const auto simplicity = selection_tables(swept_fits(records, 0, 0)).simplicity;
  // Falling from 8 in equal steps that would end at 0 after the last epoch: 8 (n + 1) / (2 n).
  const std::vector<std::optional<double>> expected{
      3, 2, 4.5, 4.5, 17.25, 8.0 * 17 / 32, 8.0 * 5 / 8 + 9.0 / 4, {}};  // a baseline has no lambda
  ASSERT_EQ(simplicity.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    SCOPED_TRACE(records.job.experiments[0].candidates[i].name);
    ASSERT_THAT(simplicity[i], SizeIs(1));
    ASSERT_EQ(simplicity[i][0].has_value(), expected[i].has_value());
    EXPECT_NEAR(simplicity[i][0].value_or(0), expected[i].value_or(0), 1e-12);
  }
}

TEST(SweptParameters, ChoosesTheSimplestByTheAdversariesOwnLambdas) {
  const auto own = [](const std::string& name, double lambda) {
    return disentangled(name, 40, constant(1), {{.of = "domain", .lambda = constant(lambda)}});
  };
  std::vector<Candidate> drawn{own("weak", 0.5), own("strong", 7), own("middle", 2)};
  for (std::size_t turn = 0; turn < drawn.size(); ++turn) {
    std::rotate(drawn.begin(), drawn.begin() + 1, drawn.end());
    EXPECT_EQ(sweep_of(sweep_of_equals(drawn)).choices.at(0).candidate, "strong");
  }
}

/// Every key of `simplest`, in the order of the job; what a candidate lacks, and a word, is empty.
TEST(SweptParameters, MeasuresSimplicityByAllKeysThatTheJobNames) {
  std::vector<Candidate> drawn(3, testing::candidate("d", CandidateKind::disentangled));
  drawn[0].parameters = {{"lambda.from", 3.0}, {"lambda.to", 0.5}, {"training.batch", 32.0}};
  drawn[1].parameters = {{"lambda.from", 1.0}};
  drawn[2].parameters = {{"lambda.from", "low"}, {"training.batch", 64.0}};
  RunRecords records = sweep_of_equals(drawn);
  records.job.experiments[0].sweep->simplest = {"training.batch", "lambda.from", "lambda.to"};
  using Row = std::vector<std::optional<double>>;
  EXPECT_THAT(selection_tables(swept_fits(records, 0, 0)).simplicity,
              ElementsAre(Row{32, 3, 0.5}, Row{{}, 1, {}}, Row{64, {}, {}}));
}

/// Candidates of several spaces, as many of each; a space's candidates have its keys.
struct DrawnSpaces {
  std::vector<std::string> spaces;             ///< as JSON text
  std::vector<std::vector<std::string>> keys;  ///< of each
};

/// Numbers from 1 to 1000 for every key, by which the scores differ; `logs` are given as
/// logarithms.
std::map<std::string, double> importance_in(const DrawnSpaces& drawn,
                                            const std::set<std::string>& logs) {
  constexpr std::size_t kOfEach = 30;
  std::vector<Candidate> candidates;
  std::vector<double> scores;
  RandomStream random({.root_seed = 11}, "draws");
  for (std::size_t i = 0; i < kOfEach * drawn.keys.size(); ++i) {
    candidates.push_back(testing::candidate("c" + std::to_string(i), CandidateKind::disentangled));
    scores.push_back(0.7);
    for (const std::string& key : drawn.keys[i / kOfEach]) {
      const double exponent = 3 * random.uniform();
      scores.back() -= 0.05 * std::abs(exponent - 1);
      const double value = std::pow(10, exponent);
      candidates.back().parameters.push_back(
          {.key = key, .value = logs.contains(key) ? std::log(value) : value});
    }
  }
  RunRecords records = sweep_of_equals(candidates);
  records.job.experiments[0].sweep->spaces = drawn.spaces;
  testing::record_all(records, [&](const Fit& fit) {
    return testing::even_result(records, fit, scores[fit.candidate]);
  });
  std::map<std::string, double> found;
  for (const sweep::ParameterImportance& one : sweep_of(records).importance)
    found.emplace(one.key, one.variance.value());
  return found;
}

/// Where a key is drawn by its logarithm, in whichever space, its importance is that of the
/// logarithms; that of all others is of the numbers themselves.
TEST(SweptParameters, MeasuresImportanceOnTheScaleOnWhichAKeyWasDrawn) {
  const DrawnSpaces drawn{
      .spaces = {R"({"a": {"log": [1, 1000]}, "b": {"uniform": [1, 1000]}, "c": {"log": [1, 1000]},
                     "both": {"log": [1, 1000]}, "mixed": {"uniform": [1, 1000]}})",
                 R"({"d": {"uniform": [1, 1000]}, "e": {"int": [1, 1000]},
                     "both": {"log": [1, 1000]}, "mixed": {"log": [1, 1000]}})",
                 R"({"f": {"choice": [{"g": {"log": [1, 1000]}}, {"g": {"log": [1, 500]}}]},
                     "h": {"log": [1, 1000]}, "i": {"uniform": [1, 1000]}})"},
      .keys = {{"a", "b", "c", "both", "mixed"}, {"d", "e", "both", "mixed"}, {"f.g", "h", "i"}}};
  const std::set<std::string> by_log{"a", "c", "both", "mixed", "f.g", "h"};
  const auto found = importance_in(drawn, {});
  const auto of_logarithms = importance_in({.spaces = {}, .keys = drawn.keys}, by_log);
  const auto of_numbers = importance_in({.spaces = {}, .keys = drawn.keys}, {});
  ASSERT_THAT(found, SizeIs(10));
  for (const auto& [key, variance] : found) {
    SCOPED_TRACE(key);
    const double expected = (by_log.contains(key) ? of_logarithms : of_numbers).at(key);
    EXPECT_NEAR(variance, expected, 1e-9 * expected);
    const double apart = std::abs(of_numbers.at(key) - of_logarithms.at(key));
    EXPECT_EQ(by_log.contains(key), apart > 1e-3 * expected) << "or nothing is seen";
  }
}

/// A weight decay, say, that one candidate draws by its logarithm and another takes from 0 and 0.5.
TEST(SweptParameters, MeasuresImportanceOfAKeyThatIsSomewhere0OnTheLinearScale) {
  std::vector<Candidate> drawn;
  for (int i = 0; i < 40; ++i) {
    drawn.push_back(testing::candidate("c" + std::to_string(i), CandidateKind::baseline));
    drawn.back().parameters = {
        {.key = "k", .value = i % 2 == 0 ? 0.5 * (i / 2 % 2) : std::pow(10, -0.1 * i)}};
  }
  RunRecords records = sweep_of_equals(drawn);
  testing::record_all(records, [&](const Fit& fit) {
    return testing::even_result(records, fit, 0.9 - 0.01 * fit.candidate);
  });
  const auto variance = [&](std::vector<std::string> spaces) {
    records.job.experiments[0].sweep->spaces = std::move(spaces);
    return sweep_of(records).importance.at(0).variance;
  };
  EXPECT_EQ(variance({R"({"k": {"choice": [0, 0.5]}})", R"({"k": {"log": [0.0001, 1]}})"}),
            variance({}));
}

}  // namespace
}  // namespace crossfold
