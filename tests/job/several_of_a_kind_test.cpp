// What a job lists is read alike wherever it stands, and each mistake in a list is told.

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/job/job_json.h"

#include "job/refused_job.h"
#include "job/unlike_experiments.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::job_of;
using testing::rotations_of;
using testing::unlike_experiments;

json canonical_experiments(const json& experiments) {
  return canonical_job(parse_job(job_of(experiments).dump(), "job.json")).at("experiments");
}

TEST(Experiments, AreReadAlikeWhereverTheyStand) {
  for (const json& list : rotations_of(unlike_experiments())) {
    json alone = json::array();
    for (const json& one : list)
      for (json& part : canonical_experiments(json::array({one}))) alone.push_back(std::move(part));
    EXPECT_EQ(canonical_experiments(list), alone);
  }
}

json unlike_candidates() {
  return json::parse(R"([
    {"kind": "linear"}, {"kind": "linear", "name": "l", "c": 0.3},
    {"kind": "baseline"},
    {"kind": "baseline", "name": "b", "training": {"epochs": 7, "plateau": {"patience": 2}}},
    {"kind": "disentangled"},
    {"kind": "disentangled", "name": "d", "domain_head": "still", "adversary": ["sex", "view"],
     "lambda": {"schedule": "step", "every": 3}, "training": {"model": "best", "batch": 9}},
    {"kind": "disentangled", "name": "own",
     "adversary": {"domain": {"lambda": {"from": 3}}, "sex": {"lambda": {"to": 2}}}},
    {"kind": "linear", "name": "g", "c": {"grid": [1, 2]}}])");
}

json canonical_candidates(const json& candidates, const json& sweep) {
  json experiment{{"name", "e"}, {"candidates", candidates}};
  if (!sweep.is_null()) experiment["sweep"] = sweep;
  const json network{{"name", "network"}, {"candidates", {{{"kind", "baseline"}}}}};
  json found = canonical_experiments({experiment, network}).at(0).at("candidates");
  if (sweep.is_null()) return found;
  json listed = json::array();  // without the references of the sweep
  for (json& one : found)
    if (one.at("name") != "baseline" && one.at("name") != "paper default")
      listed.push_back(std::move(one));
  return listed;
}

TEST(Candidates, AreReadAlikeWhereverTheyStand) {
  for (const json& list : rotations_of(unlike_candidates())) {
    json alone = json::array();
    for (const json& one : list)
      for (json& point : canonical_candidates(json::array({one}), {}))
        alone.push_back(std::move(point));
    EXPECT_EQ(canonical_candidates(list, {}), alone);
  }
}

TEST(Candidates, AreDrawnAlikeWhereverTheyStand) {
  const json entries = json::parse(R"([
    {"kind": "linear", "name": "l", "c": {"log": [0.1, 10]}},
    {"kind": "baseline", "name": "b", "training": {"choice": [
      {"epochs": {"int": [3, 9]}}, {"learning_rate": {"log": [0.001, 0.1]}}]}},
    {"kind": "disentangled", "name": "d", "lambda": {"from": {"uniform": [1, 9]}},
     "training": {"batch": {"choice": [8, 16]}}},
    {"kind": "disentangled", "name": "g", "lambda": {"from": {"grid": [1, 2]}},
     "training": {"weight_decay": {"log": [0.001, 1]}}}])");
  for (const char* sampler : {"sobol", "random"}) {
    const json sweep{{"sampler", sampler}, {"candidates", 6}};
    for (const json& list : rotations_of(entries)) {
      json alone = json::array();
      for (const json& one : list)
        for (json& drawn : canonical_candidates(json::array({one}), sweep))
          alone.push_back(std::move(drawn));
      ASSERT_EQ(alone.size(), 5U * 6);
      EXPECT_EQ(canonical_candidates(list, sweep), alone) << sampler;
    }
  }
}

/// The lines of the message of a job that is refused.
std::vector<std::string> lines_of(const json& job) {
  std::istringstream message(testing::message_of_job(job.dump()));
  std::vector<std::string> lines;
  for (std::string line; std::getline(message, line);) lines.push_back(line);
  if (lines.size() == 1) {
    constexpr std::string_view kHead = "job.json: ";
    EXPECT_TRUE(lines[0].starts_with(kHead)) << lines[0];
    lines[0].erase(0, kHead.size());
    return lines;
  }
  lines.erase(lines.begin());  // how many there are
  for (std::string& line : lines) line.erase(0, 2);
  return lines;
}

