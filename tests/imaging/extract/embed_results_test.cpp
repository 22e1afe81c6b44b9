#include "crossfold/imaging/embed_results.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/files.h"
#include "crossfold/imaging/preprocess.h"

#include "imaging/test_images.h"

namespace crossfold {
namespace {

using test::error_of;
using testing::ElementsAre;

/// Two numbers that tell the image: its width and its height.
class Sides final : public Extractor {
 public:
  [[nodiscard]] std::string name() const override { return "sides"; }
  [[nodiscard]] std::string identity() const override { return "sides version 1"; }
  [[nodiscard]] std::size_t dim() const override { return 2; }
  void extract(const GrayImage& image, std::span<float> out) const override {
    out[0] = static_cast<float>(image.width);
    out[1] = static_cast<float>(image.height);
  }
};

class EmbedResultsTest : public testing::Test {
 protected:
  EmbedResultsTest() {
    for (int i = 0; i < 6; ++i) {
      const std::string name = "s" + std::to_string(i) + ".png";
      folder_.write(name, test::encode_png(test::pattern(40 + i, 30)));
      rows_.push_back({"s" + std::to_string(i), name});
    }
  }
  [[nodiscard]] EmbedResults results() const { return {embedder_, rows_, journal_}; }
  /// Does the next `most` of the missing images; returns how many those were.
  std::size_t embed(EmbedResults& results, std::size_t most = 100) const {
    std::vector<std::size_t> missing = results.missing();
    missing.resize(std::min(most, missing.size()));
    for (const std::size_t row : missing) results.add(row, embedder_.embed(results.rows()[row]));
    results.flush();
    return missing.size();
  }
  [[nodiscard]] static std::vector<float> values(const EmbeddingSource& set) {
    std::vector<float> values(set.info.rows * set.info.dim);
    const std::size_t half = set.info.rows / 2;
    set.read(0, std::span(values).first(half * set.info.dim));
    set.read(half, std::span(values).subspan(half * set.info.dim));
    return values;
  }
  void spoil(std::size_t row) { folder_.write(rows_[row].path, "hello"); }

