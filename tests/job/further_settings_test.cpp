// The settings that job_settings.h leaves to others: of sweeps, schemes of splits, sets, weights,
// probes and training sets. Each value is read, kept and counts.

#include <cstdint>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/job/job_json.h"

#include "job/job_settings.h"
#include "job/refused_job.h"

namespace crossfold {
namespace {

using nlohmann::json;
using testing::parsed;

/// One way to give a setting, and what the canonical form has there; null: nothing.
struct Value {
  json written;
  json canonical;
};

/// A setting of the second of three experiments, or of the job.
struct Setting {
  const char* experiment;  ///< what the experiment has beside it
  const char* splits;      ///< of the job
  std::string place;      ///< JSON pointer into the experiment, or into the job: "/job/splits/test"
  std::string canonical;  ///< the same, where the canonical form has it
  std::vector<Value> values;
  bool draws_others = false;  ///< other candidates come of it
};

std::vector<Value> same(std::initializer_list<json> values) {
  std::vector<Value> kept;
  for (const json& value : values) kept.push_back({value, value});
  return kept;
}
std::vector<Value> with_default(const json& fallback, std::initializer_list<json> others) {
  std::vector<Value> values{{nullptr, fallback}};
  for (const json& value : others) values.push_back({value, value});
  return values;
}

constexpr const char* kFolds = R"({"folds": 3, "seeds": 2})";
constexpr const char* kPlain = R"({"candidates": [{"kind": "baseline"}]})";
constexpr const char* kRace = R"({"evaluate": ["in", "oos"], "probe": "domain",
  "sweep": {"candidates": 4, "race": {}, "tau": 0.5, "select": ["one-se", "constrained"]},
  "candidates": [{"kind": "disentangled", "lambda": {"from": {"log": [1, 9]},
                                                     "to": {"log": [1, 9]}}}]})";
constexpr const char* kNoRace = R"({"evaluate": ["in", "oos"], "probe": "domain",
  "sweep": {"candidates": 4},
  "candidates": [{"kind": "disentangled", "lambda": {"from": {"log": [1, 9]}}}]})";
constexpr const char* kLearning = R"({
  "sweep": {"sampler": "tpe", "candidates": 40},
  "candidates": [{"kind": "disentangled", "lambda": {"from": {"log": [1, 9]}}}]})";

std::vector<Setting> settings_of_sweeps() {
  const std::string race = "/sweep/race/";
  return {
      {kNoRace, kFolds, "/sweep/sampler", "/sweep/sampler", with_default("sobol", {"random"}),
       true},
      {kNoRace, kFolds, "/sweep/candidates", "/sweep/candidates", same({1, 4, 5}), true},
      {kNoRace,
       kFolds,
       "/sweep/select",
       "/sweep/select",
       {{nullptr, {"held-out"}},
        {"validation", {"validation"}},
        {"source-out", {"source-out"}},
        {"oracle", {"oracle"}},
        {{"one-se", "held-out"}, {"one-se", "held-out"}},
        {{"held-out", "one-se"}, {"held-out", "one-se"}}}},
      {kNoRace,
       kFolds,
       "/sweep/nested",
       "/sweep/nested",
       {{nullptr, nullptr},
        {json::object(), {{"folds", 5}}},
        {{{"folds", 2}}, {{"folds", 2}}},
        {{{"folds", 7}}, {{"folds", 7}}}}},
      {kNoRace,
       kFolds,
       "/sweep/race",
       "/sweep/race",
       {{nullptr, nullptr},
        {json::object(),
         {{"by", "task_auc"}, {"rungs", {2, 4}}, {"risk", 0.05}, {"indifference", 0.002}}}}},
      {kRace, kFolds, race + "by", race + "by", with_default("task_auc", {"task_acc"})},
      {kRace, kFolds, race + "rungs", race + "rungs",
       with_default({2, 4}, {json::array({2}), {2, 5}, {2, 3, 4, 5}})},
      {kRace, kFolds, race + "risk", race + "risk", with_default(0.05, {0.2, 1e-9, "greedy"})},
      {kRace, kFolds, race + "indifference", race + "indifference",
       with_default(0.002, {0.0, 0.5, 1.0})},
      {kRace, kFolds, "/sweep/tau", "/sweep/tau", same({0.0, 0.5, 0.75, 1.0})},
      {kRace,
       kFolds,
       "/sweep/simplest",
       "/sweep/simplest",
       {{nullptr, nullptr},
        {"lambda.from", {"lambda.from"}},
        {{"lambda.to", "lambda.from"}, {"lambda.to", "lambda.from"}},
        {{"lambda.from", "lambda.to"}, {"lambda.from", "lambda.to"}}}},
      {kLearning, kFolds, "/sweep/by", "/sweep/by", with_default("task_auc", {"task_acc"})},
      {kLearning, kFolds, "/sweep/generation", "/sweep/generation",
       with_default(16, {1, 3, 40, 100}), true},
      {kLearning, kFolds, "/sweep/candidates", "/sweep/candidates", same({40, 41})},
  };
}

