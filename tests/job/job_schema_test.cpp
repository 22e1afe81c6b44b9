#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/job/job.h"
#include "crossfold/job/job_json.h"
#include "crossfold/job/names.h"

namespace crossfold {
namespace {

using nlohmann::json;

json schema() {
  std::ifstream file(CROSSFOLD_SOURCE_DIR "/data-schemas/job.schema.json");
  return json::parse(file);
}

/// The property at `path` ("/definitions/training/properties/batch").
json property(const std::string& path) { return schema().at(json::json_pointer(path)); }

std::vector<std::string> keys_of(const json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

/// A job that uses every kind of candidate and schedule, all settings at their defaults.
json canonical_with(const std::string& candidate) {
  const std::string text = R"({"name": "n", "store": "s", "embeddings": "a/b", "experiments": [
    {"name": "e", "probe": "domain", "candidates": [)" +
                           candidate + "]}]}";
  return canonical_job(parse_job(text, "job"));
}

void expect_same_default(const json& value, const std::string& path) {
  const json described = property(path);
  ASSERT_TRUE(described.contains("default")) << path;
  EXPECT_EQ(described.at("default"), value) << path;
}

TEST(JobSchema, DefaultsAreThoseOfTheStructs) {
  const TrainingSettings training;
  const std::string at = "/definitions/training/properties/";
  expect_same_default(training.epochs, at + "epochs");
  expect_same_default(training.batch, at + "batch");
  expect_same_default(training.learning_rate, at + "learning_rate");
  expect_same_default(training.weight_decay, at + "weight_decay");
  expect_same_default(name_of(training.model), at + "model");
  const std::string plateau = "/definitions/plateau/properties/";
  expect_same_default(training.plateau.patience, plateau + "patience");
  expect_same_default(training.plateau.factor, plateau + "factor");
  expect_same_default(training.plateau.stop_after, plateau + "stop_after");
  expect_same_default(training.plateau.min_improvement, plateau + "min_improvement");

  const LambdaSchedule lambda;
  const std::string schedule = "/definitions/lambda/properties/";
  expect_same_default(name_of(lambda.kind), schedule + "schedule");
  expect_same_default(lambda.from, schedule + "from");
  expect_same_default(lambda.to, schedule + "to");
  expect_same_default(lambda.gamma, schedule + "gamma");
  expect_same_default(lambda.factor, schedule + "factor");
  expect_same_default(lambda.every, schedule + "every");
  expect_same_default(lambda.warm_up, schedule + "warm_up");

  const SplitSettings splits;
  expect_same_default(splits.folds, "/properties/splits/properties/folds");
  expect_same_default(splits.seeds, "/properties/splits/properties/seeds");
  expect_same_default(splits.validation, "/properties/splits/properties/validation");
  const OutputSettings output;
  expect_same_default(output.predictions, "/properties/output/properties/predictions");
  expect_same_default(output.curves, "/properties/output/properties/curves");
  expect_same_default(name_of(output.features), "/properties/output/properties/features");
  expect_same_default(LinearModel{}.c, "/definitions/candidate/properties/c");
  expect_same_default(name_of(DisentangledModel{}.domain_head),
                      "/definitions/candidate/properties/domain_head");
  expect_same_default(name_of(Experiment{}.probe_on),
                      "/definitions/experiment/properties/probe_on");
  expect_same_default(name_of(Experiment{}.standardize),
                      "/definitions/experiment/properties/standardize");
}

TEST(JobSchema, NamesAreThoseOfTheProgram) {
  EXPECT_EQ(property("/definitions/lambda/properties/schedule/oneOf/0/enum"),
            json(names_of<ScheduleKind>()));
  EXPECT_EQ(property("/definitions/candidate/properties/kind/enum"),
            json(names_of<CandidateKind>()));
  EXPECT_EQ(property("/definitions/candidate/properties/domain_head/oneOf/0/enum"),
            json(names_of<DomainHead>()));
  EXPECT_EQ(property("/definitions/training/properties/model/oneOf/0/enum"),
            json(names_of<ScoredModel>()));
  EXPECT_EQ(property("/definitions/experiment/properties/target/enum"), json(names_of<Label>()));
  EXPECT_EQ(property("/definitions/experiment/properties/probe_on/enum"),
            json(names_of<ProbeOn>()));
  EXPECT_EQ(property("/definitions/experiment/properties/standardize/enum"),
            json(names_of<Standardize>()));
  EXPECT_EQ(property("/properties/output/properties/features/enum"),
            json(names_of<FeatureOutput>()));
}

TEST(JobSchema, KnowsEveryKeyOfTheCanonicalForm) {
  const json described = schema();
  const json job = canonical_with(R"({"kind": "linear"}, {"kind": "disentangled"})");
  for (const std::string& key : keys_of(job))
    EXPECT_TRUE(described["properties"].contains(key)) << key;
  for (const std::string& key : keys_of(job["experiments"][0]))
    EXPECT_TRUE(described["definitions"]["experiment"]["properties"].contains(key)) << key;
  for (const json& candidate : job["experiments"][0]["candidates"])
    for (const std::string& key : keys_of(candidate))
      EXPECT_TRUE(described["definitions"]["candidate"]["properties"].contains(key)) << key;
}

/// Each key that the schema allows for training is also read by the program.
TEST(JobSchema, EveryTrainingKeyIsRead) {
  const auto expect_read = [](const json& training) {
    const std::string candidate = json{{"kind", "baseline"}, {"training", training}}.dump();
    EXPECT_NO_THROW(static_cast<void>(canonical_with(candidate))) << candidate;
  };
  const json settings = property("/definitions/training/properties");
  for (const auto& [key, value] : settings.items())
    if (key != "plateau") expect_read({{key, value.at("default")}});
  const json rule = property("/definitions/plateau/properties");
  for (const auto& [key, value] : rule.items())
    expect_read({{"plateau", {{key, value.at("default")}}}});
}

}  // namespace
}  // namespace crossfold
