#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/job/names.h"

#include "job/sweep_job.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using testing::message_of;
using testing::read;
using testing::sweep_job;
using testing::sweep_job_with;
using testing::sweep_with;
using testing::tpe_job;

constexpr const char* kSweep = "job.json: /experiments/0/sweep";

SweepSettings sweep_of(const json& job) { return *read(job).experiments[0].sweep; }

std::vector<std::uint32_t> default_rungs_of(int folds, int seeds) {
  return sweep_of(sweep_job_with("/splits", {{"folds", folds}, {"seeds", seeds}})).race->rungs;
}

json schema() {
  std::ifstream file(CROSSFOLD_SOURCE_DIR "/data-schemas/job.schema.json");
  return json::parse(file).at("definitions");
}

TEST(ReadSweep, FillsInDefaults) {
  const SweepSettings sweep = sweep_of(sweep_with("select", nullptr));
  EXPECT_EQ(sweep.sampler, Sampler::sobol);
  EXPECT_EQ(sweep.candidates, 16U);
  EXPECT_THAT(sweep.select, ElementsAre(SelectionRule::held_out));
  EXPECT_EQ(sweep.race->by, RaceScore::task_auc);
  EXPECT_THAT(sweep.race->rungs, ElementsAre(5, 10, 15, 20, 30, 40));
  EXPECT_EQ(sweep.race->risk, 0.05);
  EXPECT_EQ(sweep.race->indifference, 0.002);
  EXPECT_FALSE(sweep.tau.has_value());
  EXPECT_TRUE(sweep.simplest.empty());
  EXPECT_FALSE(sweep_of(sweep_with("race", nullptr)).race.has_value());
}

TEST(ReadSweep, ReadsWhatIsGiven) {
  json job = sweep_with(
      "race", {{"by", "task_acc"}, {"rungs", {3, 7}}, {"risk", 0.2}, {"indifference", 0.01}});
  json& sweep = job["experiments"][0]["sweep"];
  sweep["sampler"] = "random";
  sweep["select"] = {"oracle", "constrained", "one-se"};
  sweep["tau"] = 0.7;
  sweep["simplest"] = {"lambda.from"};
  const SweepSettings settings = sweep_of(job);
  EXPECT_EQ(settings.sampler, Sampler::random);
  EXPECT_THAT(settings.select, ElementsAre(SelectionRule::oracle, SelectionRule::constrained,
                                           SelectionRule::one_se));
  EXPECT_EQ(settings.race->by, RaceScore::task_acc);
  EXPECT_THAT(settings.race->rungs, ElementsAre(3, 7));
  EXPECT_EQ(settings.race->risk, 0.2);
  EXPECT_EQ(settings.race->indifference, 0.01);
  EXPECT_EQ(settings.tau, 0.7);
  EXPECT_THAT(settings.simplest, ElementsAre("lambda.from"));
  EXPECT_FALSE(sweep_of(sweep_with("race/risk", "greedy")).race->risk.has_value());
}

TEST(ReadSweep, DefaultRungsAreWholeFoldsOfAllSeeds) {
  EXPECT_THAT(default_rungs_of(10, 1), ElementsAre(2, 3, 4, 6, 8));
  EXPECT_THAT(default_rungs_of(5, 2), ElementsAre(2, 4, 6, 8));
  EXPECT_THAT(default_rungs_of(3, 1), ElementsAre(2));
  EXPECT_THAT(default_rungs_of(2, 5), ElementsAre(5));
  EXPECT_THAT(default_rungs_of(6, 1), ElementsAre(2, 4, 5)) << "0.6 to 2.4, 3.6 and 4.8 folds";
  EXPECT_THAT(default_rungs_of(7, 1), ElementsAre(2, 3, 4, 6));
  EXPECT_THAT(default_rungs_of(8, 1), ElementsAre(2, 3, 5, 6));
  EXPECT_THAT(default_rungs_of(9, 1), ElementsAre(2, 3, 4, 5, 7));
  EXPECT_THAT(default_rungs_of(15, 1), ElementsAre(2, 3, 5, 6, 9, 12));
  EXPECT_THAT(default_rungs_of(100, 3), ElementsAre(30, 60, 90, 120, 180, 240));
}

