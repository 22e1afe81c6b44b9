#include "published_report.h"

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
