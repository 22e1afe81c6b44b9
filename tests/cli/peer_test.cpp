// The program against another one: means of all five scores and of the epochs trained on the
// planted shortcut, beside those of a plain PyTorch + scikit-learn program on the same store
// (peer.json and how it was made: peer.md). The two draw their own folds, weights and batches, so
// only means over fits can be compared.

#include <cmath>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/program.h"

namespace crossfold {
namespace {

using nlohmann::json;

constexpr double kTolerance = 0.03;
// Means of ten fits of which each stops at its own epoch (sd 0.5 to 1.3). A patience that is off by
// one moves them by three, as the rate falls three times.
constexpr double kEpochTolerance = 1;

json row_of(const json& report, const std::string& candidate) {
  for (const json& row : report.at("tables").at(0).at("rows"))
    if (row.at("candidate") == candidate) return row;
  ADD_FAILURE() << "no row of " << candidate;
  return {};
}

TEST(Peer, GivesTheSameMeansOnThePlantedShortcut) {
  const ScratchFolder folder;
  const Ended made =
      run_crossfold({"store", "synth", "shortcut", folder.file("s.h5"), "--seed", "1"});
  ASSERT_EQ(made.code, 0) << made.err;
  json job = json::parse(read_text(CROSSFOLD_SOURCE_DIR "/jobs/shortcut.json"));
  job["splits"]["seeds"] = 1;
  write_text(folder.file("job.json"), job.dump());
  const Ended run = run_crossfold({"run", folder.file("job.json"), "--store", folder.file("s.h5"),
                                   "--out", folder.file("run")});
  ASSERT_EQ(run.code, 0) << run.err;
  const Ended reported = run_crossfold({"report", folder.file("run"), "--format", "json"});
  ASSERT_EQ(reported.code, 0) << reported.err;
  const json report = json::parse(reported.out);
  const json peer = json::parse(read_text(CROSSFOLD_TEST_DATA "/peer.json"));

  int compared = 0;
  for (const auto& [candidate, scores] : peer.at("one_seed").items()) {
    const json row = row_of(report, candidate);
    for (const auto& [score, mean] : scores.items()) {
      EXPECT_EQ(row.at("scores").at(score).at("n"), 10);
      EXPECT_NEAR(row.at("scores").at(score).at("mean").get<double>(), mean.get<double>(),
                  kTolerance)
          << candidate << " " << score;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 15);
  for (const auto& [candidate, mean] : peer.at("one_seed_epochs").items())
    EXPECT_NEAR(row_of(report, candidate).at("epochs").at("mean").get<double>(), mean.get<double>(),
                kEpochTolerance)
        << candidate;
}

}  // namespace
}  // namespace crossfold