TEST(ReadSweep, SettingsAreThoseOfTheSchema) {
  const json definitions = schema();
  const json& sweep = definitions.at("sweep").at("properties");
  const json& race = definitions.at("race").at("properties");
  EXPECT_EQ(sweep.at("sampler").at("enum"), json(names_of<Sampler>()));
  EXPECT_EQ(sweep.at("sampler").at("default"), name_of(SweepSettings().sampler));
  EXPECT_EQ(definitions.at("rule").at("enum"), json(names_of<SelectionRule>()));
  EXPECT_EQ(sweep.at("select").at("default"), name_of(SweepSettings().select.at(0)));
  EXPECT_EQ(race.at("by").at("enum"), json(names_of<RaceScore>()));
  EXPECT_EQ(race.at("by").at("default"), name_of(RaceSettings().by));
  EXPECT_EQ(race.at("risk").at("default"), *RaceSettings().risk);
  EXPECT_EQ(race.at("indifference").at("default"), RaceSettings().indifference);

  json full = sweep_with("tau", 0.6);
  full["experiments"][0]["sweep"]["select"] = {"constrained", "one-se"};
  full["experiments"][0]["sweep"]["simplest"] = {"lambda.from"};
  json canonical = canonical_job(read(full))["experiments"][0];
  json nested = sweep_with("nested", json::object());  // stands beside neither race nor tpe
  nested["experiments"][0]["sweep"].erase("race");
  canonical["sweep"]["nested"] =
      canonical_job(read(nested))["experiments"][0]["sweep"].at("nested");
  const auto keys = [](const json& object) {
    std::set<std::string> names;
    for (const auto& [key, value] : object.items()) names.insert(key);
    return names;
  };
  std::set<std::string> all = keys(canonical["sweep"]);
  all.merge(keys(canonical_job(read(tpe_job()))["experiments"][0]["sweep"]));
  EXPECT_EQ(all, keys(sweep));
  EXPECT_EQ(sweep.at("generation").at("default"), SweepSettings().generation);
  EXPECT_EQ(sweep.at("by").at("default"), name_of(SweepSettings().by));
  EXPECT_EQ(keys(canonical["sweep"]["race"]), keys(race));
  EXPECT_EQ(sweep.at("nested").at("properties").at("folds").at("default"), NestedSettings().folds);
  EXPECT_EQ(canonical["sweep"]["nested"], json({{"folds", NestedSettings().folds}}));
  for (const auto& [key, value] : definitions.at("draw").at("properties").items())
    EXPECT_EQ(message_of(sweep_job_with("/training/weight_decay",
                                        {{key, key == "int" ? json{1, 3} : json{0.5, 1}}})),
              "no error")
        << key;
}

TEST(ReadSweep, ReadsNestedCrossValidation) {
  json job = sweep_with("nested", {{"folds", 3}});
  job["experiments"][0]["sweep"].erase("race");
  EXPECT_EQ(sweep_of(job).nested->folds, 3);
  EXPECT_FALSE(sweep_of(sweep_job()).nested.has_value());
  EXPECT_FALSE(canonical_job(read(sweep_job()))["experiments"][0]["sweep"].contains("nested"));
  job["experiments"][0]["sweep"]["nested"]["folds"] = 1;
  EXPECT_EQ(message_of(job), std::string(kSweep) +
                                 "/nested/folds: is 1 (out of range). take a whole number of 2 to "
                                 "1000");
  job["experiments"][0]["sweep"]["nested"] = {{"seeds", 2}};
  EXPECT_EQ(
      message_of(job),
      std::string(kSweep) + "/nested/seeds: is not a known key (known here: folds). remove it");
}

