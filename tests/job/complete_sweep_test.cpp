#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "job/sweep_job.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::message_of;
using testing::names_in;
using testing::read;
using testing::sweep_job;
using testing::sweep_job_with;
using testing::sweep_with;
using testing::tpe_job;

constexpr const char* kList = "/experiments/0/candidates";

TEST(CompleteSweep, AddsAPlainBaselineAndThePapersCandidateInFront) {
  const Experiment experiment = read(sweep_job()).experiments[0];
  ASSERT_EQ(experiment.candidates.size(), 18U);
  const Candidate& baseline = experiment.candidates[0];
  const Candidate& paper = experiment.candidates[1];
  EXPECT_EQ(baseline.name, "baseline");
  EXPECT_EQ(kind_of(baseline), CandidateKind::baseline);
  EXPECT_EQ(training_of(baseline).epochs, 30);
  EXPECT_TRUE(baseline.parameters.empty());
  EXPECT_EQ(paper.name, "paper default");
  EXPECT_EQ(kind_of(paper), CandidateKind::disentangled);
  EXPECT_EQ(std::get<DisentangledModel>(paper.model).lambda.from, 10);
  EXPECT_EQ(training_of(paper).epochs, 30);
  EXPECT_TRUE(paper.parameters.empty());
}

TEST(CompleteSweep, AddsNoneThatIsListed) {
  json job = sweep_job();
  job["experiments"][0]["candidates"].push_back({{"kind", "baseline"}, {"name", "plain"}});
  job["experiments"][0]["candidates"].push_back({{"kind", "disentangled"}, {"name", "paper"}});
  EXPECT_EQ(read(job).experiments[0].candidates.size(), 18U);
}

/// Whichever is listed, and under whatever name, the other one is added all the same.
TEST(CompleteSweep, AddsEachOfThemUnlessItIsListed) {
  const json baseline{{"kind", "baseline"}, {"name", "plain"}};
  const json paper{{"kind", "disentangled"}, {"name", "paper"}};
  const auto not_drawn = [](const std::vector<json>& listed) {
    json written = sweep_job();
    for (const json& one : listed) written["experiments"][0]["candidates"].push_back(one);
    const Job job = read(written);
    std::vector<std::string> names;
    for (const Candidate& candidate : job.experiments[0].candidates)
      if (candidate.parameters.empty()) names.push_back(candidate.name);
    return names;
  };
  EXPECT_THAT(not_drawn({}), ElementsAre("baseline", "paper default"));
  EXPECT_THAT(not_drawn({baseline}), ElementsAre("paper default", "plain"));
  EXPECT_THAT(not_drawn({paper}), ElementsAre("baseline", "paper"));
  EXPECT_THAT(not_drawn({paper, baseline}), ElementsAre("paper", "plain"));
}

TEST(CompleteSweep, AddsThemThoughADrawnPointHasTheirSettings) {
  const Job job = read(json::parse(R"({"name": "n", "store": "s", "embeddings": "a/b",
    "experiments": [{"name": "e", "sweep": {"sampler": "grid", "select": "held-out"},
      "candidates": [{"kind": "baseline", "name": "b",
                      "training": {"learning_rate": {"grid": [0.0003, 0.001]}}}]}]})"));
  const std::vector<Candidate>& all = job.experiments[0].candidates;
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].name, "baseline");
  EXPECT_TRUE(all[0].parameters.empty());
  const double usual = training_of(all[0]).learning_rate;
  EXPECT_TRUE(training_of(all[2]).learning_rate == usual ||
              training_of(all[3]).learning_rate == usual)
      << "a point is what the reference is";
}

TEST(CompleteSweep, GivesWhatItAddsANameOfItsOwn) {
  json job = sweep_job();
  job["experiments"][0]["candidates"].push_back(
      {{"kind", "baseline"}, {"training", {{"epochs", 3}}}});
  const std::vector<std::string> names = names_in(read(job).experiments[0]);
  EXPECT_THAT(names, Contains("baseline"));
  EXPECT_THAT(names, Contains("baseline 2"));
}