std::vector<Setting> settings_of_splits() {
  return {
      {kPlain, R"({"scheme": "hold-out"})", "/job/splits/test", "/job/splits/test",
       with_default(0.3, {0.01, 0.25, 0.9})},
      {kPlain, R"({"scheme": "hold-out"})", "/job/splits/seeds", "/job/splits/seeds",
       with_default(5, {1, 3})},
      {kPlain, R"({"scheme": "hold-out"})", "/job/splits/validation", "/job/splits/validation",
       with_default(0.1, {0.0, 0.9})},
      {kPlain, R"({"leave-one-out": "sex"})", "/job/splits/seeds", "/job/splits/seeds",
       with_default(5, {1, 3})},
      {kPlain, R"({"leave-one-out": "sex"})", "/job/splits/validation", "/job/splits/validation",
       with_default(0.1, {0.0, 0.9})},
      {kPlain,
       "{}",
       "/job/splits/leave-one-out",
       "/job/splits/leave-out",
       {{"class", {{"class", 1}}}, {"domain", {{"domain", 1}}}, {"sex", {{"sex", 1}}}}},
      {kPlain, "{}", "/job/splits/leave-out", "/job/splits/leave-out",
       same({{{"sex", 1}}, {{"sex", 2}}, {{"view", 2}}, {{"view", 1000}}})},
  };
}

