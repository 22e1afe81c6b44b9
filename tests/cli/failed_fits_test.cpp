// Fits that fail: told, counted, tried once more and no oftener, and never passed over as done. A
// disentangled fit whose training samples are all of one domain has nothing to learn and fails.

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/program.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using Split = std::pair<int, int>;  // seed, fold

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

/// 36 images of 18 patients; one patient alone is of the domain `rare`.
class FailedFits : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;  // owned by the suite, freed below
    std::string manifest = "id,class,domain,patient\n";
    std::string features = "id,x0,x1,x2\n";
    for (int i = 0; i < 36; ++i) {
      const int patient = i / 2;
      const std::string id = "i" + std::to_string(i);
      manifest += id + (patient % 2 == 0 ? ",normal," : ",covid19,") +
                  (patient == 7 ? "rare" : "common") + ",p" + std::to_string(patient) + "\n";
      features += id + "," + std::to_string(i * 7 % 11) + "," + std::to_string(i * 5 % 13) + "," +
                  std::to_string(patient % 2) + "\n";
    }
    write_text(folder_->file("m.csv"), manifest);
    write_text(folder_->file("f.csv"), features);
    const Ended made = run_crossfold({"store", "import", folder_->file("s.h5"), "--manifest",
                                      folder_->file("m.csv"), "--embedding",
                                      "e/raw=" + folder_->file("f.csv"), "--allow-label-columns"});
    ASSERT_EQ(made.code, 0) << made.err;
    write_text(job(), R"({"name": "failing", "store": "s.h5", "embeddings": "e/raw",
 "experiments": [{"name": "task", "candidates": [{"kind": "linear"}, {"kind": "baseline"},
                                                 {"kind": "disentangled"}]}],
 "splits": {"folds": 3, "seeds": 2}, "training": {"epochs": 2, "batch": 8}})");
    const Ended plan = run_crossfold({"plan", job(), "--splits", folder_->file("folds.csv")});
    ASSERT_EQ(plan.code, 0) << plan.err;
    std::istringstream lines(read_text(folder_->file("folds.csv")));
    for (std::string line; std::getline(lines, line);) {
      std::istringstream fields(line);
      std::vector<std::string> field(5);
      for (std::string& text : field) std::getline(fields, text, ',');
      if (field[4] == "i14" || field[4] == "i15")  // the rare patient's, held out of training
        failing_.insert({std::stoi(field[1]), std::stoi(field[2])});
    }
    ASSERT_GE(failing_.size(), 2U);
    ASSERT_LT(failing_.size(), 6U);
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string job() { return folder_->file("job.json"); }
  static std::string out(const std::string& name) { return folder_->file(name + ".run"); }
  static std::string failed_count() { return std::to_string(failing_.size()); }

  /// A run that must end with its failures told, each tried twice.
  static void expect_failures(const Ended& run) {
    EXPECT_EQ(run.code, 1) << run.err;
    EXPECT_EQ(count_of(run.err, "a piece of work failed on "), failing_.size()) << run.err;
    EXPECT_EQ(count_of(run.err, " and is tried once more: "), failing_.size());
    EXPECT_THAT(run.err, HasSubstr(", " + failed_count() + " failed"));
    EXPECT_THAT(run.err, HasSubstr("the training samples of this fold are all of one domain"));
  }

  static void expect_told(const std::string& name) {
    const Ended told = run_crossfold({"report", out(name), "--format", "json", "--fits"});
    EXPECT_EQ(told.code, 1);
    const json made = json::parse(told.out);
    EXPECT_EQ(made.at("complete"), false);
    EXPECT_EQ(made.at("fits").at("failed"), failing_.size());
    EXPECT_EQ(made.at("fits").at("done"), 18 - failing_.size());
    EXPECT_EQ(made.at("fits").at("missing"), 0);
    std::set<Split> failed;
    for (const json& row : made.at("tables").at(0).at("rows"))
      for (const json& fit : row.at("fits")) {
        if (fit.at("state") == "done") continue;
        EXPECT_EQ(fit.at("state"), "failed");
        EXPECT_EQ(row.at("candidate"), "disentangled");
        EXPECT_THAT(fit.at("error").get<std::string>(), HasSubstr("all of one domain"));
        failed.insert({fit.at("seed").get<int>(), fit.at("fold").get<int>()});
      }
    EXPECT_EQ(failed, failing_) << "those whose training lacks the rare domain, and no others";
  }

  static ScratchFolder* folder_;
  static std::set<Split> failing_;
};