TEST(CompleteSweep, AddsThemWithTheDefaultWhereTheJobsTrainingIsDrawn) {
  const Job job = read(sweep_job_with("/training/batch", {{"int", {16, 64}}}));
  EXPECT_EQ(training_of(job.experiments[0].candidates[0]).batch, 256);
  EXPECT_EQ(training_of(job.experiments[0].candidates[0]).epochs, 30);
}

TEST(CompleteSweep, AddsNothingDisentangledWhereTheDomainIsTheTarget) {
  const Job job = read(json::parse(R"({"name": "n", "store": "s", "embeddings": "a/b",
    "experiments": [{"name": "e", "target": "domain", "sweep": {"candidates": 2},
      "candidates": [{"kind": "linear", "c": {"log": [0.1, 10]}}]}]})"));
  ASSERT_EQ(job.experiments[0].candidates.size(), 3U);
  EXPECT_EQ(job.experiments[0].candidates[0].name, "baseline");
}

TEST(CompleteSweep, OfAGridHasItsPoints) {
  const Job job = read(json::parse(R"({"name": "n", "store": "s", "embeddings": "a/b",
    "experiments": [{"name": "e", "sweep": {"sampler": "grid", "select": "oracle"},
      "evaluate": ["in", "oos"],
      "candidates": [{"kind": "linear", "c": {"grid": [1, 0.5]}}]}]})"));
  EXPECT_THAT(names_in(job.experiments[0]),
              ElementsAre("baseline", "paper default", "linear[c=1]", "linear[c=0.5]"));
  EXPECT_THAT(job.experiments[0].candidates[3].parameters, ElementsAre(Parameter{"c", 0.5}));
}

TEST(CompleteSweep, TheCanonicalFormReadsBackToTheSameJob) {
  json grid = sweep_with("sampler", "grid");
  grid["experiments"][0]["sweep"].erase("candidates");
  grid["experiments"][0]["candidates"] =
      json::parse(R"([{"kind": "linear"}, {"kind": "linear", "name": "g",
                       "c": {"grid": [1, 0.1, 1e-7]}}])");
  json constrained = sweep_with("tau", 0.6);
  constrained["experiments"][0]["sweep"]["select"] = {"constrained", "one-se", "source-out"};
  constrained["experiments"][0]["sweep"]["simplest"] = {"lambda.from", "lambda.over"};
  constrained["experiments"][0]["sweep"]["race"]["risk"] = "greedy";
  for (const json& written : {sweep_job(), tpe_job(200), grid, constrained}) {
    const Job job = read(written);
    const json canonical = canonical_job(job);
    const Job again = read(canonical);
    EXPECT_EQ(canonical_job(again).dump(), canonical.dump());
    EXPECT_EQ(job_hash(again), job_hash(job));
    ASSERT_EQ(again.experiments[0].candidates.size(), job.experiments[0].candidates.size());
    for (std::size_t i = 0; i < job.experiments[0].candidates.size(); ++i)
      EXPECT_EQ(again.experiments[0].candidates[i].parameters,
                job.experiments[0].candidates[i].parameters);
  }
}

TEST(CompleteSweep, EntersTheHashAndAJobWithoutOneHasNoTraceOfIt) {
  const std::string hash = job_hash(read(sweep_job()));
  for (const json& other :
       {sweep_with("candidates", 17), sweep_with("sampler", "random"), sweep_with("race/risk", 0.1),
        sweep_with("race/indifference", 0.1), sweep_with("race/rungs", {5, 6}),
        sweep_with("race", nullptr), sweep_with("race/by", "task_acc"),
        sweep_with("select", "held-out"), sweep_with("simplest", "lambda.from")})
    EXPECT_NE(job_hash(read(other)), hash);
  json plain = sweep_job_with("/experiments/0/sweep", nullptr);
  plain["experiments"][0]["candidates"] = {{{"kind", "linear"}, {"c", {{"grid", {1, 2}}}}}};
  plain.erase("training");
  const json canonical = canonical_job(read(plain));
  EXPECT_EQ(canonical["experiments"][0]["candidates"].dump(),
            R"([{"c":1.0,"kind":"linear","name":"linear[c=1]"},)"
            R"({"c":2.0,"kind":"linear","name":"linear[c=2]"}])");
  EXPECT_FALSE(canonical["experiments"][0].contains("sweep"));
}

