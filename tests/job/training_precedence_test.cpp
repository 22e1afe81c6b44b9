// Which training settings a candidate has where the job, the candidate and a branch of what it
// draws each give some.

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/job/job_json.h"

namespace crossfold {
namespace {

using nlohmann::json;

/// A training setting; the default is that of METHODS 5 and of the schema.
struct Key {
  const char* place;  ///< below "training"
  json fallback;
  json of_job;
  json of_candidate;
};

const std::vector<Key>& keys() {
  static const std::vector<Key> kKeys{{"/epochs", 200, 21, 33},
                                      {"/batch", 256, 32, 48},
                                      {"/learning_rate", 0.001, 0.02, 0.03},
                                      {"/weight_decay", 0.01, 0.2, 0.3},
                                      {"/model", "last", "best", "last"},
                                      {"/plateau/patience", 10, 4, 5},
                                      {"/plateau/factor", 0.1, 0.4, 0.5},
                                      {"/plateau/stop_after", 3, 6, 7},
                                      {"/plateau/min_improvement", 1e-6, 0.25, 0.5}};
  return kKeys;
}

/// How a setting is written.
enum class Form { number, grid, draw };

/// One value in the form; a grid or a draw of it alone.
json written(Form form, const json& value) {
  switch (form) {
    case Form::number:
      return value;
    case Form::grid:
      return {{"grid", json::array({value})}};
    case Form::draw:
      return {{"choice", json::array({value})}};
  }
  return {};
}

/// Which of the keys are given.
using Given = std::vector<std::size_t>;

Given only(std::size_t key) { return {key}; }
Given all_but(std::optional<std::size_t> key = {}) {
  Given given;
  for (std::size_t i = 0; i < keys().size(); ++i)
    if (i != key) given.push_back(i);
  return given;
}

json training_of_keys(const Given& given, json Key::*value, Form form) {
  json training = json::object();
  for (const std::size_t i : given) {
    const bool is_word = keys()[i].fallback.is_string();  // grids are of numbers
    training[json::json_pointer(keys()[i].place)] =
        written(is_word && form == Form::grid ? Form::number : form, keys()[i].*value);
  }
  return training;
}

/// The training settings in the canonical form: the defaults, then what wins over them.
json expected(const Given& of_job, const Given& of_candidate) {
  json training;
  for (const Key& key : keys()) training[json::json_pointer(key.place)] = key.fallback;
  for (const std::size_t i : of_job)
    training[json::json_pointer(keys()[i].place)] = keys()[i].of_job;
  for (const std::size_t i : of_candidate)
    training[json::json_pointer(keys()[i].place)] = keys()[i].of_candidate;
  return training;
}

bool has_draw(const json& value) {
  return value.is_object() &&
         (value.contains("choice") || std::any_of(value.begin(), value.end(), has_draw));
}

/// A job whose two experiments have a candidate with these settings of its own, in the first place
/// and in the last.
json job_with(const json& of_job, const std::string& kind, const json& own) {
  json candidate{{"kind", kind}, {"name", "own"}};
  if (!own.is_null()) candidate["training"] = own;
  const bool is_drawn = has_draw(of_job) || has_draw(own);
  json other{{"kind", "linear"}, {"name", "other"}};
  if (is_drawn) other["c"] = {{"choice", {2}}};
  json job = json::parse(R"({"name": "n", "store": "s", "embeddings": "a/b", "experiments": [
    {"name": "first"}, {"name": "second"}]})");
  if (!of_job.is_null()) job["training"] = of_job;
  job["experiments"][0]["candidates"] = {candidate, other};
  job["experiments"][1]["candidates"] = {other, candidate};
  if (is_drawn)
    for (json& experiment : job["experiments"]) experiment["sweep"] = {{"candidates", 1}};
  return job;
}

/// Of each of the candidates called "own...".
std::vector<json> trainings_in(const json& job) {
  std::vector<json> trainings;
  for (const Experiment& experiment : parse_job(job.dump(), "job.json").experiments)
    for (const Candidate& candidate : experiment.candidates)
      if (candidate.name.starts_with("own"))
        trainings.push_back(canonical_settings(candidate).at("training"));
  return trainings;
}

void expect_training(const json& of_job, const json& own, const json& wanted) {
  for (const char* kind : {"baseline", "disentangled"}) {
    const json job = job_with(of_job, kind, own);
    SCOPED_TRACE(job.dump());
    EXPECT_THAT(trainings_in(job), ::testing::ElementsAre(wanted, wanted));
  }
}

TEST(TrainingPrecedence, WithoutAnyAreTheDefaults) { expect_training({}, {}, expected({}, {})); }

TEST(TrainingPrecedence, OfTheJobAreInEveryNetwork) {
  for (std::size_t key = 0; key < keys().size(); ++key)
    for (const Form form : {Form::number, Form::grid, Form::draw})
      for (const Given& given : {only(key), all_but(key), all_but()})
        for (const json& own : {json(), json::object()})
          expect_training(training_of_keys(given, &Key::of_job, form), own, expected(given, {}));
}

