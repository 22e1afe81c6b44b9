#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/job/job_json.h"

#include "job/refused_job.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of_job;

/// A sound job in which `from` is replaced by `to`.
std::string job_with(const std::string& from = "", const std::string& to = "") {
  std::string text = R"({
  "name": "study", "store": "s.h5", "seed": 1, "embeddings": ["net/raw"],
  "experiments": [
    {"name": "task", "evaluate": ["in", "oos"], "probe": "domain",
     "candidates": [{"kind": "baseline"}, {"kind": "disentangled", "lambda": {"from": 10}}]}],
  "splits": {"folds": 5},
  "training": {"epochs": 20}
})";
  if (!from.empty()) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  }
  return text;
}

TEST(ParseJob, FillsInThePapersDefaults) {
  const Job job = parse_job(job_with(), "job.json");
  EXPECT_EQ(job.splits.seeds, 5);
  EXPECT_EQ(job.splits.folds, 5);
  EXPECT_DOUBLE_EQ(job.splits.validation, 0.1);
  ASSERT_EQ(job.experiments.size(), 1U);
  const Experiment& experiment = job.experiments[0];
  EXPECT_EQ(experiment.target, Label::class_label);
  EXPECT_EQ(experiment.stratify, Label::class_label);
  EXPECT_TRUE(experiment.evaluate_oos);
  EXPECT_EQ(experiment.probe, Label::domain);
  EXPECT_THAT(experiment.samples.role, ElementsAre(Role::in));
  ASSERT_EQ(experiment.candidates.size(), 2U);
  const Candidate& disentangled = experiment.candidates[1];
  EXPECT_EQ(disentangled.name, "disentangled");
  EXPECT_EQ(std::get<DisentangledModel>(disentangled.model).lambda.kind, ScheduleKind::exponential);
  EXPECT_DOUBLE_EQ(std::get<DisentangledModel>(disentangled.model).lambda.from, 10);
  EXPECT_DOUBLE_EQ(std::get<DisentangledModel>(disentangled.model).lambda.to, 1);
  EXPECT_EQ(training_of(disentangled).epochs, 20);
  EXPECT_EQ(training_of(disentangled).batch, 256);
  EXPECT_DOUBLE_EQ(training_of(disentangled).learning_rate, 1e-3);
  EXPECT_DOUBLE_EQ(training_of(disentangled).weight_decay, 0.01);
  EXPECT_EQ(training_of(disentangled).plateau.patience, 10);
  EXPECT_EQ(training_of(disentangled).plateau.stop_after, 3);
}

TEST(ParseJob, RefusesAMisspeltKeyAndSuggestsTheRightOne) {
  EXPECT_EQ(message_of_job(job_with("\"splits\"", "\"split\"")),
            "job.json: /split: is not a known key. did you mean 'splits'?");
  EXPECT_EQ(message_of_job(job_with("\"epochs\"", "\"epocs\"")),
            "job.json: /training/epocs: is not a known key. did you mean 'epochs'?");
}

TEST(ParseJob, RefusesADuplicateKey) {
  EXPECT_EQ(message_of_job(job_with("\"seed\": 1", "\"seed\": 1, \"seed\": 2")),
            "job.json: /seed: the key stands here twice (only one value can hold). remove one");
}

TEST(ParseJob, RefusesMistypedValues) {
  EXPECT_EQ(message_of_job(job_with("\"folds\": 5", "\"folds\": 5.0")),
            "job.json: /splits/folds: must be a whole number (5.0 was found)");
  EXPECT_EQ(message_of_job(job_with("\"folds\": 5", "\"folds\": true")),
            "job.json: /splits/folds: must be a whole number (true was found)");
  EXPECT_EQ(message_of_job(job_with("\"seed\": 1", "\"seed\": -1")),
            "job.json: /seed: must be a whole number of 0 to 18446744073709551615 (-1 was found)");
  EXPECT_EQ(message_of_job(job_with("\"name\": \"study\"", "\"name\": 3")),
            "job.json: /name: must be a text that is not empty (3 was found)");
}

TEST(ParseJob, RefusesValuesOutOfRange) {
  EXPECT_EQ(message_of_job(job_with("\"folds\": 5", "\"folds\": 1")),
            "job.json: /splits/folds: is 1 (out of range). take a whole number of 2 to 1000000");
  EXPECT_EQ(message_of_job(job_with("\"from\": 10", "\"from\": 0")),
            "job.json: /experiments/0/candidates/1/lambda/from: is 0 (out of range). take a number "
            "above 0 and at most 1000000000");
}