TEST(CompleteSweep, NeedsSomethingToDraw) {
  json job = sweep_job_with(kList, json::parse(R"([{"kind": "linear", "c": {"grid": [1, 2]}}])"));
  job.erase("training");
  EXPECT_EQ(message_of(job),
            "job.json: /experiments/0/sweep: has nothing to draw (every setting of every candidate "
            "is listed). write {\"log\": [0.1, 10]} in place of a number, or remove 'sweep'");
  job["experiments"][0]["candidates"][0]["c"] = 1;
  job["experiments"][0]["sweep"] = {{"sampler", "grid"}};
  EXPECT_EQ(message_of(job),
            "job.json: /experiments/0/sweep: has nothing to draw (every setting of every candidate "
            "is one number). write {\"grid\": [1, 3, 10]} in place of a number, or remove 'sweep'");
}

TEST(CompleteSweep, IsDrawnEitherNowOrAlready) {
  json job = canonical_job(read(sweep_job()));
  job["experiments"][0]["candidates"].push_back({{"kind", "linear"}, {"c", {{"log", {0.1, 10}}}}});
  EXPECT_EQ(message_of(job),
            "job.json: /experiments/0/candidates: has draws beside candidates with 'parameters' "
            "(those are drawn already). remove one of the two");
}

TEST(CompleteSweep, OfTpeKeepsItsSpaces) {
  json job = canonical_job(read(tpe_job(200)));
  const json space = job["experiments"][0]["sweep"]["space"];
  EXPECT_EQ(space.at(0).at("training").at("epochs"), 30);
  EXPECT_EQ(space.at(0).at("lambda").at("choice").size(), 2U);
  job["experiments"][0]["sweep"]["space"] = "d";
  EXPECT_EQ(message_of(job),
            "job.json: /experiments/0/sweep/space: must be a list of candidates with draws "
            "(\"d\" was found)");
  job["experiments"][0]["sweep"]["space"] = {{{"kind", "linear"}}};
  EXPECT_EQ(message_of(job),
            "job.json: /experiments/0/sweep/space/0: must be a candidate with draws "
            "({\"kind\":\"linear\"} was found)");
  job["experiments"][0]["sweep"].erase("space");
  EXPECT_EQ(message_of(job),
            "job.json: /experiments/0/sweep/space: is missing (later generations are drawn from "
            "it). take the job as the program wrote it");
  json fresh = tpe_job(200);
  fresh["experiments"][0]["sweep"]["space"] = space;
  EXPECT_EQ(message_of(fresh),
            "job.json: /experiments/0/sweep/space: is written by the program (beside candidates "
            "with 'parameters'). remove it");
  json twice = tpe_job(200);
  twice["experiments"][0]["candidates"].push_back(
      {{"kind", "linear"}, {"name", "d"}, {"c", {{"log", {0.1, 10}}}}});
  EXPECT_EQ(message_of(twice),
            "job.json: /experiments/0/candidates: has draws in two candidates called \"d\" (the "
            "sampler 'tpe' could not tell them apart). give one another 'name'");
}

TEST(CompleteSweep, TheSimplestAreNumbersThatAreDrawn) {
  EXPECT_EQ(message_of(sweep_with("simplest", {"lambda.from", "lambda"})),
            "job.json: /experiments/0/sweep/simplest: has 'lambda' (no number of that key is "
            "drawn). choose one of lambda.from, lambda.over, lambda.to, training.learning_rate");
}

