// Equal runs give equal pages and pictures, to the byte.

#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/program.h"

namespace crossfold {
namespace {

using Files = std::map<std::string, std::string>;  ///< bytes by name

/// A race on a planted shortcut that keeps features, so that every kind of figure is there.
class SamePictures : public ::testing::Test {
 protected:
  SamePictures() {
    const Ended made = run_crossfold({"store", "synth", "shortcut", folder_.file("s.h5"), "--scale",
                                      "0.1", "--dim", "16", "--seed", "3"});
    EXPECT_EQ(made.code, 0) << made.err;
    write_text(folder_.file("job.json"), R"({
      "name": "pictures", "store": "s.h5", "seed": 5, "embeddings": "synth/shortcut",
      "experiments": [
        {"name": "task", "evaluate": ["in", "oos"], "probe": "domain",
         "candidates": [
           {"kind": "baseline"},
           {"kind": "disentangled", "name": "d",
            "lambda": {"schedule": "constant", "from": {"log": [0.1, 10]}},
            "training": {"learning_rate": {"log": [0.0003, 0.01]}}}],
         "sweep": {"candidates": 6, "race": {"rungs": [2, 4]}}}],
      "splits": {"folds": 3, "seeds": 2},
      "training": {"epochs": 12, "batch": 32},
      "output": {"features": "first-split"}})");
  }

  [[nodiscard]] std::string out(const std::string& name) const {
    return folder_.file(name + ".run");
  }

  void run(const std::string& name, int ranks) {
    const std::vector<std::string> arguments{"run", folder_.file("job.json"), "--out", out(name)};
    const Ended ended = ranks == 1 ? run_crossfold(arguments)
                                   : Child(with_ranks(ranks, arguments), folder_.path()).wait();
    ASSERT_EQ(ended.code, 0) << ended.err;
  }

  /// The ids of the figures that a run has.
  [[nodiscard]] std::vector<std::string> figures_of(const std::string& name) const {
    const Ended list = run_crossfold({"report", out(name), "--figure", "list"});
    EXPECT_EQ(list.code, 0) << list.err;
    std::vector<std::string> ids;
    std::istringstream lines(list.out);
    for (std::string line; std::getline(lines, line);)
      if (line.find("not there:") == std::string::npos)
        ids.push_back(line.substr(0, line.find(' ')));
    return ids;
  }

  /// The page, and each figure as SVG and PDF.
  Files pictures_of(const std::string& name) {
    Files files;
    const auto add = [&](const std::string& file, std::vector<std::string> arguments) {
      const std::string path = folder_.file("picture." + file);
      arguments.insert(arguments.begin(), {"report", out(name)});
      arguments.insert(arguments.end(), {"-o", path});
      const Ended made = run_crossfold(arguments);
      ASSERT_EQ(made.code, 0) << file << ": " << made.err;
      files[file] = read_text(path);
      std::filesystem::remove(path);
    };
    add("page.html", {"--format", "html"});
    for (const std::string& id : figures_of(name))
      for (const std::string kind : {".svg", ".pdf"}) add(id + kind, {"--figure", id});
    return files;
  }

  static void expect_equal(const Files& expected, const Files& found, const char* what) {
    ASSERT_EQ(expected.size(), found.size()) << what;
    for (const auto& [name, bytes] : expected) {
      EXPECT_FALSE(bytes.empty()) << name;
      EXPECT_TRUE(found.at(name) == bytes) << name << " differs: " << what;
    }
  }

  ScratchFolder folder_;
};

TEST_F(SamePictures, OnOneRankAndOnFour) {
  run("alone", 1);
  const Files pictures = pictures_of("alone");
  const std::vector<std::string> figures = figures_of("alone");
  EXPECT_THAT(figures, ::testing::IsSupersetOf({"strip", "differences", "sweep", "parallel",
                                                "front", "roc", "calibration", "confusion",
                                                "domains", "curves", "race", "maps", "maps-tsne"}));
  EXPECT_EQ(pictures.size(), 1 + 2 * figures.size());
  run("ranks", 4);
  expect_equal(pictures, pictures_of("ranks"), "of a run on four ranks");
  expect_equal(pictures, pictures_of("ranks"), "made again of the same run");
}

}  // namespace
}  // namespace crossfold
