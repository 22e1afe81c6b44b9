#include "crossfold/results/run_editor.h"

#include <cstddef>
#include <map>

#include <gtest/gtest.h>

#include "crossfold/results/run_records.h"

#include "results/small_run.h"

namespace crossfold {
namespace {

TEST(RunEditor, GivesBackWhatItWasGiven) {
  const testing::SmallRun run;
  run.record(0, 3);
  const RunRecords before = load_run(run.path());
  std::map<FitId, std::size_t> rows;  // of the predictions
  for (const auto& [id, result] : before.results)
    rows[id] = read_artefacts(run.path(), before, id).held_out.value().rows.size();
  RunEditor(run.path()).save();
  const RunRecords after = load_run(run.path());
  ASSERT_EQ(after.results.size(), before.results.size());
  for (const auto& [id, result] : before.results) {
    ASSERT_NE(after.find(id), nullptr);
    EXPECT_EQ(after.find(id)->held_out.auc, result.held_out.auc);
    EXPECT_EQ(read_artefacts(run.path(), after, id).held_out.value().rows.size(), rows[id]);
  }
  EXPECT_EQ(after.plan.hash, before.plan.hash);
}

TEST(RunEditor, LeavesAChangeThatEveryReaderTakesForTrue) {
  const testing::SmallRun run;
  run.record(0, 3);
  RunEditor editor(run.path());
  const FitId id = editor.fits().at(1).result.id;
  editor.fits().at(1).result.held_out.auc = 0.125;
  editor.save();
  EXPECT_EQ(load_run(run.path()).find(id)->held_out.auc, 0.125);
}

}  // namespace
}  // namespace crossfold