TEST(TrainingPrecedence, OfACandidateWinOverTheJobsFieldByField) {
  for (std::size_t key = 0; key < keys().size(); ++key)
    for (const Form of_job : {Form::number, Form::grid, Form::draw})
      for (const Form own : {Form::number, Form::grid, Form::draw})
        for (const auto& [wide, narrow] :
             {std::pair(all_but(), only(key)), std::pair(only(key), all_but()),
              std::pair(only(key), all_but(key)), std::pair(all_but(key), only(key)),
              std::pair(only(key), only(key))})
          expect_training(training_of_keys(wide, &Key::of_job, of_job),
                          training_of_keys(narrow, &Key::of_candidate, own),
                          expected(wide, narrow));
}

TEST(TrainingPrecedence, OfABranchWinOverTheJobsFieldByField) {
  for (std::size_t key = 0; key < keys().size(); ++key)
    for (const Form of_job : {Form::number, Form::draw})
      for (const Form own : {Form::number, Form::draw})
        for (const auto& [wide, narrow] :
             {std::pair(all_but(), only(key)), std::pair(only(key), all_but()),
              std::pair(only(key), all_but(key))}) {
          const json branch = training_of_keys(narrow, &Key::of_candidate, own);
          expect_training(training_of_keys(wide, &Key::of_job, of_job),
                          {{"choice", json::array({branch})}}, expected(wide, narrow));
        }
}

/// Of the plateau rule alone, which may be chosen as a whole; the keys by their place below it.
json plateau_of(json Key::*value, const std::vector<std::size_t>& given) {
  return training_of_keys(given, value, Form::number).at("plateau");
}

TEST(TrainingPrecedence, OfAPlateauThatIsChosenWinOverTheJobsFieldByField) {
  constexpr std::size_t kFirst = 5, kLast = 8;  // those below "plateau"
  for (std::size_t key = kFirst; key <= kLast; ++key) {
    const json own = {
        {"plateau", {{"choice", json::array({plateau_of(&Key::of_candidate, {key})})}}}};
    expect_training(training_of_keys(all_but(), &Key::of_job, Form::number), own,
                    expected(all_but(), {key}));
    expect_training(training_of_keys(all_but(key), &Key::of_job, Form::draw), own,
                    expected(all_but(key), {key}));
  }
}

/// A choice is one value: a candidate's own object or choice stands in its place.
TEST(TrainingPrecedence, AChoiceOfTheJobGivesWayAsAWhole) {
  const json of_job = {
      {"plateau", {{"choice", json::array({plateau_of(&Key::of_job, all_but())})}}}};
  const json own = plateau_of(&Key::of_candidate, {6});
  expect_training(of_job, {}, expected({5, 6, 7, 8}, {}));
  expect_training(of_job, {{"epochs", 33}}, expected({5, 6, 7, 8}, {0}));
  expect_training(of_job, {{"plateau", own}}, expected({}, {6}));
  expect_training(of_job, {{"plateau", {{"choice", json::array({own})}}}}, expected({}, {6}));
}

/// Where the job draws a setting, the references have the default; all others are the job's.
TEST(TrainingPrecedence, ReferencesHaveTheJobsButForWhatIsDrawn) {
  for (std::size_t key = 0; key < keys().size(); ++key)
    for (const Form form : {Form::number, Form::grid, Form::draw}) {
      if (form == Form::grid && keys()[key].fallback.is_string()) continue;
      json of_job = training_of_keys(all_but(key), &Key::of_job, Form::number);
      of_job[json::json_pointer(keys()[key].place)] = written(form, keys()[key].of_job);
      json job = json::parse(R"({"name": "n", "store": "s", "embeddings": "a/b", "experiments": [
        {"name": "first"}, {"name": "second"}]})");
      job["training"] = of_job;
      for (json& experiment : job["experiments"]) {
        experiment["sweep"] = {{"candidates", 1}};
        experiment["candidates"] = json::parse(
            R"([{"kind": "disentangled", "name": "d", "lambda": {"from": {"choice": [3]}}}])");
      }
      SCOPED_TRACE(of_job.dump());
      const json wanted = expected(form == Form::number ? all_but() : all_but(key), {});
      for (const Experiment& experiment : parse_job(job.dump(), "job.json").experiments) {
        ASSERT_EQ(experiment.candidates.size(), 3U);
        EXPECT_EQ(experiment.candidates[0].name, "baseline");
        EXPECT_EQ(experiment.candidates[1].name, "paper default");
        for (std::size_t i = 0; i < 2; ++i)
          EXPECT_EQ(canonical_settings(experiment.candidates[i]).at("training"), wanted);
      }
    }
}

}  // namespace
}  // namespace crossfold