ScratchFolder* FailedFits::folder_ = nullptr;
std::set<Split> FailedFits::failing_;

TEST_F(FailedFits, EndARunWithOneHoweverItIsStarted) {
  expect_failures(run_crossfold({"run", job(), "--out", out("alone"), "--workers", "1"}));
  expect_told("alone");
  expect_failures(run_crossfold({"run", job(), "--out", out("threads"), "--workers", "3"}));
  expect_told("threads");
  expect_failures(
      Child(with_ranks(2, {"run", job(), "--out", out("ranks")}), folder_->path()).wait());
  expect_told("ranks");
}

TEST_F(FailedFits, AreNotTriedForEver) {
  ASSERT_EQ(run_crossfold({"run", job(), "--out", out("again")}).code, 1);
  for (int repeat = 0; repeat < 2; ++repeat) {
    const Ended again = run_crossfold({"run", job(), "--out", out("again")});
    EXPECT_EQ(again.code, 1) << "a fit that failed is never a fit that is done";
    EXPECT_LE(count_of(again.err, "a piece of work failed on "), failing_.size()) << again.err;
    expect_told("again");
  }
}

TEST_F(FailedFits, AreNamedByEveryVerbThatShowsARun) {
  ASSERT_EQ(run_crossfold({"run", job(), "--out", out("shown")}).code, 1);
  const Ended status = run_crossfold({"status", out("shown")});
  EXPECT_THAT(status.out, HasSubstr(std::to_string(18 - failing_.size()) + " of 18 fits done, " +
                                    failed_count() + " failed, 0 to do"));
  const Ended text = run_crossfold({"report", out("shown")});
  EXPECT_EQ(text.code, 1);
  EXPECT_EQ(count_of(text.out, "failed: task, e/raw, disentangled, seed "), failing_.size());
  for (const std::vector<std::string>& more :
       std::vector<std::vector<std::string>>{{"--figure", "roc", "-o", folder_->file("roc.svg")},
                                             {"--figure", "roc", "-o", folder_->file("roc.csv")},
                                             {"--format", "md,json", "-o", folder_->file("files")},
                                             {"--format", "csv"}}) {
    std::vector<std::string> words{"report", out("shown")};
    words.insert(words.end(), more.begin(), more.end());
    const Ended written = run_crossfold(words);
    EXPECT_EQ(written.code, 1) << more[1];
    EXPECT_THAT(written.err, HasSubstr(failed_count() + " failed")) << more[1];
  }
  for (const char* table : {"fits", "curves"})
    EXPECT_EQ(run_crossfold({"export", out("shown"), table}).code, 1) << table;
  EXPECT_EQ(run_crossfold({"export", out("shown"), "mlflow", folder_->file("mlruns")}).code, 1);
  const Ended exported = run_crossfold({"export", out("shown"), "predictions"});
  EXPECT_EQ(exported.code, 1);
  std::set<std::string> fits;
  std::istringstream lines(exported.out);
  for (std::string line; std::getline(lines, line);) fits.insert(line.substr(0, line.find(",in,")));
  EXPECT_EQ(fits.size(), 1 + 18 - failing_.size()) << "what is there is written all the same";
}

TEST_F(FailedFits, OfAShardFailTheMergedRun) {
  for (const char* shard : {"1/2", "2/2"}) {
    const Ended run = run_crossfold({"run", job(), "--out", out("shards"), "--shard", shard});
    EXPECT_EQ(run.code, count_of(run.err, " and is tried once more: ") > 0 ? 1 : 0) << run.err;
  }
  const json status = json::parse(run_crossfold({"status", out("shards"), "--json"}).out);
  EXPECT_EQ(status.at("failed"), failing_.size());
  EXPECT_EQ(status.at("done"), 18 - failing_.size());
  EXPECT_EQ(status.at("missing"), 0);
  EXPECT_EQ(run_crossfold({"run", job(), "--out", out("shards"), "--merge"}).code, 1);
  expect_told("shards");
}

}  // namespace
}  // namespace crossfold
