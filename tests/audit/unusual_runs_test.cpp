// Runs that are not at their end, or keep little, get answers from every rule and no exception.

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/audit/audit.h"
#include "crossfold/core/files.h"
#include "crossfold/results/run_directory.h"
#include "crossfold/results/run_editor.h"

#include "case_maker.h"
#include "hdf5/scratch_folder.h"
#include "results/directory/old_run.h"

namespace crossfold::audit {
namespace {

namespace fs = std::filesystem;
using test::ScratchFolder;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class UnusualRun : public ::testing::Test {
 protected:
  static void expect_answers(const fs::path& run) {
    const RunEvidence evidence({.run = run});
    const AuditReport report = audit_run(evidence);
    EXPECT_EQ(report.results.size(), all_rules().size());
    for (const RuleResult& one : report.results)
      EXPECT_FALSE(one.finding.text.empty()) << one.rule->id;
  }
  static Verdict verdict_of(const fs::path& run, const std::string& rule) {
    return audit_run(RunEvidence({.run = run}), {.rules = {rule}}).results.front().finding.verdict;
  }

  ScratchFolder scratch_;
  CaseMaker maker_{scratch_.path()};
};

TEST_F(UnusualRun, WithOneFitIsAnswered) {
  const fs::path run = maker_.clean_run();
  RunEditor editor(run);
  editor.fits().resize(1);
  editor.save();
  expect_answers(run);
}

TEST_F(UnusualRun, WithoutAFitIsAnswered) {
  const fs::path run = maker_.clean_run();
  RunEditor editor(run);
  editor.fits().clear();
  editor.save();
  expect_answers(run);
  for (const char* rule : {"PRO-04", "STA-02", "STA-04"})
    EXPECT_EQ(verdict_of(run, rule), Verdict::not_assessed) << rule;
}

TEST_F(UnusualRun, WithFailedFitsIsAnswered) {
  const fs::path run = maker_.clean_run();
  RunEditor editor(run);
  for (std::size_t i = 0; i < 3; ++i) editor.fits().at(i).result.error = "failed";
  editor.save();
  expect_answers(run);
}

TEST_F(UnusualRun, WithoutPredictionsIsAnswered) {
  MadeStudy study = maker_.clean_study();
  study.job["output"] = {{"predictions", false}, {"curves", false}};
  const fs::path run = maker_.train(study);
  expect_answers(run);
  EXPECT_EQ(verdict_of(run, "STA-04"), Verdict::note);
}

TEST_F(UnusualRun, WhoseResultsFileIsCutFails) {
  const fs::path run = maker_.clean_run();
  write_final_files(run);
  EXPECT_EQ(verdict_of(run, "INT-06"), Verdict::pass);
  fs::resize_file(run / "results.h5", fs::file_size(run / "results.h5") / 2);
  const AuditReport report = audit_run(RunEvidence({.run = run}), {.rules = {"INT-06"}});
  EXPECT_EQ(report.results[0].finding.verdict, Verdict::fail);
  EXPECT_THAT(report.results[0].finding.evidence,
              ElementsAre(HasSubstr("results.h5: cannot be opened as HDF5 (it is damaged")));
}

TEST_F(UnusualRun, WithoutAJobIsAnswered) {
  const fs::path run = maker_.clean_run();
  write_file_whole(run / "job.json", "{");
  expect_answers(run);
}

/// Its files are read as later ones are. What is wrong with this one, whose predictions are made up
/// and whose journal has an earlier header, is said in the words of any run.
TEST_F(UnusualRun, OfTheOlderFormatIsAnswered) {
  const testing::SmallRun old;
  testing::write_old_run(old, old.path());
  expect_answers(old.path());
  for (const char* rule : {"INT-01", "INT-05"})
    EXPECT_EQ(verdict_of(old.path(), rule), Verdict::pass) << rule;
  const RunEvidence evidence({.run = old.path()});
  const AuditReport report = audit_run(evidence, {.rules = {"INT-03", "INT-04"}});
  EXPECT_THAT(report.results[0].finding.evidence,
              Each(HasSubstr("predictions are of other rows than the fit's held-out fold")));
  EXPECT_THAT(report.results[1].finding.evidence,
              Each(HasSubstr("was trained on 20 samples, 2 of them for validation")));
}

}  // namespace
}  // namespace crossfold::audit