/// Lines in which `from` at the beginning is `to`.
std::set<std::string> moved(const std::vector<std::string>& lines, const std::string& from,
                            const std::string& to) {
  std::set<std::string> all;
  for (const std::string& line : lines) {
    EXPECT_TRUE(line.starts_with(from)) << line;
    all.insert(to + line.substr(std::min(line.size(), from.size())));
  }
  return all;
}

/// An experiment each, with a mistake that another part of the reader finds.
json wrong_experiments() {
  return json::parse(R"([
    {"candidates": [{"kind": "baseline"}]},
    {"name": "target", "target": "age", "candidates": [{"kind": "baseline"}]},
    {"name": "samples", "samples": "C", "candidates": [{"kind": "baseline"}]},
    {"name": "evaluate", "evaluate": ["in", "C"], "candidates": [{"kind": "baseline"}]},
    {"name": "oos", "samples": {"role": "oos"}, "evaluate": ["in", "oos"],
     "candidates": [{"kind": "baseline"}]},
    {"name": "probe", "probe": "class", "candidates": [{"kind": "baseline"}]},
    {"name": "within", "probe_within": "class", "candidates": [{"kind": "baseline"}]},
    {"name": "on", "probe_on": "z", "candidates": [{"kind": "baseline"}]},
    {"name": "weights", "weights": {"balanced": "sex"}, "candidates": [{"kind": "baseline"}]},
    {"name": "matrix", "matrix": "m", "candidates": [{"kind": "baseline"}]},
    {"name": "train", "train": "A", "samples": "A", "candidates": [{"kind": "baseline"}]},
    {"name": "key", "taget": "class", "candidates": [{"kind": "baseline"}]},
    {"name": "none"},
    {"name": "empty", "candidates": []},
    {"name": "target and adversary", "candidates": [{"kind": "disentangled", "adversary": "class"}]},
    {"name": "twice", "candidates": [{"kind": "baseline"}, {"kind": "baseline"}]},
    {"name": "range", "candidates": [{"kind": "baseline", "training": {"epochs": 0}}]},
    {"name": "draw", "candidates": [{"kind": "linear", "c": {"log": [1, 2]}}, {"kind": "baseline"}]},
    {"name": "nothing drawn", "sweep": {"candidates": 2}, "candidates": [{"kind": "baseline"}]},
    {"name": "sweep", "sweep": {"sampler": "tpe", "race": {}, "candidates": 2},
     "candidates": [{"kind": "linear", "c": {"log": [1, 2]}}, {"kind": "baseline"}]},
    {"name": "simplest", "sweep": {"candidates": 2, "select": "one-se", "simplest": "lambda.from"},
     "candidates": [{"kind": "linear", "c": {"log": [1, 2]}}, {"kind": "baseline"}]},
    {"name": "select", "sweep": {"candidates": 2, "select": "oracle"},
     "candidates": [{"kind": "linear", "c": {"log": [1, 2]}}, {"kind": "baseline"}]}])");
}

TEST(Experiments, AreRefusedAlikeWhereverTheyStand) {
  const json wrong = wrong_experiments();
  const json sound{{"name", "sound"}, {"candidates", {{{"kind", "baseline"}}}}};
  std::vector<std::vector<std::string>> alone;
  for (const json& one : wrong) {
    alone.push_back(lines_of(job_of(json::array({one}))));
    EXPECT_NE(alone.back().at(0), "no error") << one;
  }
  for (std::size_t a = 0; a < wrong.size(); ++a)
    for (std::size_t b = 0; b < wrong.size(); ++b) {
      if (a == b) continue;
      std::set<std::string> expected = moved(alone[a], "/experiments/0", "/experiments/1");
      expected.merge(moved(alone[b], "/experiments/0", "/experiments/2"));
      const std::vector<std::string> found = lines_of(job_of({sound, wrong[a], wrong[b]}));
      EXPECT_EQ(std::set<std::string>(found.begin(), found.end()), expected)
          << wrong[a] << " " << wrong[b];
    }
}

