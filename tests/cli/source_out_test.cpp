// Planted sources with shortcuts of their own (store synth sites): the rule source-out finds the
// candidate that is best at a new source without having seen one; the held-out folds do not.

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/program.h"

namespace crossfold {
namespace {

TEST(SourceOut, ChoosesWhatIsBestAtANewSourceWithoutHavingSeenIt) {
  const ScratchFolder folder;
  const Ended made = run_crossfold(
      {"store", "synth", "sites", folder.file("s.h5"), "--scale", "0.4", "--seed", "1"});
  ASSERT_EQ(made.code, 0) << made.err;
  write_text(folder.file("job.json"), R"({
    "name": "sites", "store": "s.h5", "seed": 1, "embeddings": "synth/sites",
    "experiments": [{"name": "task", "evaluate": ["in", "oos"],
      "candidates": [{"kind": "disentangled", "name": "d",
        "lambda": {"schedule": "constant", "from": {"grid": [0.01, 0.1, 0.3, 0.6, 1, 2]}}}],
      "sweep": {"sampler": "grid", "select": ["held-out", "source-out", "oracle"]}}],
    "splits": {"folds": 3, "seeds": 2}})");
  const Ended run = run_crossfold({"run", folder.file("job.json"), "--out", folder.file("r.run")});
  ASSERT_EQ(run.code, 0) << run.err;
  const Ended report = run_crossfold({"report", folder.file("r.run"), "--format", "json"});
  ASSERT_EQ(report.code, 0) << report.err;
  const nlohmann::json sweep = nlohmann::json::parse(report.out)["tables"][0]["sweeps"][0];
  const nlohmann::json& rules = sweep["selection"];
  const auto oos_auc = [&](std::size_t rule) {
    return rules[rule]["oos_auc"]["mean"].get<double>();
  };
  EXPECT_GT(oos_auc(1), oos_auc(2) - 0.01) << rules.dump(1);
  EXPECT_LT(oos_auc(0), oos_auc(2) - 0.01) << rules.dump(1);
}

}  // namespace
}  // namespace crossfold
