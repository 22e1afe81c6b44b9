#include "published_report.h"

#include <optional>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "crossfold/core/error.h"

#include "hdf5/scratch_folder.h"

namespace crossfold::audit {
namespace {

using test::ScratchFolder;
using test::write_bytes;

PublishedReport read(const std::string& text) {
  const ScratchFolder folder;
  write_bytes(folder / "t", text);
  return read_published(folder / "t");
}

std::string error_of(const std::string& text) {
  try {
    read(text);
  } catch (const Error& error) {
    return error.message();
  }
  return {};
}

TEST(PublishedReport, OfCsvHasRowsAndTests) {
  const PublishedReport report = read(
      "table,embedding,candidate,score,against,difference,p,p_holm\n"
      "samples,,,images,,,,\n"
      "task,e/z,a,task_auc,,,,\n"
      "task,e/z,b,task_auc,a,0.02,0.01,0.04\n"
      "task,e/z,b,task_acc,a,nan,0.2,\n");
  EXPECT_EQ(report.rows, (std::set<CandidateName>{{"task", "e/z", "a"}, {"task", "e/z", "b"}}));
  ASSERT_EQ(report.tests.size(), 2U);
  EXPECT_EQ(report.tests[0].reference, "a");
  EXPECT_EQ(report.tests[0].score, "task_auc");
  EXPECT_EQ(report.tests[0].difference, 0.02);
  EXPECT_EQ(report.tests[0].p, 0.04);
  EXPECT_EQ(report.tests[1].difference, std::nullopt);
  EXPECT_EQ(report.tests[1].p, 0.2);
}

TEST(PublishedReport, OfJsonHasChoicesAndWhatASweepMentions) {
  const PublishedReport report = read(R"({"tables": [{"experiment": "task",
    "rows": [{"embedding": "e/z", "candidate": "a"}],
    "comparisons": [{"embedding": "e/z", "candidate": "b", "against": "a", "score": "task_auc",
                     "difference": 0.02, "p": 0.01, "p_holm": "nan"}],
    "sweeps": [{"embedding": "e/z", "swept": [{"candidate": "b"}],
                "selection": [{"rule": "held-out", "candidate": "b"},
                              {"rule": null, "candidate": "a"}]}]}]})");
  EXPECT_EQ(report.rows.size(), 1U);
  EXPECT_EQ(report.mentioned.size(), 2U);
  ASSERT_EQ(report.choices.size(), 1U);
  EXPECT_EQ(report.choices[0].rule, "held-out");
  EXPECT_EQ(report.choices[0].candidate, (CandidateName{"task", "e/z", "b"}));
  ASSERT_EQ(report.tests.size(), 1U);
  EXPECT_EQ(report.tests[0].p, 0.01);
}

/// Tables, sweeps, rules and tests behind the first of each, under their own names.
TEST(PublishedReport, OfJsonIsReadToItsEnd) {
  const PublishedReport report = read(R"({"tables": [
    {"experiment": "one", "rows": [{"embedding": "e/x", "candidate": "a"}]},
    {"experiment": "two",
     "rows": [{"embedding": "e/x", "candidate": "a"}, {"embedding": "e/y", "candidate": "b"}],
     "comparisons": [
       {"embedding": "e/x", "candidate": "b", "against": "a", "score": "task_auc", "p": "nan"},
       {"embedding": "e/x", "candidate": "c", "against": "a", "score": "oos_auc", "p": 0.25,
        "p_holm": 0.5, "difference": -0.125},
       {"embedding": "e/y", "candidate": "d", "against": "b", "score": "task_acc", "p": 0.75}],
     "sweeps": [{"embedding": "e/x", "swept": [{"candidate": "f"}]},
                {"embedding": "e/y", "swept": [{"candidate": "g"}, {"candidate": "h"}],
                 "selection": [{"rule": "held-out", "candidate": "g"},
                               {"rule": "validation", "candidate": "h"},
                               {"rule": "held-out", "candidate": null}]}]}]})");
  const std::set<CandidateName> rows = {
      {"one", "e/x", "a"}, {"two", "e/x", "a"}, {"two", "e/y", "b"}};
  EXPECT_EQ(report.rows, rows);
  std::set<CandidateName> mentioned = rows;
  for (const CandidateName& swept :
       {CandidateName{"two", "e/x", "f"}, CandidateName{"two", "e/y", "g"},
        CandidateName{"two", "e/y", "h"}})
    mentioned.insert(swept);
  EXPECT_EQ(report.mentioned, mentioned);
  ASSERT_EQ(report.choices.size(), 2U);
  EXPECT_EQ(report.choices[0].candidate, (CandidateName{"two", "e/y", "g"}));
  EXPECT_EQ(report.choices[1].candidate, (CandidateName{"two", "e/y", "h"}));
  EXPECT_EQ(report.choices[1].rule, "validation");
  ASSERT_EQ(report.tests.size(), 2U) << "a test without a number is none";
  EXPECT_EQ(report.tests[0].candidate, (CandidateName{"two", "e/x", "c"}));
  EXPECT_EQ(report.tests[0].score, "oos_auc");
  EXPECT_EQ(report.tests[0].p, 0.5) << "adjusted where it says so";
  EXPECT_EQ(report.tests[0].difference, -0.125);
  EXPECT_EQ(report.tests[1].candidate, (CandidateName{"two", "e/y", "d"}));
  EXPECT_EQ(report.tests[1].reference, "b");
  EXPECT_EQ(report.tests[1].p, 0.75);
  EXPECT_EQ(report.tests[1].difference, std::nullopt);
}

/// As a paper may have it: the experiment by either title, tests without a reference left out.
TEST(PublishedReport, OfCsvTakesItsColumnsByTitle) {
  const PublishedReport report = read(
      "p,candidate,experiment,table,embedding,against,score\n"
      "0.5,b,two,table 3,e/y,a,task_auc\n"
      "0.25,c,two,table 3,e/y,,task_auc\n"
      "1e-3,,two,table 3,e/y,a,task_auc\n");
  EXPECT_EQ(report.rows, (std::set<CandidateName>{{"two", "e/y", "b"}, {"two", "e/y", "c"}}));
  EXPECT_EQ(report.mentioned, report.rows);
  ASSERT_EQ(report.tests.size(), 1U);
  EXPECT_EQ(report.tests[0].candidate, (CandidateName{"two", "e/y", "b"}));
  EXPECT_EQ(report.tests[0].p, 0.5);
  EXPECT_EQ(read("candidate\na\n").rows, (std::set<CandidateName>{{"", "", "a"}}));
}

TEST(PublishedReport, RefusesWhatCannotBeCompared) {
  EXPECT_EQ(error_of("model,auc\nx,0.9\n"),
            "has no column 'candidate' (it is to be compared with the run by names). give a report "
            "as `crossfold report --format csv` or json writes it, or name the column so");
  EXPECT_EQ(error_of(R"({"rows": []})"),
            "is no report of this program (a part is missing or of another kind). give the JSON "
            "that `crossfold report --format json` writes");
}

}  // namespace
}  // namespace crossfold::audit