TEST(ParseJob, RefusesKeysThatTheChosenKindDoesNotUse) {
  EXPECT_EQ(message_of_job(job_with("{\"kind\": \"baseline\"}",
                                    "{\"kind\": \"baseline\", \"lambda\": {\"from\": 3}}")),
            "job.json: /experiments/0/candidates/0/lambda: is not used by a candidate of kind "
            "'baseline'. remove it");
  EXPECT_EQ(message_of_job(job_with("{\"from\": 10}", "{\"schedule\": \"constant\", \"to\": 1}")),
            "job.json: /experiments/0/candidates/1/lambda/to: is not used by the schedule "
            "'constant'. remove it or choose another schedule");
}

TEST(ParseJob, RefusesAnUnknownKind) {
  EXPECT_EQ(
      message_of_job(job_with("\"kind\": \"baseline\"", "\"kind\": \"base\"")),
      "job.json: /experiments/0/candidates/0/kind: is \"base\" (not known here). choose one of "
      "linear, baseline, disentangled");
}

TEST(ParseJob, NamesEveryKnownKeyBesideOneThatIsNot) {
  EXPECT_EQ(message_of_job(job_with("\"splits\"", "\"unheard_of\"")),
            "job.json: /unheard_of: is not a known key (known here: cohort, embeddings, engine, "
            "experiments, format, format_version, name, output, roles, seed, sets, splits, store, "
            "training, warm_start). remove it");
}

TEST(ParseJob, NamesEveryErrorAtOnce) {
  const std::string message =
      message_of_job(R"({"name": "x", "stor": "s.h5", "embeddings": [], "experiments": [{}],
                     "splits": {"folds": 0}, "training": {"batch": 1}})");
  EXPECT_THAT(message, HasSubstr("job.json: 7 errors\n"));
  EXPECT_THAT(message, HasSubstr("  /store: is missing (there is no default). add it"));
  EXPECT_THAT(message, HasSubstr("  /stor: is not a known key. did you mean 'store'?"));
  EXPECT_THAT(message, HasSubstr("  /embeddings: must be a text or a list of texts that are not "
                                 "empty ([] was found)"));
  EXPECT_THAT(message, HasSubstr("  /experiments/0/name: is missing"));
  EXPECT_THAT(message, HasSubstr("  /experiments/0/candidates: is missing"));
  EXPECT_THAT(message, HasSubstr("  /splits/folds: is 0 (out of range)"));
  EXPECT_THAT(message, HasSubstr("  /training/batch: is 1 (out of range)"));
}

TEST(ParseJob, TellsAnErrorInJobWideTrainingOnce) {
  EXPECT_EQ(message_of_job(job_with("\"epochs\": 20", "\"epochs\": 0")),
            "job.json: /training/epochs: is 0 (out of range). take a whole number of 1 to 1000000");
}

TEST(ParseJob, RefusesTrainingThatNothingUses) {
  const std::string text = R"({"name": "x", "store": "s", "embeddings": "a/b",
    "experiments": [{"name": "e", "target": "domain", "candidates": [{"kind": "linear"}]}],
    "training": {"epochs": 5}})";
  EXPECT_EQ(message_of_job(text),
            "job.json: /training: is not used (every candidate is of kind 'linear'). remove it");
}

TEST(ParseJob, RefusesOosSamplesThatWouldBeTrainedOn) {
  EXPECT_THAT(message_of_job(
                  job_with("\"probe\": \"domain\",",
                           "\"probe\": \"domain\", \"samples\": {\"role\": [\"in\", \"oos\"]},")),
              HasSubstr("/experiments/0/evaluate: has \"oos\" while 'samples' takes oos samples"));
}

TEST(ParseJob, SaysWhereBrokenJsonBreaks) {
  EXPECT_THAT(message_of_job("{\"name\": \"x\",\n \"seed\" 3}"),
              HasSubstr("job.json: is not valid JSON (parse error at line 2, column 9"));
}