TEST(Candidates, AreRefusedAlikeWhereverTheyStand) {
  const json wrong = json::parse(R"([
    {"kind": "base"}, {"name": "no kind"}, {"kind": "linear", "name": "c", "c": 0},
    {"kind": "linear", "name": "grid", "c": {"grid": []}},
    {"kind": "linear", "name": "draw", "c": {"log": [1, 2]}},
    {"kind": "linear", "name": "training", "training": {"epochs": 3}},
    {"kind": "baseline", "name": "lambda", "lambda": {"from": 3}},
    {"kind": "baseline", "name": "batch", "training": {"batch": 1}},
    {"kind": "baseline", "name": "plateau", "training": {"plateau": {"factor": 2}}},
    {"kind": "disentangled", "name": "schedule", "lambda": {"schedule": "step", "to": 3}},
    {"kind": "disentangled", "name": "values", "lambda": {"schedule": "table", "values": [1]}},
    {"kind": "disentangled", "name": "adversary", "adversary": ["sex", "sex"]},
    {"kind": "disentangled", "name": "own", "adversary": {"sex": {"lambda": {"from": 0}}}},
    {"kind": "disentangled", "name": "which", "adversary": {"choice": ["sex", "domain"]}},
    {"kind": "baseline", "name": "parameters", "parameters": {"c": 1}}])");
  const auto lines = [](const json& candidates) {
    return lines_of(job_of({{{"name", "e"}, {"candidates", candidates}}}));
  };
  const std::string at = "/experiments/0/candidates/";
  std::vector<std::vector<std::string>> alone;
  for (const json& one : wrong) {
    alone.push_back(lines(json::array({one})));
    EXPECT_NE(alone.back().at(0), "no error") << one;
  }
  for (std::size_t a = 0; a < wrong.size(); ++a)
    for (std::size_t b = 0; b < wrong.size(); ++b) {
      if (a == b) continue;
      std::set<std::string> expected = moved(alone[a], at + "0", at + "1");
      expected.merge(moved(alone[b], at + "0", at + "2"));
      const std::vector<std::string> found = lines({{{"kind", "baseline"}}, wrong[a], wrong[b]});
      EXPECT_EQ(std::set<std::string>(found.begin(), found.end()), expected)
          << wrong[a] << " " << wrong[b];
    }
}

/// A list or object in which the first entry is sound and two others are not.
struct TwoMistakes {
  const char* place;  ///< JSON pointer
  json value;
  std::vector<std::string> told;
};

std::vector<TwoMistakes> lists_with_two_mistakes() {
  const std::string e = "/experiments/0/";
  return {
      {"/embeddings", {"a", "a", "b", "b"}, {"names 'a' twice", "names 'b' twice"}},
      {"/roles",
       {{"in", json::object()}, {"oos", json::object()}},
       {"/roles/in: names neither", "/roles/oos: names neither"}},
      {"/roles",
       {{"in", {{"role", "in"}, {"class", "a"}}}, {"oos", {{"role", "in"}, {"class", "a"}}}},
       {"/roles/in/role: is not used here", "/roles/oos/role: is not used here"}},
      {"/sets",
       {{"A", {{"domain", "x"}}}, {"B", "C"}, {"D", {"A", {{"set", {"A", "E", "F"}}}}}},
       {"/sets/B: names the set 'C'", "/sets/D: names the set 'E'", "/sets/D: names the set 'F'"}},
      {"/sets",
       {{"A", "B"}, {"B", "A"}, {"C", {{{"domain", "x"}}, "D"}}, {"D", "C"}},
       {"/sets/A: contains itself (through B)", "/sets/C: contains itself (through D)"}},
      {"/sets/A",
       {{{"domain", "x"}}, {{"domian", "x"}}, json::object()},
       {"/sets/A/1/domian: is not a known key", "/sets/A/2: is empty"}},
      {"/sets/A",
       {{"attributes", {{"sex", "F"}, {"age", 7}, {"year", {9, 3}}}}},
       {"/sets/A/attributes/age: must be", "/sets/A/attributes/year: is [9,3]"}},
      {"/sets/A",
       {{"domain", "x"}, {"at_most", {{"a", 3}, {"b", 0}, {"c", 1.5}}}},
       {"/sets/A/at_most/b: is 0", "/sets/A/at_most/c: must be"}},
      {"/sets/A", {{"role", {"in", "out", "far"}}}, {"has \"out\"", "has \"far\""}},
      {"/experiments/0/samples",
       {{"set", {"A", "B", "C"}}},
       {"samples: names the set 'B'", "samples: names the set 'C'"}},
      {"/experiments/0/evaluate", {"in", "A", "B", "C"}, {"has \"B\"", "has \"C\""}},
      {"/experiments/0/train", {"A", "B", "C"}, {"names the set 'B'", "names the set 'C'"}},
      {"/experiments/0/train", {"A", "A", "AB", "AB"}, {"names 'A' twice", "names 'AB' twice"}},
      {"/experiments/0/probe", {"sex", "age", "sex", "age"}, {"\"sex\" twice", "\"age\" twice"}},
      {"/experiments/0/probe", {"sex", "class", "sex"}, {"the target itself", "\"sex\" twice"}},
      {"/experiments/0/weights",
       {{"balanced", {"class", "sex", "age"}}},
       {"has \"sex\"", "has \"age\""}},
      {"/experiments/0/candidates/0/adversary",
       {"domain", "sex", "sex", "view", "view"},
       {"\"sex\" twice", "\"view\" twice"}},
      {"/experiments/0/candidates/0/adversary",
       {{"domain", json::object()},
        {"sex", {{"lambda", {{"from", 0}}}}},
        {"view", {{"lambda", {{"to", 0}}}}}},
       {"adversary/sex/lambda/from: is 0", "adversary/view/lambda/to: is 0"}},
      {"/experiments/0/candidates/0/lambda",
       {{"from", {{"grid", {1, "x", "y", 1}}}}},
       {"from/grid/1: must be", "from/grid/2: must be", "from/grid/3: is 1 a second time"}},
      {"/experiments/0/candidates/0/lambda",
       {{"from", {{"grid", json::array()}}}, {"to", {{"grid", 3}, {"x", 1}}}},
       {"lambda/from/grid: must be", "lambda/to/grid: must be", "lambda/to: has other keys"}},
      {"/splits",
       {{"scheme", "hold-out"}, {"folds", 3}, {"leave-one-out", "sex"}, {"leave-out", 3}},
       {"/splits/folds: ", "/splits/leave-one-out: ", "/splits/leave-out: "}},
      {"/training",
       {{"epochs", 0}, {"plateau", {{"patience", -1}, {"factor", 0}}}},
       {"/training/epochs: ", "/training/plateau/patience: ", "/training/plateau/factor: "}},
      {"/experiments/0/candidates",
       {{{"kind", "disentangled"}, {"adversary", "sex"}},
        {{"kind", "disentangled"}, {"name", "two"}, {"adversary", {"domain", "class"}}},
        {{"kind", "disentangled"}, {"name", "three"}, {"adversary", "class"}}},
       {"has 'two' of kind 'disentangled'", "has 'three' of kind 'disentangled'"}},
  };
}

