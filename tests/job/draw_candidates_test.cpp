#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/job/point_sequence.h"
#include "crossfold/job/search_space_json.h"

#include "job/sweep_job.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using testing::message_of;
using testing::names_in;
using testing::read;
using testing::sweep_job;
using testing::sweep_job_with;
using testing::sweep_with;
using testing::tpe_job;

constexpr const char* kEntry = "/experiments/0/candidates/0";

std::vector<Candidate> drawn(const json& job) {
  std::vector<Candidate> candidates;
  const Job read_job = read(job);
  for (const Candidate& candidate : read_job.experiments[0].candidates)
    if (!candidate.parameters.empty()) candidates.push_back(candidate);
  return candidates;
}

/// sweep_job() with one linear candidate, and `count` draws of its c.
json linear_job(const json& c, int count) {
  json job = sweep_job_with(kEntry, {{"kind", "linear"}, {"c", c}});
  job["experiments"][0]["sweep"]["candidates"] = count;
  return job;
}

TEST(DrawCandidates, GivesAsManyAsAreAskedForAllDifferent) {
  const std::vector<Candidate> candidates = drawn(sweep_with("candidates", 500));
  std::set<std::string> names;
  for (const Candidate& candidate : candidates) names.insert(candidate.name);
  EXPECT_EQ(candidates.size(), 500U);
  EXPECT_EQ(names.size(), 500U);
}

TEST(DrawCandidates, TheNameTheParametersAndTheSettingsSayTheSameNumber) {
  for (const Candidate& candidate : drawn(sweep_job())) {
    std::string name;
    for (const Parameter& parameter : candidate.parameters)
      name += (name.empty() ? "" : ",") + parameter.key + "=" +
              (std::holds_alternative<double>(parameter.value)
                   ? fmt::format("{}", std::get<double>(parameter.value))
                   : std::get<std::string>(parameter.value));
    EXPECT_EQ(candidate.name, "d[" + name + "]");
    EXPECT_LT(candidate.name.size(), 120U);
    const json settings = canonical_settings(candidate);
    for (const Parameter& parameter : candidate.parameters) {
      if (parameter.key == "lambda.from") {
        EXPECT_EQ(settings["lambda"]["from"], std::get<double>(parameter.value));
      } else if (parameter.key == "training.learning_rate") {
        EXPECT_EQ(settings["training"]["learning_rate"], std::get<double>(parameter.value));
      } else if (parameter.key == "lambda") {
        EXPECT_EQ(settings["lambda"]["schedule"], std::get<std::string>(parameter.value));
      }
    }
  }
}

TEST(DrawCandidates, ParametersDoNotEnterTheSettingsThatFitsAreKnownBy) {
  for (Candidate candidate : drawn(sweep_job())) {
    const json settings = canonical_settings(candidate);
    candidate.parameters.clear();
    EXPECT_EQ(canonical_settings(candidate), settings);
  }
}

TEST(DrawCandidates, FewerCandidatesAreThoseThatMoreStartWith) {
  json by_generations = tpe_job();
  by_generations["experiments"][0]["sweep"]["generation"] = 60;
  for (json job : {sweep_job(), sweep_with("sampler", "random"), by_generations}) {
    const std::vector<Candidate> few = drawn(job);
    job["experiments"][0]["sweep"]["candidates"] = 60;
    const std::vector<Candidate> more = drawn(job);
    ASSERT_EQ(few.size(), 16U);
    ASSERT_EQ(more.size(), 60U);
    for (std::size_t i = 0; i < few.size(); ++i) EXPECT_EQ(few[i].name, more[i].name);
  }
}

TEST(DrawCandidates, AreOthersForAnotherSeedAndTheSameInAnotherExperiment) {
  const std::vector<Candidate> candidates = drawn(sweep_job());
  const std::vector<Candidate> others = drawn(sweep_job_with("/seed", 6));
  for (std::size_t i = 0; i < candidates.size(); ++i) EXPECT_NE(candidates[i].name, others[i].name);
  json job = sweep_job();
  job["experiments"].push_back(job["experiments"][0]);
  job["experiments"][1]["name"] = "again";
  const Job both = read(job);
  EXPECT_EQ(names_in(both.experiments[0]), names_in(both.experiments[1]));
}