TEST(ParseJob, ATableScheduleNeedsOneNumberForEachEpoch) {
  EXPECT_EQ(
      message_of_job(job_with("{\"from\": 10}", "{\"schedule\": \"table\", \"values\": [1, 2]}")),
      "job.json: /experiments/0/candidates/1/lambda/values: has 2 numbers (training.epochs is "
      "20). give one number for each epoch");
}

TEST(Grid, ExpandsIntoNamedCandidates) {
  const Job job = parse_job(
      job_with("{\"from\": 10}", "{\"from\": {\"grid\": [1, 3]}, \"to\": {\"grid\": [0.5, 1]}}"),
      "job.json");
  std::vector<std::string> names;
  for (const Candidate& candidate : job.experiments[0].candidates) names.push_back(candidate.name);
  EXPECT_THAT(names, ElementsAre("baseline", "disentangled[lambda.from=1,lambda.to=0.5]",
                                 "disentangled[lambda.from=1,lambda.to=1]",
                                 "disentangled[lambda.from=3,lambda.to=0.5]",
                                 "disentangled[lambda.from=3,lambda.to=1]"));
  EXPECT_DOUBLE_EQ(std::get<DisentangledModel>(job.experiments[0].candidates[3].model).lambda.from,
                   3);
  EXPECT_DOUBLE_EQ(std::get<DisentangledModel>(job.experiments[0].candidates[3].model).lambda.to,
                   0.5);
}

TEST(Grid, InJobWideTrainingExpandsEveryTrainedCandidate) {
  const Job job = parse_job(
      job_with("\"epochs\": 20", "\"epochs\": 20, \"learning_rate\": {\"grid\": [0.001, 0.01]}"),
      "job.json");
  ASSERT_EQ(job.experiments[0].candidates.size(), 4U);
  EXPECT_EQ(job.experiments[0].candidates[1].name, "baseline[training.learning_rate=0.01]");
  EXPECT_DOUBLE_EQ(training_of(job.experiments[0].candidates[1]).learning_rate, 0.01);
  EXPECT_EQ(training_of(job.experiments[0].candidates[1]).epochs, 20);
}

TEST(Grid, RefusesBadGrids) {
  EXPECT_EQ(
      message_of_job(job_with("{\"from\": 10}", "{\"from\": {\"grid\": []}}")),
      "job.json: 2 errors\n"
      "  /experiments/0/candidates/1/lambda/from/grid: must be a list of numbers that is not "
      "empty ([] was found)\n"
      "  /experiments/0/candidates/1/lambda/from: must be a number ({\"grid\":[]} was found)");
  EXPECT_THAT(
      message_of_job(job_with("{\"from\": 10}", "{\"from\": {\"grid\": [1, 1]}}")),
      HasSubstr("/lambda/from/grid/1: is 1 a second time (each candidate is trained once)"));
  EXPECT_THAT(message_of_job(job_with("\"folds\": 5", "\"folds\": {\"grid\": [5, 10]}")),
              HasSubstr("/splits/folds: must be a whole number ({\"grid\":[5,10]} was found)"));
}

TEST(CanonicalJob, IsAJobThatReadsBackToTheSame) {
  const Job job = parse_job(job_with("{\"from\": 10}", "{\"from\": {\"grid\": [1, 3]}}"), "a");
  const std::string canonical = canonical_job(job).dump();
  EXPECT_EQ(canonical_job(parse_job(canonical, "b")).dump(), canonical);
}

TEST(CanonicalJob, HashDoesNotDependOnKeyOrderOrThePlaceOfTheStore) {
  const std::string hash = job_hash(parse_job(job_with(), "a"));
  EXPECT_EQ(job_hash(parse_job(job_with("\"store\": \"s.h5\", \"seed\": 1",
                                        "\"seed\": 1, \"store\": \"elsewhere/s.h5\""),
                               "b")),
            hash);
  EXPECT_NE(job_hash(parse_job(job_with("\"seed\": 1", "\"seed\": 2"), "c")), hash);
}

TEST(DifferingFields, NamesEachFieldWithBothValues) {
  const auto before = canonical_job(parse_job(job_with(), "a"));
  const auto after = canonical_job(parse_job(job_with("\"seed\": 1", "\"seed\": 2"), "b"));
  EXPECT_THAT(differing_fields(before, after), ElementsAre("/seed: 1 -> 2"));
}

}  // namespace
}  // namespace crossfold