TEST(Lists, AreSearchedForAllMistakes) {
  for (const TwoMistakes& one : lists_with_two_mistakes()) {
    json job = job_of({{{"name", "e"}, {"candidates", {{{"kind", "disentangled"}}}}}});
    job[json::json_pointer(one.place)] = one.value;
    const std::string message = testing::message_of_job(job.dump());
    for (const std::string& told : one.told)
      EXPECT_THAT(message, HasSubstr(told)) << one.place << " = " << one.value;
  }
}

/// A sweep whose first entries are sound, and mistakes in two others.
TEST(Lists, OfSweepsAreSearchedForAllMistakes) {
  const json base = json::parse(R"({"name": "e", "evaluate": ["in", "oos"], "probe": "domain",
    "sweep": {"candidates": 3, "race": {}, "select": ["held-out", "one-se"]},
    "candidates": [{"kind": "linear", "c": {"log": [0.1, 10]}},
      {"kind": "disentangled", "lambda": {"from": {"log": [0.1, 10]}, "to": {"log": [0.1, 10]}}}]})");
  const std::vector<TwoMistakes> all{
      {"/sweep/race/rungs",
       {2, 1, 4, 4, 6},
       {"rungs/1: is 1 (folds", "rungs/3: is 4 after 4", "rungs/4: is 6 (folds"}},
      {"/sweep/select",
       {"held-out", "best", "worst", "held-out"},
       {"has \"best\"", "has \"worst\"", "has 'held-out' twice"}},
      {"/sweep/simplest", {"lambda.from", "x", "y"}, {"has 'x'", "has 'y'"}},
      {"/candidates/1/lambda",
       {{"from", {{"log", {0, 1}}}}, {"to", {{"uniform", {2, 1}}}}},
       {"lambda/from/log: is [0,1]", "lambda/to/uniform: is [2,1]"}},
      {"/candidates/1/lambda",
       {{"from", {{"uniform", {0, 1}}}}, {"to", {{"uniform", {0, 1}}}}},
       {"lambda/from: is 0.0", "lambda/to: is 0.0"}},
      {"/candidates/1/lambda",
       {{"choice", {{{"from", 1}}, {{"from", 0}}, {{"to", 0}}}}},
       {"lambda/from: is 0 ", "lambda/to: is 0 "}},
      {"/candidates/1/training",
       {{"epochs", {{"choice", {1, true, json::array()}}}}},
       {"choice/1: must be a number", "choice/2: must be a number"}},
  };
  for (const TwoMistakes& one : all) {
    json experiment = base;
    experiment[json::json_pointer(one.place)] = one.value;
    const std::string message = testing::message_of_job(job_of(json::array({experiment})).dump());
    for (const std::string& told : one.told)
      EXPECT_THAT(message, HasSubstr(told)) << one.place << " = " << one.value;
  }
}

