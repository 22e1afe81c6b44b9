// PRO-02 without a sweep: a table that shows the best candidate out of sample and hides the best in
// the pool.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/audit/audit.h"
#include "crossfold/core/files.h"

#include "audit/scored_run.h"
#include "case_maker.h"
#include "hdf5/scratch_folder.h"

namespace crossfold::audit {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// "a" is the best out of sample, "b" in the pool, "c" nowhere.
class Peeking : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::vector<double> in_pool = {0.8, 0.85, 0.7};
    const std::vector<double> elsewhere = {0.9, 0.75, 0.6};
    run_ = scored_run(maker_, 3, [&](FitResult& result, std::size_t candidate, std::size_t) {
      result.held_out.auc = in_pool.at(candidate);
      result.oos.value().auc = elsewhere.at(candidate);
    });
  }
  /// Of tables that show these candidates: "ac" shows a and c.
  Finding finding_of(const std::vector<std::string>& tables) {
    AuditSubject subject{.run = run_};
    for (const std::string& shown : tables) {
      std::string text = "table,embedding,candidate\n";
      for (const char candidate : shown) text += std::string("task,made/z,") + candidate + "\n";
      subject.tables.push_back(maker_.fresh("published.csv"));
      write_file_whole(subject.tables.back(), text);
    }
    return audit_run(RunEvidence(subject), {.rules = {"PRO-02"}}).results.front().finding;
  }

  test::ScratchFolder scratch_;
  CaseMaker maker_{scratch_.path()};
  fs::path run_;
};

TEST_F(Peeking, IsATableThatShowsTheBestElsewhereWithoutTheBestInThePool) {
  for (const char* shown : {"b", "c", "ab", "bc", "abc"})
    EXPECT_EQ(finding_of({shown}).verdict, Verdict::pass) << shown;
  for (const char* shown : {"a", "ac"}) {
    const Finding finding = finding_of({shown});
    EXPECT_EQ(finding.verdict, Verdict::warn) << shown;
    EXPECT_EQ(finding.value, 1);
    EXPECT_THAT(finding.evidence,
                ElementsAre(HasSubstr(
                    " shows a (AUC in the pool 0.8000, out of sample 0.9000), the best out of "
                    "sample, and not b (AUC in the pool 0.8500, out of sample 0.7500), which the "
                    "score in the pool chooses")));
  }
  EXPECT_EQ(finding_of({}).verdict, Verdict::pass);
}

TEST_F(Peeking, IsLookedForInEveryTable) {
  EXPECT_EQ(finding_of({"b", "a", "abc"}).value, 1);
  EXPECT_EQ(finding_of({"ac", "b", "a"}).value, 2);
}

}  // namespace
}  // namespace crossfold::audit