TEST(DrawCandidates, AreDrawnForEachPointOfAGrid) {
  json job = linear_job({{"log", {0.01, 100}}}, 4);
  job["experiments"][0]["candidates"][0] = {
      {"kind", "baseline"},
      {"name", "b"},
      {"training", {{"epochs", {{"grid", {5, 7, 9}}}}, {"weight_decay", {{"uniform", {0, 1}}}}}}};
  const std::vector<Candidate> candidates = drawn(job);
  ASSERT_EQ(candidates.size(), 12U);
  for (std::size_t i = 0; i < 4; ++i)
    for (const std::size_t point : {1U, 2U})
      EXPECT_EQ(training_of(candidates[i]).weight_decay,
                training_of(candidates[4 * point + i]).weight_decay);
  EXPECT_EQ(training_of(candidates[11]).epochs, 9);
  EXPECT_EQ(candidates[11].name, fmt::format("b[training.epochs=9,training.weight_decay={}]",
                                             training_of(candidates[11]).weight_decay));
  EXPECT_THAT(
      candidates[11].parameters,
      ElementsAre(Parameter{"training.epochs", 9.0},
                  Parameter{"training.weight_decay", training_of(candidates[11]).weight_decay}));
}

TEST(DrawCandidates, WhatWasDrawnIsDrawnOnFrom) {
  // Sixteen values, all of which are found; 41 of an interval that holds no more when rounded.
  EXPECT_EQ(drawn(linear_job({{"int", {1, 16}}}, 16)).size(), 16U);
  EXPECT_EQ(drawn(linear_job({{"uniform", {1, 1.0002}}}, 21)).size(), 21U);
}

TEST(DrawCandidates, SaysHowManyThereAreWhenMoreAreAskedFor) {
  EXPECT_EQ(message_of(linear_job({{"int", {1, 16}}}, 17)),
            "job.json: /experiments/0/candidates/0: has 16 different candidates (17 are to be "
            "drawn). ask for at most so many, or draw from more");
  EXPECT_EQ(message_of(linear_job({{"uniform", {1, 1.0002}}}, 30)),
            "job.json: /experiments/0/candidates/0: has 21 different candidates (30 are to be "
            "drawn). ask for at most so many, or draw from more");
  json job = linear_job({{"choice", {1, 2, 3}}}, 100);
  job["experiments"][0]["sweep"]["sampler"] = "tpe";
  job["experiments"][0]["sweep"].erase("race");
  EXPECT_EQ(message_of(job),
            "job.json: /experiments/0/candidates/0: has 3 different candidates (100 are to be "
            "drawn). ask for at most so many, or draw from more");
}

TEST(DrawCandidates, TellsAValueOutOfRangeOnceAndNotForEachCandidate) {
  EXPECT_EQ(message_of(linear_job({{"uniform", {0, 1}}}, 50)),
            "job.json: /experiments/0/candidates/0/c: is 0.0 (out of range). take a number above 0 "
            "and at most 1000000000");
  EXPECT_EQ(message_of(sweep_job_with(std::string(kEntry) + "/lambda/choice/1/factor", 2)),
            "job.json: /experiments/0/candidates/0/lambda/factor: is not used by the schedule "
            "'constant'. remove it or choose another schedule");
  EXPECT_EQ(message_of(sweep_job_with("/training/epochs", {{"int", {0, 5}}})),
            "job.json: /training/epochs: is 0 (out of range). take a whole number of 1 to "
            "1000000");
}

TEST(DrawCandidates, OfTheJobsTrainingAreDrawnInEveryCandidateThatTrains) {
  json job = sweep_job_with("/training/batch", {{"int", {16, 64}}});
  job["experiments"][0]["candidates"].push_back({{"kind", "baseline"}});
  const std::vector<Candidate> candidates = drawn(job);
  ASSERT_EQ(candidates.size(), 32U);
  EXPECT_EQ(candidates[31].name,
            fmt::format("baseline[training.batch={}]", training_of(candidates[31]).batch));
}

TEST(DrawCandidates, WinOverTheJobsTrainingInEachBranch) {
  json job = sweep_job_with("/training/weight_decay", 0.5);
  job["experiments"][0]["candidates"][0] = {
      {"kind", "baseline"},
      {"training",
       {{"choice", {{{"epochs", 7}}, {{"learning_rate", {{"uniform", {0.1, 0.2}}}}}}}}}};
  for (const Candidate& candidate : drawn(job)) {
    EXPECT_EQ(training_of(candidate).weight_decay, 0.5);
    EXPECT_EQ(training_of(candidate).epochs, training_of(candidate).learning_rate < 0.05 ? 7 : 30);
  }
}

