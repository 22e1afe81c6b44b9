// Studies of several sources by the program: what leaving one out costs is what was planted, and
// sets, matrices and left-out levels come to the same bytes on ranks.

#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/store/planted_sources.h"

#include "cli/program.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class SeveralHospitals : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;  // owned by the suite, freed below
    const Ended made = run_crossfold({"store", "synth", "sources", folder_->file("s.h5"), "--dim",
                                      "24", "--scale", "4", "--seed", "1"});
    ASSERT_EQ(made.code, 0) << made.err;
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string write_job(const std::string& name, const json& splits,
                               const json& experiment) {
    json job{{"name", name},
             {"store", "s.h5"},
             {"seed", 2},
             {"splits", splits},
             {"embeddings", "synth/sources"},
             {"experiments", {experiment}},
             {"sets",
              {{"A", {{"domain", "site_a"}}},
               {"AB", {"A", {{"domain", "site_b"}}}},
               {"men", {{"set", "AB"}, {"attributes", {{"sex", "M"}, {"age", {20, 60}}}}}},
               {"few", {{"set", "AB"}, {"at_most", 60}}}}}};
    bool trains = false;
    for (const json& candidate : experiment["candidates"])
      trains = trains || candidate["kind"] != "linear";
    if (trains) job["training"] = {{"epochs", 3}, {"batch", 64}};
    write_text(folder_->file(name + ".json"), job.dump());
    return folder_->file(name + ".json");
  }

  static std::string report_of(const std::string& run) {
    const Ended made = run_crossfold({"report", run, "--format", "json", "--fits"});
    EXPECT_EQ(made.code, 0) << made.err;
    return made.out;
  }

  static ScratchFolder* folder_;
};

ScratchFolder* SeveralHospitals::folder_ = nullptr;

/// The limit: within 0.02 of the loss that the generator states.
TEST_F(SeveralHospitals, LeavingOneOutCostsWhatWasPlanted) {
  const std::string left = folder_->file("left.run");
  const std::string inside = folder_->file("inside.run");
  const json linear{{"name", "task"}, {"candidates", {{{"kind", "linear"}}}}};
  const Ended run =
      run_crossfold({"run", write_job("left", {{"leave-one-out", "domain"}, {"seeds", 1}}, linear),
                     "--out", left});
  ASSERT_EQ(run.code, 0) << run.err;
  json with_sites = linear;
  with_sites["evaluate"] = {"in"};
  for (const char* site : {"site_a", "site_b", "site_c", "site_d", "site_e"})
    with_sites["evaluate"].push_back(site);
  json job = json::parse(read_text(write_job("inside", {{"folds", 5}, {"seeds", 1}}, linear)));
  job["experiments"][0] = with_sites;
  for (const char* site : {"site_a", "site_b", "site_c", "site_d", "site_e"})
    job["sets"][site] = {{"domain", site}};
  write_text(folder_->file("inside.json"), job.dump());
  const Ended pooled = run_crossfold({"run", folder_->file("inside.json"), "--out", inside});
  ASSERT_EQ(pooled.code, 0) << pooled.err;

  const json turns = json::parse(report_of(left))["tables"][0]["rows"][0]["turns"];
  const json scores = json::parse(report_of(inside))["tables"][0]["rows"][0]["scores"];
  const PlantedAnswers planted = planted_answers(5);
  const std::vector<PlantedSource> sources = planted_sources(5);
  ASSERT_EQ(turns.size(), sources.size());
  for (std::size_t i = 0; i < sources.size(); ++i) {
    EXPECT_EQ(turns[i]["left_out"], sources[i].name);
    const double left_out = turns[i]["scores"]["task_auc"]["mean"];
    const double held_out = scores[sources[i].name + "_auc"]["mean"];
    const SourceAnswer& answer = planted.sources[i];
    EXPECT_NEAR(held_out - left_out, answer.inside.auc - answer.left_out.auc, 0.02)
        << sources[i].name;
  }
}

TEST_F(SeveralHospitals, AreTheSameBytesOnRanks) {
  const json candidates{{{"kind", "linear"}}, {{"kind", "baseline"}}};
  const std::map<std::string, std::pair<json, json>> studies{
      {"matrix",
       {{{"scheme", "hold-out"}, {"seeds", 2}},
        {{"name", "m"},
         {"train", {"A", "AB", "few"}},
         {"evaluate", {"A", "men"}},
         {"positive", "covid19"},
         {"balance", "class"},
         {"candidates", candidates}}}},
      {"sexes",
       {{{"leave-one-out", "sex"}, {"seeds", 1}},
        {{"name", "s"}, {"evaluate", {"in", "men"}}, {"candidates", candidates}}}}};
  for (const auto& [name, study] : studies) {
    SCOPED_TRACE(name);
    const std::string job = write_job(name, study.first, study.second);
    const std::string alone = folder_->file(name + "1.run");
    const std::string ranks = folder_->file(name + "3.run");
    const Ended one = run_crossfold({"run", job, "--out", alone});
    ASSERT_EQ(one.code, 0) << one.err;
    const Ended three = Child(with_ranks(3, {"run", job, "--out", ranks}), folder_->path()).wait();
    ASSERT_EQ(three.code, 0) << three.err;
    EXPECT_EQ(report_of(ranks), report_of(alone));
    EXPECT_EQ(read_text(ranks + "/results.h5"), read_text(alone + "/results.h5"));
    const Ended predictions = run_crossfold({"export", alone, "predictions"});
    EXPECT_EQ(predictions.code, 0) << predictions.err;
    EXPECT_THAT(predictions.out, HasSubstr(",men,"));
    const Ended audit = run_crossfold({"audit", alone, "--rules", "INT,LEA-01,REP-01"});
    EXPECT_EQ(audit.code, 0) << audit.out << audit.err;
  }
}

TEST_F(SeveralHospitals, AreRefusedWithTheReason) {
  const json linear{{"name", "task"}, {"samples", "C"}, {"candidates", {{{"kind", "linear"}}}}};
  const Ended unknown = run_crossfold({"check", write_job("unknown", {{"folds", 3}}, linear)});
  EXPECT_EQ(unknown.code, 3);
  EXPECT_THAT(unknown.err,
              HasSubstr("/experiments/0/samples: names the set 'C' (the job has no such "
                        "set). choose one of A, AB, few, men"));
  json of_attribute = linear;
  of_attribute["samples"] = {{"attributes", {{"smoker", "yes"}}}};
  const Ended attribute =
      run_crossfold({"check", write_job("attribute", {{"folds", 3}}, of_attribute)});
  EXPECT_EQ(attribute.code, 3);
  EXPECT_THAT(attribute.err,
              HasSubstr("/experiments/0/samples/attributes/smoker: is asked for (the store has no "
                        "such attribute). choose one of age, sex, view"));
}

}  // namespace
}  // namespace crossfold