/// What has looked at the outer held-out folds cannot be judged by them.
TEST(ReadSweep, RefusesNestedBesideWhatLooksAtHeldOutFolds) {
  EXPECT_EQ(message_of(sweep_with("nested", {{"folds", 3}})),
            std::string(kSweep) +
                "/nested: stands beside 'race' (which has looked at the held-out folds by which "
                "nested cross-validation judges). remove one of the two");
  json tpe = sweep_with("nested", {{"folds", 3}});
  tpe["experiments"][0]["sweep"].erase("race");
  tpe["experiments"][0]["sweep"]["sampler"] = "tpe";
  EXPECT_EQ(message_of(tpe),
            std::string(kSweep) +
                "/nested: stands beside the sampler 'tpe' (which has looked at the held-out folds "
                "by which nested cross-validation judges). take sobol or random, or remove it");
}

TEST(ReadSweep, RefusesWhatASamplerDoesNotUse) {
  json racing = tpe_job();
  racing["experiments"][0]["sweep"]["race"] = json::object();
  EXPECT_EQ(message_of(racing),
            std::string(kSweep) +
                "/race: is not used by the sampler 'tpe' (it learns from candidates with all of "
                "their splits). remove it, or take the sampler sobol or random");
  EXPECT_EQ(message_of(sweep_with("by", "task_auc")),
            std::string(kSweep) +
                "/by: is used by the sampler 'tpe' only (a race has its own). remove it");
  EXPECT_EQ(message_of(sweep_with("generation", 32)),
            std::string(kSweep) + "/generation: is used by the sampler 'tpe' only. remove it");
  json peeking = tpe_job();
  peeking["experiments"][0]["sweep"]["by"] = "oos_auc";
  EXPECT_EQ(message_of(peeking),
            std::string(kSweep) +
                "/by: is \"oos_auc\" (what decides is no longer out of sample). choose one of "
                "task_auc, task_acc");
  json none = tpe_job();
  none["experiments"][0]["sweep"]["generation"] = 0;
  EXPECT_EQ(message_of(none), std::string(kSweep) +
                                  "/generation: is 0 (out of range). take a whole number of 1 to "
                                  "100000");
}

TEST(ReadSweep, RefusesARaceThatCannotBeRun) {
  const std::string race = std::string(kSweep) + "/race";
  json few = sweep_job_with("/splits", {{"folds", 2}, {"seeds", 1}});
  EXPECT_EQ(message_of(few), race +
                                 ": has 2 splits, folds x seeds (with fewer than 3 there is "
                                 "nothing to save). add seeds or folds, or remove 'race'");
  EXPECT_EQ(message_of(sweep_with("race/rungs", {5, 5})),
            race +
                "/rungs/1: is 5 after 5 (splits are only added). put the rungs in increasing "
                "order");
  EXPECT_EQ(message_of(sweep_with("race/rungs", {5, 50})),
            race + "/rungs/1: is 50 (folds x seeds is 50). take a whole number of 2 to 49");
  EXPECT_EQ(message_of(sweep_with("race/rungs", {1, 5})),
            race + "/rungs/0: is 1 (folds x seeds is 50). take a whole number of 2 to 49");
  EXPECT_EQ(message_of(sweep_with("race/rungs", {2.5})),
            race + "/rungs/0: is 2.5 (folds x seeds is 50). take a whole number of 2 to 49");
  EXPECT_EQ(message_of(sweep_with("race/rungs", json::array())),
            race + "/rungs: must be a list of numbers of splits that is not empty ([] was found)");
  EXPECT_EQ(message_of(sweep_with("race/by", "oos_auc")),
            race +
                "/by: is \"oos_auc\" (what decides is no longer out of sample). choose one of "
                "task_auc, task_acc");
  EXPECT_EQ(message_of(sweep_with("race/by", "auc")),
            race + "/by: is \"auc\" (not known here). choose one of task_auc, task_acc");
  for (const json& risk : {json(0), json(1), json("careful")})
    EXPECT_EQ(message_of(sweep_with("race/risk", risk)),
              race + "/risk: is " + risk.dump() +
                  " (a risk is a probability). take a number above 0 and below 1, or \"greedy\"");
  EXPECT_EQ(message_of(sweep_with("race/indifference", -1)),
            race + "/indifference: is -1 (out of range). take a number at least 0 and at most 1");
}