TEST(DrawCandidates, OfTpeAreTheFirstGeneration) {
  json job = tpe_job(1024);
  EXPECT_EQ(drawn(job).size(), 16U);
  job["experiments"][0]["sweep"]["generation"] = 64;
  const Job read_job = read(job);
  const std::vector<Candidate> first_generation = drawn(job);
  EXPECT_EQ(first_generation.size(), 64U);
  EXPECT_EQ(drawn_candidates(read_job.experiments[0]), 64U);
  EXPECT_EQ(candidates_to_come(read_job.experiments[0]), 960U);
  EXPECT_EQ(candidates_to_come(read(tpe_job(10)).experiments[0]), 0U);
  EXPECT_EQ(candidates_to_come(read(testing::sweep_job()).experiments[0]), 0U);
  const SweepSettings& sweep = *read_job.experiments[0].sweep;
  ASSERT_EQ(sweep.spaces.size(), 1U);
  // Later ones are made from the space alone; here once more the first.
  const json space = json::parse(sweep.spaces[0]);
  ValidationErrors none;
  const std::size_t dimensions = SearchSpace::read(space, "", none).dimensions().size();
  const auto sequence = make_point_sequence(Sampler::tpe, dimensions, 5);
  std::vector<std::vector<double>> points(3, std::vector<double>(dimensions));
  for (auto& point : points) sequence->next(point);
  const std::vector<Candidate> again = candidates_at(space, points);
  for (std::size_t i = 0; i < 3; ++i) {
    const Candidate& first = first_generation[i];
    EXPECT_EQ(again[i].name, first.name);
    EXPECT_EQ(again[i].parameters, first.parameters);
    EXPECT_EQ(canonical_settings(again[i]), canonical_settings(first));
  }
}

TEST(DrawCandidates, RefusesDrawsWhereTheyCannotStand) {
  const std::string entry = kEntry;
  EXPECT_EQ(message_of(sweep_job_with("/experiments/0/sweep", nullptr)),
            "job.json: /experiments/0/candidates/0/lambda: is a draw, and the experiment has no "
            "'sweep' (which says how many are drawn). add one, or write a grid");
  EXPECT_EQ(message_of(sweep_job_with(entry + "/kind", {{"choice", {"linear", "baseline"}}})),
            "job.json: /experiments/0/candidates/0/kind: is a draw (only settings are drawn). "
            "list it as candidates of their own instead");
  EXPECT_EQ(message_of(sweep_job_with(entry + "/name", {{"choice", {"a", "b"}}})),
            "job.json: /experiments/0/candidates/0/name: is a draw (only settings are drawn). "
            "list it as candidates of their own instead")
      << "beside a setting that is drawn";
  EXPECT_EQ(message_of(sweep_job_with(entry, {{"choice", {{{"kind", "linear"}}}}})),
            "job.json: /experiments/0/candidates/0: is a draw (only settings are drawn). "
            "list it as candidates of their own instead");
  EXPECT_EQ(message_of(sweep_job_with("/training", {{"choice", {{{"epochs", 3}}}}})),
            "job.json: /training: is a draw as a whole (candidates could not win over it field by "
            "field). draw single settings");
  EXPECT_EQ(message_of(sweep_job_with(entry + "/parameters", {{"a", 1}})),
            "job.json: /experiments/0/candidates/0/lambda: is a draw in a candidate that has "
            "'parameters' (it is drawn already). remove one of the two");
  json grid = sweep_with("sampler", "grid");
  grid["experiments"][0]["sweep"].erase("candidates");
  EXPECT_EQ(message_of(grid),
            "job.json: /experiments/0/candidates/0/lambda: is a draw (the sampler 'grid' takes "
            "listed values only). write a grid, or choose another sampler");
  json tpe = tpe_job();
  tpe["training"]["epochs"] = {{"grid", {3, 4}}};
  EXPECT_EQ(message_of(tpe),
            "job.json: /experiments/0/candidates/0: has a grid beside draws (the sampler 'tpe' "
            "learns over one space). write the grid as a 'choice'");
  json many = sweep_with("candidates", 60000);
  many["training"]["epochs"] = {{"grid", {3, 4}}};
  EXPECT_EQ(message_of(many),
            "job.json: /experiments/0/candidates/0: gives 120000 candidates, 60000 for each of 2 "
            "points of its grids (at most 100000 for one entry). draw fewer");
}

}  // namespace
}  // namespace crossfold