TEST(CompleteSweep, TheSimplestMayBeOfAnyCandidateThatIsDrawn) {
  const json regression =
      json::parse(R"({"kind": "linear", "name": "l", "c": {"log": [0.1, 10]}})");
  const json network = json::parse(
      R"({"kind": "baseline", "name": "b", "training": {"weight_decay": {"log": [0.01, 1]}}})");
  for (const std::vector<json>& list :
       {std::vector<json>{regression, network}, std::vector<json>{network, regression}}) {
    const auto message = [&](const std::vector<std::string>& simplest) {
      json job = sweep_with("simplest", simplest);
      job["experiments"][0]["candidates"] = list;
      return message_of(job);
    };
    EXPECT_EQ(message({"c"}), "no error");
    EXPECT_EQ(message({"training.weight_decay"}), "no error");
    EXPECT_EQ(message({"training.weight_decay", "c"}), "no error");
    EXPECT_EQ(message({"c", "training.batch"}),
              "job.json: /experiments/0/sweep/simplest: has 'training.batch' (no number of that "
              "key is drawn). choose one of c, training.weight_decay");
  }
}

/// Where no name is given, candidates are told apart by their kinds.
TEST(CompleteSweep, OfTpeTakesTheKindForAName) {
  const auto message = [](const char* candidates) {
    json job = tpe_job();
    job["experiments"][0]["candidates"] = json::parse(candidates);
    return message_of(job);
  };
  EXPECT_EQ(message(R"([{"kind": "linear", "c": {"log": [1, 2]}},
      {"kind": "baseline", "training": {"weight_decay": {"log": [0.01, 1]}}}])"),
            "no error");
  const std::string twice =
      " (the sampler 'tpe' could not tell them apart). give one another 'name'";
  const std::string has =
      "job.json: /experiments/0/candidates: has draws in two candidates called ";
  EXPECT_EQ(message(R"([{"kind": "linear", "name": "baseline", "c": {"log": [1, 2]}},
      {"kind": "baseline", "training": {"weight_decay": {"log": [0.01, 1]}}}])"),
            has + "\"baseline\"" + twice);
  EXPECT_EQ(message(R"([{"kind": "baseline"}, {"kind": "linear", "c": {"log": [1, 2]}},
      {"kind": "linear", "c": {"log": [3, 4]}}])"),
            has + "\"linear\"" + twice);
}

TEST(ListedParameters, AreThoseOfTheSettings) {
  json job = canonical_job(read(sweep_job()));
  job["experiments"][0]["candidates"][2]["parameters"]["training.learning_rate"] = 0.5;
  EXPECT_EQ(message_of(job),
            "job.json: /experiments/0/candidates/2/parameters/training.learning_rate: is not what "
            "the candidate's settings say (tables would show a wrong value). take the job as the "
            "program wrote it");
  job["experiments"][0]["candidates"][2]["parameters"] = json::object();
  EXPECT_EQ(message_of(job),
            "job.json: /experiments/0/candidates/2/parameters: must be an object of numbers and "
            "words that is not empty ({} was found)");
  job["experiments"][0]["candidates"][2]["parameters"] = {{"lambda.from", true}};
  EXPECT_EQ(message_of(job),
            "job.json: /experiments/0/candidates/2/parameters/lambda.from: must be a number or a "
            "word (true was found)");
}

TEST(ListedParameters, AreOfASweepOnly) {
  json job = canonical_job(read(sweep_job()));
  job["experiments"][0].erase("sweep");
  job["experiments"][0]["candidates"] = {job["experiments"][0]["candidates"][2]};
  EXPECT_EQ(message_of(job),
            "job.json: /experiments/0/candidates/0/parameters: is not used without a 'sweep' of "
            "the experiment (nothing is drawn). remove it");
}

}  // namespace
}  // namespace crossfold
