// From real chest X-rays to a table, with the example job: skipped where the images are not.

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/program.h"

namespace crossfold {
namespace {

using nlohmann::json;

/// CROSSFOLD_CXR, else ../shared/cxr beside the checkout.
std::filesystem::path images() {
  const char* named = std::getenv("CROSSFOLD_CXR");
  return named != nullptr ? named : CROSSFOLD_SOURCE_DIR "/../shared/cxr";
}

TEST(RealImages, TellTheirSourceToALinearProbe) {
  if (!std::filesystem::exists(images() / "manifest.csv"))
    GTEST_SKIP() << "no images at " << images() << " (set CROSSFOLD_CXR to a folder of them)";
  const ScratchFolder folder;
  const Ended embedded = run_crossfold({"embed", (images() / "manifest.csv").string(), "--store",
                                        folder.file("cxr.h5"), "--extractor", "texture",
                                        "--preprocess", "raw,equalized"});
  ASSERT_EQ(embedded.code, 0) << embedded.err;
  // The example also names sets behind lung masks, which jobs/cxr.sh makes with a trained model.
  json job = json::parse(read_text(CROSSFOLD_SOURCE_DIR "/jobs/cxr.json"));
  job["embeddings"] = {"texture/raw", "texture/equalized"};
  write_text(folder.file("example.json"), job.dump());
  const Ended checked =
      run_crossfold({"check", folder.file("example.json"), "--store", folder.file("cxr.h5")});
  EXPECT_EQ(checked.code, 0) << checked.err;
  const Ended sweep = run_crossfold(
      {"check", CROSSFOLD_SOURCE_DIR "/jobs/cxr-sweep.json", "--store", folder.file("cxr.h5")});
  EXPECT_EQ(sweep.code, 0) << sweep.err;
  json confounders = json::parse(read_text(CROSSFOLD_SOURCE_DIR "/jobs/cxr-confounders.json"));
  confounders["embeddings"] = {"texture/raw", "texture/equalized"};
  write_text(folder.file("confounders.json"), confounders.dump());
  const Ended probed =
      run_crossfold({"check", folder.file("confounders.json"), "--store", folder.file("cxr.h5")});
  EXPECT_EQ(probed.code, 0) << probed.err;

  const json table2 = job.at("experiments").at(0);
  ASSERT_EQ(table2.at("name"), "table2-pool");
  job["experiments"] = {table2};
  job["embeddings"] = "texture/raw";
  job["splits"] = {{"folds", 3}, {"seeds", 1}};
  write_text(folder.file("job.json"), job.dump());
  const Ended run = run_crossfold({"run", folder.file("job.json"), "--store", folder.file("cxr.h5"),
                                   "--out", folder.file("run")});
  ASSERT_EQ(run.code, 0) << run.err;
  const Ended reported = run_crossfold({"report", folder.file("run"), "--format", "json"});
  ASSERT_EQ(reported.code, 0) << reported.err;
  const json scores = json::parse(reported.out).at("tables").at(0).at("rows").at(0).at("scores");
  EXPECT_EQ(scores.at("auc").at("n"), 3);
  EXPECT_GT(scores.at("auc").at("mean").get<double>(), 0.9);
}

TEST(RealImages, GiveTheSameStoreOnAnyNumberOfRanks) {
  if (!std::filesystem::exists(images() / "manifest.csv"))
    GTEST_SKIP() << "no images at " << images() << " (set CROSSFOLD_CXR to a folder of them)";
  const ScratchFolder folder;
  std::string expected;
  for (const int ranks : {1, 2, 4}) {
    const std::string store = folder.file(std::to_string(ranks) + ".h5");
    const Ended embedded =
        Child(with_ranks(ranks, {"embed", (images() / "manifest.csv").string(), "--store", store}),
              folder.path())
            .wait();
    ASSERT_EQ(embedded.code, 0) << embedded.err;
    if (ranks == 1) expected = read_text(store);
    EXPECT_TRUE(read_text(store) == expected) << ranks;  // 10 MB: not to be shown
  }
}

}  // namespace
}  // namespace crossfold