TEST(ReadSweep, RefusesRulesThatCannotChoose) {
  const std::string select = std::string(kSweep) + "/select";
  EXPECT_EQ(message_of(sweep_with("select", {"best"})),
            select +
                ": has \"best\" (not known here). choose one of validation, held-out, one-se, "
                "source-out, constrained, oracle");
  EXPECT_EQ(message_of(sweep_with("select", {"one-se", "one-se"})),
            select + ": has 'one-se' twice. remove one");
  EXPECT_EQ(message_of(sweep_job_with("/splits/validation", 0)),
            select +
                ": has 'validation', which needs a validation part (splits.validation is 0). "
                "remove it, or set some aside");
  json blind = sweep_job_with("/experiments/0/evaluate", "in");
  blind["experiments"][0]["sweep"]["select"] = "oracle";
  EXPECT_EQ(message_of(blind), select +
                                   ": has 'oracle', which needs out-of-sample scores (they "
                                   "are not evaluated). remove it, or evaluate \"oos\"");
  json unprobed = sweep_job_with("/experiments/0/probe", nullptr);
  unprobed["experiments"][0]["sweep"]["select"] = "constrained";
  unprobed["experiments"][0]["sweep"]["tau"] = 0.6;
  EXPECT_EQ(message_of(unprobed),
            select +
                ": has 'constrained', which needs the domain AUC (the experiment has no "
                "'probe'). remove it, or add \"probe\": \"domain\"");
  EXPECT_EQ(message_of(json::parse(R"({"name": "n", "store": "s", "embeddings": "a/b",
              "experiments": [{"name": "e", "target": "domain", "probe": "class",
                "sweep": {"candidates": 2, "select": "constrained", "tau": 0.5},
                "candidates": [{"kind": "linear", "c": {"log": [0.1, 10]}}]}]})")),
            select +
                ": has 'constrained', which bounds the domain AUC (here the domain is the "
                "target). remove it");
  EXPECT_EQ(message_of(json::parse(R"({"name": "n", "store": "s", "embeddings": "a/b",
              "experiments": [{"name": "e", "target": "domain",
                "sweep": {"candidates": 2, "select": "source-out"},
                "candidates": [{"kind": "linear", "c": {"log": [0.1, 10]}}]}]})")),
            select +
                ": has 'source-out', which leaves sources out (here the source is the target). "
                "remove it");
}

TEST(ReadSweep, RefusesSettingsThatNothingUses) {
  const std::string sweep = kSweep;
  EXPECT_EQ(message_of(sweep_with("tau", 0.6)),
            sweep + "/tau: is used by the rule 'constrained' only. remove it, or select by that");
  EXPECT_EQ(message_of(sweep_with("select", {"constrained"})),
            sweep +
                "/tau: is missing (the rule 'constrained' needs the largest domain AUC "
                "allowed). add it");
  json unused = sweep_with("select", "held-out");
  unused["experiments"][0]["sweep"]["simplest"] = "lambda.from";
  EXPECT_EQ(message_of(unused),
            sweep + "/simplest: is used by the rule 'one-se' only. remove it, or select by that");
  EXPECT_EQ(message_of(sweep_with("space", 3)),
            sweep + "/space: must be a list of candidates with draws (3 was found)");
  EXPECT_EQ(message_of(sweep_with("candidates", nullptr)),
            sweep + "/candidates: is missing (there is no default). add it");
  EXPECT_EQ(
      message_of(sweep_with("sampler", "bayes")),
      sweep + "/sampler: is \"bayes\" (not known here). choose one of grid, random, sobol, tpe");
  EXPECT_EQ(message_of(sweep_with("candidate", 3)),
            sweep + "/candidate: is not a known key. did you mean 'candidates'?");
  const json grid = json::parse(R"({"name": "n", "store": "s", "embeddings": "a/b",
    "experiments": [{"name": "e", "sweep": {"sampler": "grid", "candidates": 3},
      "candidates": [{"kind": "linear", "c": {"grid": [0.1, 10]}}]}]})");
  EXPECT_EQ(message_of(grid), sweep +
                                  "/candidates: is not used by the sampler 'grid' (the grids "
                                  "say how many). remove it");
}

}  // namespace
}  // namespace crossfold