/// Errors in the job's training hide what it draws, so nothing is said of that.
TEST(Experiments, AreNotRefusedForWhatTheJobsTrainingMayDraw) {
  json job = job_of(json::array({json::parse(R"({"name": "e",
    "sweep": {"candidates": 2, "select": "one-se", "simplest": "training.batch"},
    "candidates": [{"kind": "baseline"}]})")}));
  job["training"] = {{"batch", {{"int", {8, 64}}}}, {"epochs", 0}};
  EXPECT_EQ(lines_of(job), std::vector<std::string>{"/training/epochs: is 0 (out of range). take a "
                                                    "whole number of 1 to 1000000"});
}

/// A rule and the experiment that lacks what it needs.
struct Obstacle {
  const char* rule;
  const char* place;  ///< JSON pointer into the job
  json value;         ///< null: removed
  const char* told;
};

TEST(SelectionRules, NeedWhatTheyChooseByWhereverTheyStandInTheList) {
  const std::vector<Obstacle> obstacles{
      {"validation", "/splits/validation", 0, "needs a validation part"},
      {"source-out", "/experiments/1/target", "domain", "leaves sources out"},
      {"constrained", "/experiments/1/target", "domain", "bounds the domain AUC"},
      {"constrained", "/experiments/1/probe", nullptr, "needs the domain AUC"},
      {"constrained", "/experiments/1/probe", "sex", "needs the domain AUC"},
      {"oracle", "/experiments/1/evaluate", "in", "needs out-of-sample scores"}};
  const json other = json::parse(R"({"name": "other", "candidates": [{"kind": "baseline"}]})");
  for (const Obstacle& one : obstacles) {
    SCOPED_TRACE(fmt::format("{} {} {}", one.rule, one.place, one.value.dump()));
    json experiment = json::parse(R"({"name": "e", "evaluate": ["in", "oos"], "probe": "domain",
      "sweep": {"candidates": 3},
      "candidates": [{"kind": "linear", "c": {"log": [0.1, 10]}}]})");
    for (const json& select : {json{one.rule}, json{"held-out", one.rule}, json{one.rule, "one-se"},
                               json{"held-out", "one-se", one.rule}}) {
      experiment["sweep"]["select"] = select;
      if (std::string(one.rule) == "constrained") experiment["sweep"]["tau"] = 0.6;
      json job = job_of({other, experiment});
      EXPECT_EQ(testing::message_of_job(job.dump()), "no error");
      const json::json_pointer at(one.place);
      if (one.value.is_null())
        job[at.parent_pointer()].erase(at.back());
      else
        job[at] = one.value;
      if (one.value == "domain") job["experiments"][1]["probe"] = "class";
      EXPECT_THAT(testing::message_of_job(job.dump()),
                  HasSubstr(fmt::format("/experiments/1/sweep/select: has '{}', which {}", one.rule,
                                        one.told)))
          << select;
    }
  }
}

TEST(Sets, AreCalledWhatNothingElseInATableIs) {
  const auto message = [](const std::string& name) {
    json job = job_of({{{"name", "e"}, {"candidates", {{{"kind", "baseline"}}}}}});
    job["sets"][name] = {{"domain", "x"}};
    return testing::message_of_job(job.dump());
  };
  for (const char* taken : {"in", "oos", "task", "class", "domain", "all"})
    EXPECT_THAT(message(taken), HasSubstr(fmt::format("has the name '{}'", taken)));
  for (const char* good : {"a", "z", "A", "Z", "0", "9", "a-b", "a_b", "a+b", "-", "In", "inn"})
    EXPECT_EQ(message(good), "no error") << good;
  for (const char* bad : {"", " ", "a b", "a/b", "a.b", "a,b", "\u00e4", "a:", "@", "[", "`", "{"})
    EXPECT_THAT(message(bad), HasSubstr("has a name that cannot stand in a column's title")) << bad;
}

}  // namespace
}  // namespace crossfold
