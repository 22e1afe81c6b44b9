#include "crossfold/imaging/embed_results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST_F(EmbedResultsTest, DoesAllAgainWithAnotherRecipe) {
  {
    EmbedResults results = this->results();
    embed(results);
  }
  const ImageEmbedder other(folder_.path(), sides_, {"raw", "normalized"});
  EXPECT_EQ(EmbedResults(other, rows_, journal_).missing().size(), 6U);
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

}  // namespace
}  // namespace crossfold