std::vector<Setting> settings_of_experiments() {
  return {
      {kPlain, kFolds, "/balance", "/balance", with_default(nullptr, {"class", "domain"})},
      {kPlain,
       kFolds,
       "/weights",
       "/weights",
       {{nullptr, nullptr},
        {"balanced", {{"balanced", {"class"}}}},
        {{{"balanced", "domain"}}, {{"balanced", {"domain"}}}},
        {{{"balanced", {"domain", "class"}}}, {{"balanced", {"class", "domain"}}}}}},
      {kPlain,
       kFolds,
       "/positive",
       "/positive",
       {{nullptr, nullptr},
        {"covid19", {"covid19"}},
        {"pneumonia", {"pneumonia"}},
        {{"covid19", "pneumonia"}, {"covid19", "pneumonia"}}}},
      {kPlain,
       kFolds,
       "/evaluate",
       "/evaluate",
       {{nullptr, {"in"}},
        {{"in", "oos"}, {"in", "oos"}},
        {{"in", "A"}, {"in", "A"}},
        {{"B", "in", "A"}, {"in", "B", "A"}},
        {{"A", "in", "B", "oos"}, {"in", "oos", "A", "B"}}}},
      {R"({"candidates": [{"kind": "linear"}]})",
       kFolds,
       "/probe",
       "/probe",
       {{nullptr, nullptr},
        {"domain", "domain"},
        {"sex", {"sex"}},
        {{"sex", "age"}, {"sex", "age"}},
        {{"age", "domain"}, {"domain", "age"}}}},
      {R"({"probe": ["domain", "sex"], "candidates": [{"kind": "baseline"}]})",
       kFolds,
       "/probe_within",
       "/probe_within",
       {{nullptr, nullptr}, {"class", "class"}}},
      {R"({"probe": "domain", "candidates": [{"kind": "baseline"}]})", kFolds, "/probe_on",
       "/probe_on", with_default("encoded", {"z"})},
      {R"({"samples": "A", "candidates": [{"kind": "baseline"}]})", kFolds, "/matrix", "/matrix",
       with_default(nullptr, {"m", "n"})},
      {kPlain,
       kFolds,
       "/samples",
       "/samples",
       {{nullptr, {{"role", {"in"}}}},
        {"A", "A"},
        {"B", "B"},
        {{{"set", {"A", "B"}}}, {{"set", {"A", "B"}}}},
        {{{"set", "A"}, {"class", "normal"}}, {{"set", {"A"}}, {"class", {"normal"}}}},
        {{{"set", "A"}, {"domain", "rsna"}}, {{"set", {"A"}}, {"domain", {"rsna"}}}},
        {{{"set", "A"}, {"role", "oos"}}, {{"set", {"A"}}, {"role", {"oos"}}}},
        {{{"set", "A"}, {"attributes", {{"sex", "F"}}}},
         {{"set", {"A"}}, {"attributes", {{"sex", {"F"}}}}}},
        {{{"attributes", {{"sex", {"F", "M"}}, {"age", {18, 65}}}}},
         {{"role", {"in"}}, {"attributes", {{"sex", {"F", "M"}}, {"age", {18.0, 65.0}}}}}},
        {{{"attributes", {{"age", {18, 66}}}}},
         {{"role", {"in"}}, {"attributes", {{"age", {18.0, 66.0}}}}}},
        {{{"attributes", {{"age", {17, 66}}}}},
         {{"role", {"in"}}, {"attributes", {{"age", {17.0, 66.0}}}}}}}},
      {kPlain,
       kFolds,
       "/job/roles/in",
       "/job/roles/in",
       {{nullptr, nullptr},
        {{{"class", "normal"}}, {{"class", {"normal"}}}},
        {{{"domain", {"a", "b"}}}, {{"domain", {"a", "b"}}}},
        {{{"domain", "a"}, {"class", "normal"}}, {{"domain", {"a"}}, {"class", {"normal"}}}}}},
      {kPlain, kFolds, "/job/warm_start", "/job/warm_start", with_default(nullptr, {"a.run"})},
  };
}

/// A part of a set, alone and as the second of two.
std::vector<Setting> settings_of_sets() {
  const std::vector<Value> parts{
      {"A", "A"},
      {{{"set", {"A", "B"}}}, {{"set", {"A", "B"}}}},
      {{{"set", "A"}, {"at_most", 3}}, {{"set", {"A"}}, {"at_most", 3}}},
      {{{"set", "A"}, {"at_most", 4}}, {{"set", {"A"}}, {"at_most", 4}}},
      {{{"set", "A"}, {"at_most", {{"x", 4}}}}, {{"set", {"A"}}, {"at_most", {{"x", 4}}}}},
      {{{"set", "A"}, {"at_most", {{"x", 4}, {"y", 2}}}},
       {{"set", {"A"}}, {"at_most", {{"x", 4}, {"y", 2}}}}},
      {{{"class", "x"}}, {{"class", {"x"}}}},
      {{{"domain", "x"}}, {{"domain", {"x"}}}},
      {{{"role", "in"}}, {{"role", {"in"}}}},
      {{{"role", {"oos", "in"}}}, {{"role", {"in", "oos"}}}},
      {{{"attributes", {{"sex", "F"}}}}, {{"attributes", {{"sex", {"F"}}}}}},
      {{{"attributes", {{"sex", "M"}}}}, {{"attributes", {{"sex", {"M"}}}}}},
      {{{"attributes", {{"age", {1, 2}}}}}, {{"attributes", {{"age", {1.0, 2.0}}}}}},
      {{{"attributes", {{"age", {1, 3}}}}}, {{"attributes", {{"age", {1.0, 3.0}}}}}}};
  std::vector<Value> alone, second;
  for (const auto& [written, canonical] : parts) {
    alone.push_back({written, json::array({canonical})});
    second.push_back(
        {json::array({{{"domain", "y"}}, written}), json::array({{{"domain", {"y"}}}, canonical})});
  }
  return {{kPlain, kFolds, "/job/sets/C", "/job/sets/C", alone},
          {kPlain, kFolds, "/job/sets/C", "/job/sets/C", second}};
}

