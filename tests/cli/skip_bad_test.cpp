// `embed --skip-bad`: whoever leaves out images must leave every other one its own id, patient,
// labels and features. What features each image has is PyTorch's word (pattern_features.csv).

#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/program.h"
#include "imaging/test_images.h"

namespace crossfold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream stream(line);
  for (std::string field; std::getline(stream, field, ',');) fields.push_back(field);
  return fields;
}

std::vector<std::vector<std::string>> rows_of(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) rows.push_back(fields_of(line));
  return rows;
}

std::string image(int k) {
  GrayImage made{.width = 48, .height = 32, .pixels = {}};
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 48; ++x)
      made.pixels.push_back(static_cast<std::uint8_t>((x * 7 + y * 13 + x * y * k) % 256));
  return test::encode_png(made);
}

/// A manifest of sixteen images, bad ones first, last and between; nothing in it stands in the
/// order of the ids or of the files' names.
class SkipBad : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string manifest = "patient,image,source,id,class,age,role\n";
    int k = 0;
    for (int line = 0; line < 16; ++line) {
      const bool bad = line == 0 || line == 6 || line == 7 || line == 15;
      const std::string name = "f" + std::to_string(line * 5 % 16) + ".png";
      const std::string id = "id" + std::to_string(line * 11 % 16);
      const std::vector<std::string> labels{"p" + std::to_string(line * 3 % 7),
                                            line % 3 == 0 ? "a" : "b",
                                            line % 2 == 0 ? "normal" : "covid19",
                                            std::to_string(20 + line), line > 12 ? "oos" : "in"};
      manifest += labels[0] + "," + name + "," + labels[1] + "," + id + "," + labels[2] + "," +
                  labels[3] + "," + labels[4] + "\n";
      if (bad) {
        if (line == 6) write_text(folder_.path() / name, image(1).substr(0, image(1).size() / 2));
        if (line != 6 && line != 15) write_text(folder_.path() / name, "no image");
        bad_.push_back(id);  // the last one is not there at all
        continue;
      }
      write_text(folder_.path() / name, image(++k));
      kept_.push_back({id, labels, k});
    }
    write_text(folder_.file("m.csv"), manifest);
  }

  struct Kept {
    std::string id;
    std::vector<std::string> labels;  ///< patient, source, class, age, role
    int pattern;
  };

  std::vector<std::string> embed(const std::string& store, const std::string& set,
                                 const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{
        "embed",
        folder_.file("m.csv"),
        "--store",
        folder_.file(store),
        "--extractor",
        std::string("onnx:") + CROSSFOLD_SOURCE_DIR "/tests/imaging/models/tiny.onnx",
        "--preprocess",
        set};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  /// The store holds what is kept, row by row with its own labels and PyTorch's features.
  void expect_kept(const std::string& store) const {
    std::map<int, std::vector<std::string>> features;
    const auto recorded = rows_of(read_text(CROSSFOLD_TEST_DATA "/pattern_features.csv"));
    for (std::size_t i = 1; i < recorded.size(); ++i)
      features[std::stoi(recorded[i].at(0))] = recorded[i];
    const Ended csv = run_crossfold({"store", "export", folder_.file(store), "tiny/raw"});
    ASSERT_EQ(csv.code, 0) << csv.err;
    const auto rows = rows_of(csv.out);
    ASSERT_EQ(rows.at(0), (std::vector<std::string>{"id", "group", "class", "domain", "role", "age",
                                                    "z0", "z1", "z2", "z3", "z4"}));
    ASSERT_EQ(rows.size(), kept_.size() + 1);
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      const std::vector<std::string>& row = rows[i + 1];
      const Kept& kept = kept_[i];
      SCOPED_TRACE(kept.id);
      EXPECT_EQ(row.at(0), kept.id);
      EXPECT_EQ(row.at(1), kept.labels[0]) << "patient";
      EXPECT_EQ(row.at(2), kept.labels[2]) << "class";
      EXPECT_EQ(row.at(3), kept.labels[1]) << "source";
      EXPECT_EQ(row.at(4), kept.labels[4]) << "role";
      EXPECT_EQ(row.at(5), kept.labels[3]) << "age";
      for (std::size_t d = 0; d < 5; ++d)
        EXPECT_NEAR(std::stod(row.at(6 + d)), std::stod(features.at(kept.pattern).at(1 + d)), 1e-5);
    }
  }

  ScratchFolder folder_;
  std::vector<Kept> kept_;
  std::vector<std::string> bad_;
};

TEST_F(SkipBad, LeavesEveryOtherImageItsOwnIdPatientAndFeatures) {
  const Ended ended = run_crossfold(embed("e.h5", "raw", {"--skip-bad"}));
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("embedding set tiny/raw: 12 x 5\n"),
                               HasSubstr(": written, 4 images left out\n")));
  for (const std::string& id : bad_) EXPECT_THAT(ended.err, HasSubstr("  sample '" + id + "', "));
  expect_kept("e.h5");
}

TEST_F(SkipBad, GivesTheSameStoreOnAnyNumberOfThreadsAndRanks) {
  ASSERT_EQ(run_crossfold(embed("e.h5", "raw", {"--skip-bad", "--threads", "1"})).code, 0);
  ASSERT_EQ(run_crossfold(embed("t.h5", "raw", {"--skip-bad", "--threads", "5"})).code, 0);
  const Ended ranks =
      Child(with_ranks(3, embed("r.h5", "raw", {"--skip-bad"})), folder_.path()).wait();
  ASSERT_EQ(ranks.code, 0) << ranks.err;
  expect_kept("r.h5");
  EXPECT_EQ(read_text(folder_.file("t.h5")), read_text(folder_.file("e.h5")));
  EXPECT_EQ(read_text(folder_.file("r.h5")), read_text(folder_.file("e.h5")));
}

TEST_F(SkipBad, AddsToAStoreOnlyRowsThatBelongThere) {
  ASSERT_EQ(run_crossfold(embed("e.h5", "raw", {"--skip-bad"})).code, 0);
  const Ended more = run_crossfold(embed("e.h5", "equalized", {"--skip-bad"}));
  ASSERT_EQ(more.code, 0) << more.err;
  expect_kept("e.h5");
}

TEST_F(SkipBad, IsNeverDoneUnasked) {
  const Ended ended = run_crossfold(embed("e.h5", "raw"));
  EXPECT_EQ(ended.code, 3);
  for (const std::string& id : bad_) EXPECT_THAT(ended.err, HasSubstr(id));
  EXPECT_FALSE(std::filesystem::exists(folder_.file("e.h5")));
}

}  // namespace
}  // namespace crossfold
