// Planted sources (store synth sources): the probes find sex, view and age where they are planted
// and as far as the generator says, and sources left out cost what it says.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/store/planted_sources.h"

#include "cli/program.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class Confounders : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;
    const Ended made =
        run_crossfold({"store", "synth", "sources", folder_->file("s.h5"), "--seed", "1"});
    ASSERT_EQ(made.code, 0) << made.err;
    said_ = new std::string(made.out);
  }
  static void TearDownTestSuite() {
    delete folder_;
    delete said_;
  }

  static std::string job(const std::string& name, const std::string& experiment,
                         const std::string& more = "") {
    std::string path = folder_->file(name);
    write_text(path, R"({"name": "confounders", "store": "s.h5", "seed": 1,
      "embeddings": "synth/sources", "splits": {"folds": 5, "seeds": 1}, )" +
                         more + R"("experiments": [{"name": "task", "candidates": [
      {"kind": "linear"}], )" +
                         experiment + "}]}");
    return path;
  }

  /// The first row of the report of a run.
  static json row(const std::string& name, const std::string& experiment,
                  const std::string& more = "") {
    const std::string out = folder_->file(name + ".run");
    const Ended run = run_crossfold({"run", job(name, experiment, more), "--out", out});
    EXPECT_EQ(run.code, 0) << run.err;
    const Ended report = run_crossfold({"report", out, "--format", "json"});
    EXPECT_EQ(report.code, 0) << report.err;
    return json::parse(report.out)["tables"][0]["rows"][0];
  }

  static double mean(const json& row, const std::string& of, const std::string& within,
                     const std::string& score) {
    for (const json& one : row["confounders"])
      if (one["of"] == of && one.value("within", "") == within) return one[score]["mean"];
    ADD_FAILURE() << of << " " << within << " is missing in " << row.dump();
    return 0;
  }

  static ScratchFolder* folder_;
  static std::string* said_;
  const PlantedAnswers planted_ = planted_answers(5);
};
ScratchFolder* Confounders::folder_ = nullptr;
std::string* Confounders::said_ = nullptr;

TEST_F(Confounders, AreSaidWhereTheStoreIsMade) {
  EXPECT_THAT(*said_, HasSubstr(text_of(planted_)));
  EXPECT_EQ(run_crossfold({"store", "synth", "sites", folder_->file("t.h5"), "--sources", "4"}).err,
            "crossfold: sources is 4 (only the kind sources has a number of them). leave it out\n");
}

TEST_F(Confounders, AreFoundAsFarAsTheyArePlanted) {
  const json found =
      row("pool.json", R"("probe": ["domain", "sex", "view", "age"], "probe_within": "class")");
  constexpr double kNear = 0.02;
  EXPECT_NEAR(found["scores"]["task_auc"]["mean"].get<double>(), planted_.pool.auc, kNear);
  EXPECT_NEAR(mean(found, "sex", "", "auc"), planted_.sex_auc, kNear);
  EXPECT_NEAR(mean(found, "view", "", "auc"), planted_.view_auc, kNear);
  EXPECT_NEAR(mean(found, "age", "", "r2"), planted_.age_r2, kNear);
  EXPECT_NEAR(mean(found, "sex", "normal", "auc"), planted_.sex_auc_healthy, kNear);
  EXPECT_NEAR(mean(found, "sex", "covid19", "auc"), planted_.sex_auc_ill, kNear);
  EXPECT_NEAR(mean(found, "view", "normal", "auc"), planted_.view_auc_healthy, kNear);
  EXPECT_NEAR(mean(found, "view", "covid19", "auc"), planted_.view_auc_ill, kNear);
}

TEST_F(Confounders, AreNotFoundWhereASourcePlantsNone) {
  const json found =
      row("site_c.json", R"("samples": {"domain": "site_c"}, "probe": ["sex", "view"])");
  // 2,000 samples, half of them men: the mean of five folds has a standard error of 0.013.
  EXPECT_NEAR(mean(found, "sex", "", "auc"), 0.5, 0.04);
  EXPECT_GT(mean(found, "view", "", "auc"), 0.9);
}

TEST_F(Confounders, CostWhatWasPlantedWhereASourceIsLeftOut) {
  const json found = row("site_e.json", R"("evaluate": ["in", "oos"])",
                         R"("roles": {"oos": {"domain": "site_e"}}, )");
  EXPECT_NEAR(found["scores"]["oos_auc"]["mean"].get<double>(), planted_.sources[4].left_out.auc,
              0.02);
}

/// A head that forgets the domain alone leaves the sex readable; with both as adversaries each is
/// read less well than from a head that forgets neither.
TEST_F(Confounders, AreForgottenWhereTheyAreAdversaries) {
  const std::string store = folder_->file("half.h5");
  ASSERT_EQ(run_crossfold({"store", "synth", "sources", store, "--scale", "0.3", "--dim", "24",
                           "--seed", "1"})
                .code,
            0);
  const std::string path = folder_->file("adversaries.json");
  write_text(path, R"({"name": "adversaries", "store": "half.h5", "seed": 1,
    "embeddings": "synth/sources", "splits": {"folds": 3, "seeds": 1},
    "training": {"epochs": 30}, "experiments": [{"name": "task", "probe": ["domain", "sex"],
    "candidates": [{"kind": "baseline"},
      {"name": "domain", "kind": "disentangled", "lambda": {"schedule": "constant", "from": 3}},
      {"name": "both", "kind": "disentangled", "lambda": {"schedule": "constant", "from": 3},
       "adversary": ["domain", "sex"]}]}]})");
  const std::string out = folder_->file("adversaries.run");
  const Ended run = run_crossfold({"run", path, "--out", out});
  ASSERT_EQ(run.code, 0) << run.err;
  const json rows =
      json::parse(run_crossfold({"report", out, "--format", "json"}).out)["tables"][0]["rows"];
  const auto domain_auc = [&](int row) { return mean(rows[row], "domain", "", "auc"); };
  const auto sex_auc = [&](int row) { return mean(rows[row], "sex", "", "auc"); };
  constexpr double kClearly = 0.05;
  EXPECT_LT(domain_auc(2), domain_auc(0) - kClearly);
  EXPECT_LT(sex_auc(2), sex_auc(0) - kClearly);
  EXPECT_LT(sex_auc(2), sex_auc(1) - kClearly);
}

TEST_F(Confounders, StandInATable) {
  const std::string out = folder_->file("small.run");
  const std::string small = folder_->file("small.h5");
  ASSERT_EQ(run_crossfold({"store", "synth", "sources", small, "--scale", "0.05"}).code, 0);
  const std::string path = job("small.json", R"("probe": ["domain", "sex", "age"])");
  ASSERT_EQ(run_crossfold({"run", path, "--store", small, "--out", out}).code, 0);
  const Ended report = run_crossfold({"report", out});
  EXPECT_THAT(report.out, HasSubstr("task: what can be read off the features"));
  EXPECT_THAT(report.out, HasSubstr("sex 0, age 0 of 500"));
  EXPECT_THAT(report.out, HasSubstr("age R2"));
}

TEST_F(Confounders, AreCheckedBeforeAnyWork) {
  const Ended unknown = run_crossfold({"check", job("unknown.json", R"("probe": "weight")")});
  EXPECT_EQ(unknown.code, 3);
  EXPECT_THAT(unknown.err,
              HasSubstr("/experiments/0/probe: has \"weight\" (the store has no such attribute). "
                        "choose one of domain, age, sex, view"));
}

}  // namespace
}  // namespace crossfold