  test::TemporaryFolder folder_;
  std::filesystem::path journal_ = folder_.path() / "s.part";
  std::vector<ImageRow> rows_;
  Sides sides_;
  ImageEmbedder embedder_{folder_.path(), sides_, {"raw", "equalized"}};
};

TEST_F(EmbedResultsTest, GivesTheSetsInTheOrderOfTheRows) {
  EmbedResults results = this->results();
  for (const std::size_t row : {5, 0, 3, 1, 4, 2})  // as ranks and threads give them
    results.add(row, embedder_.embed(rows_[row]));
  const Embedded embedded = results.result(BadImages::fail);
  EXPECT_THAT(embedded.rows, ElementsAre(0, 1, 2, 3, 4, 5));
  ASSERT_EQ(embedded.sets.size(), 2U);
  EXPECT_EQ(embedded.sets[1].info.name, "sides/equalized");
  for (const EmbeddingSource& set : embedded.sets) {
    EXPECT_EQ(set.info.rows, 6U);
    EXPECT_THAT(values(set), ElementsAre(40, 30, 41, 30, 42, 30, 43, 30, 44, 30, 45, 30));
  }
}

TEST_F(EmbedResultsTest, GoesOnWhereItWasStopped) {
  {
    EmbedResults results = this->results();
    EXPECT_EQ(embed(results, 4), 4U);
    EXPECT_THAT(results.missing(), ElementsAre(4, 5));
  }
  folder_.write("s1.png", test::encode_png(test::pattern(99, 30)));  // changed since
  {
    EmbedResults results = this->results();
    EXPECT_EQ(results.recorded(), 3U);
    EXPECT_THAT(results.missing(), ElementsAre(1, 4, 5));
    EXPECT_EQ(embed(results), 3U);
    EXPECT_EQ(results.recorded(), 6U);
    EXPECT_THAT(values(results.result(BadImages::fail).sets[0]),
                ElementsAre(40, 30, 99, 30, 42, 30, 43, 30, 44, 30, 45, 30));
  }
  EXPECT_TRUE(results().missing().empty());
}

TEST_F(EmbedResultsTest, SaysWhatTheImagesWereAlsoOfAnEarlierRun) {
  spoil(1);
  {
    EmbedResults results = this->results();
    embed(results, 3);
  }
  EmbedResults results = this->results();
  embed(results);
  const Embedded embedded = results.result(BadImages::skip);
  std::vector<Digest> files;
  for (const std::size_t row : {0, 2, 3, 4, 5})
    files.push_back(sha256(read_file(folder_.path() / rows_[row].path, 1 << 20)));
  EXPECT_EQ(embedded.images, files);
  std::filesystem::remove(folder_.path() / rows_[0].path);
  const auto now = image_hashes(embedder_, std::span(rows_).first(3), 2);
  EXPECT_THAT(now, testing::ElementsAre(std::nullopt, sha256("hello"), files[1]));
}

TEST_F(EmbedResultsTest, KnowsAnImageByItsContent) {
  {
    EmbedResults results = this->results();
    embed(results);
  }
  const std::filesystem::path file = folder_.path() / "s1.png";
  const auto time = std::filesystem::last_write_time(file);
  const auto size = std::filesystem::file_size(file);
  GrayImage other = test::pattern(41, 30);
  std::reverse(other.pixels.begin(), other.pixels.end());
  std::string bytes = test::encode_png(other);
  bytes.resize(size, 'x');  // what follows an image is no part of it
  ASSERT_EQ(std::filesystem::file_size(folder_.write("s1.png", bytes)), size);
  std::filesystem::last_write_time(file, time);
  std::filesystem::last_write_time(folder_.path() / "s2.png", time + std::chrono::hours(1));
  EXPECT_THAT(results().missing(), ElementsAre(1));
}

TEST_F(EmbedResultsTest, KnowsAMaskByItsContent) {
  for (ImageRow& row : rows_) row.mask = "mask" + row.path;
  const auto half_white = [](int width) {
    GrayImage mask = test::pattern(width, 30);
    for (std::size_t i = 0; i < mask.pixels.size(); ++i) mask.pixels[i] = i % 40 < 20 ? 255 : 0;
    return mask;
  };
  for (int i = 0; i < 6; ++i)
    folder_.write(*rows_[static_cast<std::size_t>(i)].mask, test::encode_png(half_white(40 + i)));
  const ImageEmbedder masked(folder_.path(), sides_, {"masked"});
  {
    EmbedResults results(masked, rows_, journal_);
    for (const std::size_t row : results.missing()) {
      const EmbeddedImage image = masked.embed(rows_[row]);
      ASSERT_EQ(image.problem, std::nullopt);
      results.add(row, image);
    }
  }
  EXPECT_TRUE(EmbedResults(masked, rows_, journal_).missing().empty());
  GrayImage other = half_white(43);
  other.pixels[100] ^= 0xff;
  folder_.write(*rows_[3].mask, test::encode_png(other));
  EXPECT_THAT(EmbedResults(masked, rows_, journal_).missing(), ElementsAre(3));
}

TEST_F(EmbedResultsTest, LeavesTheJournalOfAnotherRecipeAlone) {
  {
    EmbedResults results = this->results();
    embed(results, 2);
  }
  const std::string before = read_file(journal_, 1 << 20);
  const ImageEmbedder other(folder_.path(), sides_, {"raw", "normalized"});
  EXPECT_EQ(error_of([&] { const EmbedResults results(other, rows_, journal_); }).message(),
            "holds the finished images of another embedding (2 images of sides/raw, "
            "sides/equalized), and is left alone. finish that one with its own command, or delete "
            "this file, or name another --store");
  EXPECT_EQ(read_file(journal_, 1 << 20), before);
}

TEST_F(EmbedResultsTest, LeavesTheJournalOfOtherImagesAlone) {
  {
    EmbedResults results = this->results();
    embed(results, 2);
  }
  const std::string before = read_file(journal_, 1 << 20);
  for (int i = 0; i < 3; ++i) {
    const std::string name = "t" + std::to_string(i) + ".png";
    folder_.write(name, test::encode_png(test::pattern(40 + i, 30)));  // the same, elsewhere
    rows_[static_cast<std::size_t>(i)].path = name;
  }
  rows_.resize(3);
  EXPECT_EQ(error_of([&] { (void)results(); }).message(),
            "holds 2 finished images, none of them in this manifest (another manifest's, or the "
            "folder was moved), and is left alone. finish that embedding, or delete this file, or "
            "name another --store");
  EXPECT_EQ(read_file(journal_, 1 << 20), before);
  rows_.push_back({"s0", "s0.png"});  // a manifest that has grown
  EXPECT_THAT(results().missing(), ElementsAre(0, 1, 2));
}

TEST_F(EmbedResultsTest, DoesDamagedRecordsAgain) {
  {
    EmbedResults results = this->results();
    embed(results);
  }
  std::string bytes = read_file(journal_, 1 << 20);
  bytes[bytes.size() - 20] = static_cast<char>(bytes[bytes.size() - 20] ^ 1);  // a number of s5
  folder_.write("s.part", bytes);
  EmbedResults results = this->results();
  EXPECT_THAT(results.missing(), ElementsAre(5));
  embed(results);
  EXPECT_THAT(values(results.result(BadImages::fail).sets[1]),
              ElementsAre(40, 30, 41, 30, 42, 30, 43, 30, 44, 30, 45, 30));
}

TEST_F(EmbedResultsTest, ListsBlankImagesAlsoOfAnEarlierRun) {
  folder_.write("s2.png", test::encode_png({42, 30, std::vector<std::uint8_t>(42 * 30, 255)}));
  folder_.write("s4.png", test::encode_png({44, 30, std::vector<std::uint8_t>(44 * 30, 0)}));
  {
    EmbedResults results = this->results();
    embed(results, 3);
  }
  EmbedResults results = this->results();
  embed(results);
  const Embedded embedded = results.result(BadImages::fail);
  ASSERT_EQ(embedded.blank.size(), 2U);
  EXPECT_EQ(embedded.blank[0].id, "s2");
  EXPECT_EQ(embedded.blank[0].reason, "blank (all of it has the gray 255)");
  EXPECT_EQ(embedded.blank[1].id, "s4");
  EXPECT_TRUE(embedded.odd_masks.empty());
}

/// As threads and ranks bring them, some by an earlier run: the lists are in the rows' order.
TEST_F(EmbedResultsTest, ListsWhatIsOddInTheOrderOfTheRows) {
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const int width = 40 + static_cast<int>(i);
    GrayImage mask = test::pattern(width, 30);
    for (int y = 0; y < mask.height; ++y)
      for (int x = 0; x < mask.width; ++x) {
        const bool inside = x >= 10 && x < 30 && y >= 5 && y < 25;
        mask.pixels[static_cast<std::size_t>(y * width + x)] = inside || i % 3 == 1 ? 255 : 0;
      }
    rows_[i].mask = "mask" + rows_[i].path;
    folder_.write(*rows_[i].mask, test::encode_png(mask));
    const std::vector<std::uint8_t> white(mask.pixels.size(), 255);
    if (i % 3 == 0) folder_.write(rows_[i].path, test::encode_png({width, 30, white}));
    if (i % 3 == 2) spoil(i);
  }
  const ImageEmbedder masked(folder_.path(), sides_, {"masked"});
  const auto add = [&](EmbedResults& results, const std::vector<std::size_t>& rows) {
    for (const std::size_t row : rows) results.add(row, masked.embed(rows_[row]));
    results.flush();
  };
  {
    EmbedResults earlier(masked, rows_, journal_);
    add(earlier, {4, 3});
  }
  EmbedResults results(masked, rows_, journal_);
  EXPECT_EQ(results.recorded(), 2U);
  add(results, {5, 2, 1, 0});
  const Embedded embedded = results.result(BadImages::skip);
  const auto of = [](const std::vector<BadImage>& list) {
    std::vector<std::pair<std::size_t, std::string>> rows;
    for (const BadImage& one : list) rows.emplace_back(one.row, one.id + " " + one.path.string());
    return rows;
  };
  using Named = std::pair<std::size_t, std::string>;
  EXPECT_THAT(of(embedded.blank), ElementsAre(Named{0, "s0 s0.png"}, Named{3, "s3 s3.png"}));
  EXPECT_THAT(of(embedded.odd_masks), ElementsAre(Named{1, "s1 s1.png"}, Named{4, "s4 s4.png"}));
  EXPECT_THAT(of(embedded.bad), ElementsAre(Named{2, "s2 s2.png"}, Named{5, "s5 s5.png"}));
  EXPECT_THAT(embedded.rows, ElementsAre(0, 1, 3, 4));
}

TEST_F(EmbedResultsTest, ListsEveryBadImage) {
  rows_[1].path = "gone.png";
  spoil(4);
  EmbedResults results = this->results();
  embed(results);
  EXPECT_TRUE(results.missing().empty());
  const Error error = error_of([&] { (void)results.result(BadImages::fail); });
  EXPECT_EQ(error.code(), ErrorCode::bad_input);
  EXPECT_EQ(error.where(), folder_.path().string());
  EXPECT_EQ(error.message(),
            "2 of 6 images cannot be used (an embedding set needs all of its rows). mend them, as "
            "listed here, or leave them out with --skip-bad\n"
            "  sample 's1', gone.png: no such file (the image is missing). check the path "
            "and the folder it is relative to\n"
            "  sample 's4', s4.png: neither PNG, JPEG nor DICOM (it begins with 68 "
            "65 6c 6c 6f; PNG begins with 89 50 4e 47, JPEG with ff d8 ff, DICOM has DICM behind "
            "128 bytes). convert it to PNG");
}

TEST_F(EmbedResultsTest, SaysOnceWhatIsWrongWithSeveral) {
  rows_[1].path = "gone.png";
  rows_[2].path = "gone too.png";
  spoil(4);
  EmbedResults results = this->results();
  embed(results);
  EXPECT_EQ(
      error_of([&] { (void)results.result(BadImages::fail); }).message(),
      "3 of 6 images cannot be used (an embedding set needs all of its rows). mend them, as "
      "listed here, or leave them out with --skip-bad\n"
      "  2 images: no such file (the image is missing). check the path and the folder it is "
      "relative to\n"
      "    sample 's1', gone.png\n"
      "    sample 's2', gone too.png\n"
      "  sample 's4', s4.png: neither PNG, JPEG nor DICOM (it begins with 68 65 6c 6c 6f; PNG "
      "begins with 89 50 4e 47, JPEG with ff d8 ff, DICOM has DICM behind 128 bytes). convert "
      "it to PNG");
}

TEST_F(EmbedResultsTest, SkipsBadImagesOnRequest) {
  spoil(0);
  spoil(3);
  EmbedResults results = this->results();
  embed(results);
  const Embedded embedded = results.result(BadImages::skip);
  EXPECT_THAT(embedded.rows, ElementsAre(1, 2, 4, 5));
  ASSERT_EQ(embedded.bad.size(), 2U);
  EXPECT_EQ(embedded.bad[1].row, 3U);
  EXPECT_EQ(embedded.bad[1].id, "s3");
  EXPECT_EQ(embedded.bad[1].path, "s3.png");
  EXPECT_THAT(embedded.bad[1].reason, testing::StartsWith("neither PNG, JPEG nor DICOM"));
  EXPECT_EQ(embedded.sets[0].info.rows, 4U);
  EXPECT_THAT(values(embedded.sets[0]), ElementsAre(41, 30, 42, 30, 44, 30, 45, 30));
}

TEST_F(EmbedResultsTest, NeedsOneGoodImage) {
  rows_ = {{"gone", "gone.png"}};
  EmbedResults results = this->results();
  embed(results);
  EXPECT_EQ(
      error_of([&] { (void)results.result(BadImages::skip); }).message(),
      "1 of 1 images cannot be used (so no embedding set can be made). mend them, as listed "
      "here\n"
      "  sample 'gone', gone.png: no such file (the image is missing). check the path and the "
      "folder it is relative to");
  rows_.clear();
  EXPECT_EQ(error_of([&] { (void)this->results(); }).message(),
            "no images to embed (the manifest has no rows). give at least one");
}

TEST_F(EmbedResultsTest, ListsUnlikelyMasks) {
  GrayImage mask = test::pattern(40, 30);
  std::fill(mask.pixels.begin(), mask.pixels.end(), std::uint8_t{255});
  folder_.write("mask.png", test::encode_png(mask));
  rows_.resize(1);
  rows_[0].mask = "mask.png";
  const ImageEmbedder masked(folder_.path(), sides_, {"masked"});
  EmbedResults results(masked, rows_, journal_);
  results.add(0, masked.embed(rows_[0]));
  const Embedded embedded = results.result(BadImages::fail);
  ASSERT_EQ(embedded.odd_masks.size(), 1U);
  EXPECT_EQ(embedded.odd_masks[0].id, "s0");
  EXPECT_EQ(embedded.odd_masks[0].reason,
            "it covers 100 % of the image, where lungs cover 5 to 75 %");
}

/// The first gray and the sum of all, which tell what was done to the image.
class Grays final : public Extractor {
 public:
  [[nodiscard]] std::string name() const override { return "grays"; }
  [[nodiscard]] std::string identity() const override { return "grays version 1"; }
  [[nodiscard]] std::size_t dim() const override { return 2; }
  void extract(const GrayImage& image, std::span<float> out) const override {
    out[0] = static_cast<float>(image.pixels.front());
    out[1] = static_cast<float>(std::accumulate(image.pixels.begin(), image.pixels.end(), 0));
  }
};

/// Whichever is named first and however many stand before it; some images are of an earlier run.
TEST_F(EmbedResultsTest, EachSetHasTheNumbersOfItsOwnPreprocessing) {
  std::vector<GrayImage> images;
  for (int i = 0; i < 6; ++i) {
    GrayImage image = test::pattern(40 + i, 30);
    for (std::uint8_t& pixel : image.pixels) pixel = static_cast<std::uint8_t>(20 + pixel / 2);
    folder_.write(rows_[static_cast<std::size_t>(i)].path, test::encode_png(image));
    images.push_back(image);
  }
  const Grays grays;
  const std::vector<std::vector<std::string>> orders = {{"raw", "equalized", "normalized"},
                                                        {"normalized", "raw"},
                                                        {"equalized", "normalized", "raw"}};
  for (const std::vector<std::string>& names : orders) {
    std::filesystem::remove(journal_);
    const ImageEmbedder embedder(folder_.path(), grays, names);
    const auto add = [&](EmbedResults& results, const std::vector<std::size_t>& rows) {
      for (const std::size_t row : rows) results.add(row, embedder.embed(rows_[row]));
      results.flush();
    };
    {
      EmbedResults earlier(embedder, rows_, journal_);
      add(earlier, {4, 1});
    }
    EmbedResults results(embedder, rows_, journal_);
    add(results, {5, 0, 3, 2});
    const Embedded embedded = results.result(BadImages::fail);
    ASSERT_EQ(embedded.sets.size(), names.size());
    for (std::size_t set = 0; set < names.size(); ++set) {
      EXPECT_EQ(embedded.sets[set].info.name, "grays/" + names[set]);
      std::vector<float> expected(2 * images.size());
      for (std::size_t i = 0; i < images.size(); ++i)
        grays.extract(Preprocessing(names[set]).apply(images[i]),
                      std::span(expected).subspan(2 * i, 2));
      EXPECT_EQ(values(embedded.sets[set]), expected) << names[set];
    }
  }
}

}  // namespace
}  // namespace crossfold