std::vector<Setting> all_settings() {
  std::vector<Setting> all = settings_of_sweeps();
  for (const auto& more : {settings_of_splits(), settings_of_experiments(), settings_of_sets()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

json::json_pointer place_in_job(const std::string& place) {
  const std::string job = "/job/";
  return json::json_pointer(place.starts_with(job) ? place.substr(job.size() - 1)
                                                   : "/experiments/1" + place);
}

json job_with(const Setting& setting, const json& value) {
  json job = json::parse(R"({"name": "n", "store": "s", "embeddings": "a/b", "seed": 3,
    "sets": {"A": {"domain": "rsna"}, "B": {"domain": "cohen"}},
    "experiments": [
      {"name": "before", "candidates": [{"kind": "baseline"}]}, {},
      {"name": "after", "candidates": [{"kind": "linear"}]}]})");
  job["splits"] = json::parse(setting.splits);
  job["experiments"][1] = json::parse(setting.experiment);
  job["experiments"][1]["name"] = "it";
  const json::json_pointer at = place_in_job(setting.place);
  if (!value.is_null())
    job[at] = value;
  else if (job.contains(at))
    job[at.parent_pointer()].erase(at.back());
  return job;
}

/// What a canonical form has there, which is then taken out of it.
json taken_out(json& canonical, const Setting& setting) {
  const json::json_pointer at = place_in_job(setting.canonical);
  if (!canonical.contains(at)) return {};
  json found = canonical.at(at);
  canonical[at.parent_pointer()].erase(at.back());
  for (json::json_pointer up = at.parent_pointer(); canonical.at(up).empty();
       up = up.parent_pointer())
    canonical[up.parent_pointer()].erase(up.back());
  return found;
}

TEST(FurtherSettings, AreReadIntoTheCanonicalFormThereAndNowhereElse) {
  for (const Setting& setting : all_settings()) {
    json first = canonical_job(parsed(job_with(setting, setting.values[0].written)));
    static_cast<void>(taken_out(first, setting));
    for (const Value& value : setting.values) {
      SCOPED_TRACE(setting.place + " = " + value.written.dump());
      json canonical = canonical_job(parsed(job_with(setting, value.written)));
      EXPECT_EQ(taken_out(canonical, setting), value.canonical);
      if (!setting.draws_others) {
        EXPECT_EQ(canonical, first);
      }
    }
  }
}

TEST(FurtherSettings, AreKeptByTheCanonicalFormAndCount) {
  for (const Setting& setting : all_settings()) {
    std::set<std::string> hashes;
    for (const Value& value : setting.values) {
      SCOPED_TRACE(setting.place + " = " + value.written.dump());
      const Job job = parsed(job_with(setting, value.written));
      const json canonical = canonical_job(job);
      EXPECT_EQ(canonical_job(parsed(canonical)), canonical);
      EXPECT_EQ(job_hash(parsed(canonical)), job_hash(job));
      hashes.insert(job_hash(job));
    }
    const bool counts = setting.place != "/job/warm_start";
    EXPECT_EQ(hashes.size(), counts ? setting.values.size() : 1U) << setting.place;
  }
}

/// A number whose bounds the schema tells at `rule`.
struct Bounded {
  Setting setting;
  std::string rule;
};

std::vector<Bounded> bounded_settings() {
  const std::string sweep = "/definitions/sweep/properties/";
  const std::string splits = "/properties/splits/properties/";
  const std::string at_most = "/definitions/set_part/oneOf/1/properties/at_most/oneOf/";
  const auto at = [](const char* experiment, const char* of_job, const char* place,
                     const char* canonical) {
    return Setting{experiment, of_job, place, canonical, {}};
  };
  return {
      {at(kNoRace, kFolds, "/sweep/nested/folds", "/sweep/nested/folds"),
       sweep + "nested/properties/folds"},
      {at(kLearning, kFolds, "/sweep/candidates", "/sweep/candidates"), sweep + "candidates"},
      {at(kLearning, kFolds, "/sweep/generation", "/sweep/generation"), sweep + "generation"},
      {at(kRace, kFolds, "/sweep/tau", "/sweep/tau"), sweep + "tau"},
      {at(kRace, kFolds, "/sweep/race/indifference", "/sweep/race/indifference"),
       "/definitions/race/properties/indifference"},
      {at(kPlain, R"({"scheme": "hold-out"})", "/job/splits/test", "/job/splits/test"),
       splits + "test"},
      {at(kPlain, "{}", "/job/splits/leave-out/sex", "/job/splits/leave-out/sex"),
       splits + "leave-out/additionalProperties"},
      {at(kPlain, kFolds, "/job/sets/A/at_most", "/job/sets/A/0/at_most"), at_most + "0"},
      {at(kPlain, kFolds, "/job/sets/A/at_most/x", "/job/sets/A/0/at_most/x"),
       at_most + "1/additionalProperties"},
  };
}

TEST(FurtherSettings, AreBoundedAsTheSchemaSays) {
  std::ifstream file(CROSSFOLD_SOURCE_DIR "/data-schemas/job.schema.json");
  const json schema = json::parse(file);
  for (const Bounded& one : bounded_settings())
    for (const char* end : {"minimum", "maximum"}) {
      const json& rule = schema.at(json::json_pointer(one.rule));
      const json& edge = rule.at(end);
      SCOPED_TRACE(one.setting.place + " = " + edge.dump());
      json canonical = canonical_job(parsed(job_with(one.setting, edge)));
      EXPECT_EQ(taken_out(canonical, one.setting), edge);
      const int outwards = std::string(end) == "minimum" ? -1 : 1;
      const json beyond = rule.at("type") == "integer" ? json(edge.get<std::int64_t>() + outwards)
                                                       : json(edge.get<double>() + outwards * 1e-9);
      EXPECT_THAT(testing::message_of_job(job_with(one.setting, beyond).dump()),
                  ::testing::HasSubstr("out of range"));
    }
}

/// What says nothing of fits: where files are and how many fits are trained at a time.
TEST(DifferingFields, AreAllButPlacesAndCohort) {
  const auto lines = [](const char* place, const json& one, const json& other) {
    const auto with = [&](const json& value) {
      json job = json::parse(R"({"name": "n", "store": "s", "embeddings": "a/b",
        "experiments": [{"name": "e", "candidates": [{"kind": "baseline"}]}], "splits": {}})");
      if (!value.is_null()) job[json::json_pointer(place)] = value;
      return canonical_job(parsed(job));
    };
    EXPECT_EQ(differing_fields(with(one), with(one)), std::vector<std::string>{});
    return differing_fields(with(one), with(other));
  };
  using ::testing::ElementsAre;
  EXPECT_THAT(lines("/store", "a", "b"), ElementsAre());
  EXPECT_THAT(lines("/cohort", 1, 2), ElementsAre());
  EXPECT_THAT(lines("/warm_start", nullptr, "b"), ElementsAre());
  EXPECT_THAT(lines("/splits/file", "a.csv", "b.csv"), ElementsAre());
  EXPECT_THAT(lines("/splits/file", nullptr, "b.csv"),
              ElementsAre("/splits/file: (none) -> \"b.csv\""));
  EXPECT_THAT(lines("/splits/file", "a.csv", nullptr),
              ElementsAre("/splits/file: \"a.csv\" -> (none)"));
  EXPECT_THAT(lines("/embeddings", json{"a", "b"}, json{"a", "c"}),
              ElementsAre("/embeddings/1: \"b\" -> \"c\""));
  EXPECT_THAT(lines("/embeddings", json{"a", "b"}, json{"a"}),
              ElementsAre("/embeddings: [\"a\",\"b\"] -> [\"a\"]"));
  EXPECT_THAT(lines("/splits", {{"seeds", 3}, {"folds", 4}}, {{"seeds", 4}, {"folds", 5}}),
              ElementsAre("/splits/folds: 4 -> 5", "/splits/seeds: 3 -> 4"));
}

}  // namespace
}  // namespace crossfold
