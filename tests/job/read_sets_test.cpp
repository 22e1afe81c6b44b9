#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/job/job_json.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

json job_with(json sets) {
  return {{"name", "study"},
          {"store", "study.h5"},
          {"embeddings", "texture/raw"},
          {"sets", std::move(sets)},
          {"experiments", {{{"name", "task"}, {"candidates", {{{"kind", "linear"}}}}}}}};
}

json some_sets() {
  return {{"A", {{"domain", "corda"}}},
          {"AB", {"A", {{"domain", "chestxray"}, {"class", "normal"}}}},
          {"far", {{"role", "oos"}}},
          {"women", {{"attributes", {{"sex", "F"}, {"age", {18, 65}}}}}},
          {"few", {{"set", "AB"}, {"at_most", 90}}},
          {"fewer", {{"set", {"A", "far"}}, {"at_most", {{"covid19", 5}, {"normal", 7}}}}}};
}

Job read(const json& job) { return parse_job(job.dump(), "job.json"); }

std::string message_of(const json& job) {
  try {
    static_cast<void>(read(job));
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(ReadSets, ReadsFiltersUnionsAndNumbers) {
  const Job job = read(job_with(some_sets()));
  ASSERT_THAT(job.sets, SizeIs(6));
  EXPECT_THAT(job.sets.at("A"), SizeIs(1));
  EXPECT_THAT(job.sets.at("A")[0].domain, ElementsAre("corda"));
  ASSERT_THAT(job.sets.at("AB"), SizeIs(2));
  EXPECT_THAT(job.sets.at("AB")[0].set, ElementsAre("A"));
  EXPECT_THAT(job.sets.at("AB")[1].class_label, ElementsAre("normal"));
  EXPECT_THAT(job.sets.at("far")[0].role, ElementsAre(Role::oos));
  const std::vector<AttributeFilter>& women = job.sets.at("women")[0].attributes;
  ASSERT_THAT(women, SizeIs(2));
  EXPECT_EQ(women[0], (AttributeFilter{.attribute = "age", .names = {}, .low = 18, .high = 65}));
  EXPECT_EQ(women[1], (AttributeFilter{.attribute = "sex", .names = {"F"}}));
  EXPECT_EQ(job.sets.at("few")[0].at_most, (std::map<std::string, int>{{"", 90}}));
  EXPECT_EQ(job.sets.at("fewer")[0].at_most,
            (std::map<std::string, int>{{"covid19", 5}, {"normal", 7}}));
}

TEST(ReadSets, TheCanonicalFormIsAJobThatReadsBackToItself) {
  json written = job_with(some_sets());
  written["splits"] = {{"scheme", "hold-out"}, {"test", 0.25}, {"seeds", 2}};
  json& experiment = written["experiments"][0];
  experiment["train"] = {"A", "AB"};
  experiment["evaluate"] = {"A", "far", "oos"};
  experiment["positive"] = "covid19";
  const Job job = read(written);
  const json canonical = canonical_job(job);
  const Job again = read(canonical);
  EXPECT_EQ(canonical_job(again), canonical);
  EXPECT_EQ(again.sets, job.sets);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(again.experiments[i].samples, job.experiments[i].samples);
    EXPECT_EQ(again.experiments[i].evaluate_sets, job.experiments[i].evaluate_sets);
    EXPECT_EQ(again.experiments[i].positive, job.experiments[i].positive);
    EXPECT_EQ(again.experiments[i].matrix, "task");
  }
  // A change of any part of a set is a change of the job.
  for (const auto& [name, ignored] : job.sets) {
    Job other = job;
    other.sets[name][0].class_label.emplace_back("pneumonia");
    EXPECT_NE(job_hash(other), job_hash(job)) << name;
  }
}

TEST(ReadSets, AJobWithoutThemIsWrittenAsItAlwaysWas) {
  json written = job_with({});
  written.erase("sets");
  const json canonical = canonical_job(read(written));
  EXPECT_FALSE(canonical.contains("sets"));
  EXPECT_EQ(canonical["splits"], (json{{"folds", 10}, {"seeds", 5}, {"validation", 0.1}}));
  const json& experiment = canonical["experiments"][0];
  EXPECT_EQ(experiment["samples"], (json{{"role", {"in"}}}));
  EXPECT_EQ(experiment["evaluate"], json{"in"});
  EXPECT_FALSE(experiment.contains("matrix"));
  EXPECT_FALSE(experiment.contains("positive"));
}

TEST(ReadSets, AnExperimentIsMadeForEachTrainingSet) {
  json written = job_with(some_sets());
  written["experiments"][0]["train"] = {"A", "AB", "few"};
  written["experiments"][0]["evaluate"] = {"A", "far"};
  const Job job = read(written);
  ASSERT_THAT(job.experiments, SizeIs(3));
  EXPECT_EQ(job.experiments[1].name, "task[train=AB]");
  EXPECT_EQ(job.experiments[1].matrix, "task");
  EXPECT_EQ(*pool_set(job.experiments[1]), "AB");
  EXPECT_THAT(job.experiments[2].evaluate_sets, ElementsAre("A", "far"));
  EXPECT_FALSE(job.experiments[2].evaluate_oos);
}

TEST(ReadSets, OneSetMayBeAPool) {
  json written = job_with(some_sets());
  written["experiments"][0]["samples"] = "AB";
  Job job = read(written);
  EXPECT_EQ(*pool_set(job.experiments[0]), "AB");
  EXPECT_THAT(job.experiments[0].samples.role, IsEmpty()) << "the set says whose";
  written["experiments"][0]["samples"] = {{"set", "AB"}, {"class", "normal"}};
  job = read(written);
  EXPECT_EQ(pool_set(job.experiments[0]), nullptr);
  EXPECT_THAT(job.experiments[0].samples.role, IsEmpty()) << "here too";
  written["experiments"][0]["samples"] = {{"class", "normal"}};
  EXPECT_THAT(read(written).experiments[0].samples.role, ElementsAre(Role::in));
}

struct Wrong {
  const char* place;  ///< JSON pointer
  json value;
  const char* message;
};

TEST(ReadSets, SaysWhatIsWrong) {
  const std::vector<Wrong> wrong{
      {"/sets", 3, "/sets: must be an object of named sets (3 was found)"},
      {"/sets/B", json::array(), "/sets/B: is an empty list. name sets or filters"},
      {"/sets/B", json::object(),
       "/sets/B: is empty (it would take every sample). name a class, domain, role, set or "
       "attribute"},
      {"/sets/B", "C",
       "/sets/B: names the set 'C' (the job has no such set). choose one of A, AB, B, far, few, "
       "fewer, women"},
      {"/sets/B", "B",
       "/sets/B: contains itself (it is named in its own description). take it out of one of "
       "them"},
      {"/sets/A", {"AB"}, "/sets/A: contains itself (through AB). take it out of one of them"},
      {"/sets/oos",
       {{"domain", "x"}},
       "/sets/oos: has the name 'oos' (it means something else in tables). take another one"},
      {"/sets/a b",
       {{"domain", "x"}},
       "/sets/a b: has a name that cannot stand in a column's title. take letters, digits, '-', "
       "'_' and '+'"},
      {"/sets/B", {{"domian", "x"}}, "/sets/B/domian: is not a known key. did you mean 'domain'?"},
      {"/sets/B",
       {{"attributes", {{"age", {65, 18}}}}},
       "/sets/B/attributes/age: is [65,18] (no number lies there). put the smaller one first"},
      {"/sets/B",
       {{"attributes", {{"age", 7}}}},
       "/sets/B/attributes/age: must be a name, a list of names, or two numbers between which "
       "values lie (7 was found)"},
      {"/sets/B",
       {{"attributes", 7}},
       "/sets/B/attributes: must name attributes, as in {\"view\": \"PA\", \"age\": [18, 65]} (7 "
       "was found)"},
      {"/sets/B",
       {{"domain", "x"}, {"at_most", 0}},
       "/sets/B/at_most: is 0 (out of range). take a whole number of 1 to 1000000000"},
      {"/sets/B",
       {{"domain", "x"}, {"at_most", json::object()}},
       "/sets/B/at_most: names no class. name some, or give one number"},
      {"/experiments/0/samples", "C",
       "/experiments/0/samples: names the set 'C' (the job has no such set). choose one of A, AB, "
       "far, few, fewer, women"},
      {"/experiments/0/samples",
       {{"at_most", 7}},
       "/experiments/0/samples/at_most: is used in 'sets' only. describe a set there and name it "
       "here"},
      {"/experiments/0/evaluate",
       {"in", "C"},
       "/experiments/0/evaluate: has \"C\" (neither a role nor a named set). choose one of in, "
       "oos, "
       "A, AB, far, few, fewer, women"},
      {"/experiments/0/evaluate",
       {"A"},
       "/experiments/0/evaluate: lacks \"in\" (the held-out fold is always scored). add it"},
      {"/experiments/0/train", {"A", "A"}, "/experiments/0/train: names 'A' twice. remove one"},
      {"/experiments/0/matrix", "task",
       "/experiments/0/matrix: is used where 'samples' is one named set. remove it, or write "
       "'train' with the training sets"},
  };
  for (const Wrong& one : wrong) {
    json job = job_with(some_sets());
    job[json::json_pointer(one.place)] = one.value;
    EXPECT_THAT(message_of(job), HasSubstr(std::string("job.json: ") + one.message))
        << one.place << " = " << one.value;
  }
  json both = job_with(some_sets());
  both["experiments"][0]["train"] = "A";
  both["experiments"][0]["samples"] = "A";
  EXPECT_THAT(message_of(both), HasSubstr("/experiments/0/samples: stands beside 'train' (which "
                                          "names what is trained on). remove one of the two"));
}

}  // namespace
}  // namespace crossfold
