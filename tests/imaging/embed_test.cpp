#include "crossfold/imaging/embed.h"

#include <algorithm>
#include <atomic>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/imaging/decode.h"
#include "crossfold/imaging/preprocess.h"

#include "imaging/test_images.h"

namespace crossfold {
namespace {

using test::error_of;
using testing::ElementsAre;

/// Width and the first pixel, so that a row tells its image and its preprocessing.
class Probe final : public Extractor {
 public:
  [[nodiscard]] std::string name() const override { return "probe"; }
  [[nodiscard]] std::string identity() const override { return "probe version 1"; }
  [[nodiscard]] std::size_t dim() const override { return 2; }
  void extract(const GrayImage& image, std::span<float> out) const override {
    if (image.width == 33) throw Error(ErrorCode::internal, "a bug");
    out[0] = static_cast<float>(image.width);
    out[1] = image.width == 34 ? std::numeric_limits<float>::quiet_NaN()
                               : static_cast<float>(image.pixels[0]);
  }
};

class EmbedImages : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 6; ++i) add("s" + std::to_string(i), test::pattern(40 + i, 30));
  }

  void add(const std::string& id, const GrayImage& image) {
    folder_.write("images/" + id + ".png", test::encode_png(image));
    rows_.push_back({id, "images/" + id + ".png"});
  }
  void add_damaged() {
    rows_.insert(rows_.begin() + 1, {"gone", "images/gone.png"});
    folder_.write("images/text.png", "hello");
    rows_.insert(rows_.begin() + 4, {"text", "images/text.png"});
  }
  [[nodiscard]] Embedded embed(const EmbedOptions& options) const {
    return embed_images(folder_.path(), rows_, Probe(), options);
  }
  [[nodiscard]] std::string message_with(const EmbedOptions& options) const {
    return error_of([&] { (void)embed(options); }).message();
  }

  test::TemporaryFolder folder_;
  std::vector<ImageRow> rows_;
};

TEST_F(EmbedImages, MakesOneSetPerPreprocessing) {
  const Embedded embedded = embed({.preprocessings = {"raw", "equalized"}});
  EXPECT_THAT(embedded.rows, ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_TRUE(embedded.bad.empty());
  ASSERT_EQ(embedded.sets.size(), 2U);
  for (std::size_t p = 0; p < 2; ++p) {
    const EmbeddingSet& set = embedded.sets[p];
    const std::string preprocessing = p == 0 ? "raw" : "equalized";
    EXPECT_EQ(set.info.name, "probe/" + preprocessing);
    EXPECT_EQ(set.info.extractor, "probe version 1");
    EXPECT_EQ(set.info.preprocessing, preprocessing);
    EXPECT_EQ(set.info.rows, 6U);
    EXPECT_EQ(set.info.dim, 2U);
    ASSERT_EQ(set.values.size(), 12U);
    for (std::size_t i = 0; i < 6; ++i) {
      const int width = 40 + static_cast<int>(i);
      const GrayImage image = Preprocessing(preprocessing).apply(test::pattern(width, 30));
      EXPECT_EQ(set.values[2 * i], static_cast<float>(width));
      EXPECT_EQ(set.values[2 * i + 1], static_cast<float>(image.pixels[0]));
    }
  }
}

TEST_F(EmbedImages, GivesTheSameBitsOnAnyNumberOfThreads) {
  const auto texture = make_extractor("texture");
  const EmbedOptions alone{.preprocessings = {"raw", "equalized"}, .threads = 1};
  const Embedded expected = embed_images(folder_.path(), rows_, *texture, alone);
  for (const int threads : {2, 5, 20}) {
    EmbedOptions options = alone;
    options.threads = threads;
    const Embedded embedded = embed_images(folder_.path(), rows_, *texture, options);
    for (std::size_t p = 0; p < 2; ++p)
      EXPECT_EQ(embedded.sets[p].values, expected.sets[p].values) << threads;
  }
}

TEST_F(EmbedImages, TellsItsProgressToTheEnd) {
  add_damaged();
  std::vector<std::size_t> seen;
  EmbedOptions options{.threads = 2, .bad_images = BadImages::skip};
  options.progress = [&](std::size_t done, std::size_t of) {
    EXPECT_EQ(of, 8U);
    seen.push_back(done);
  };
  (void)embed(options);
  ASSERT_FALSE(seen.empty());
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
  EXPECT_EQ(seen.back(), 8U);
}

TEST_F(EmbedImages, StopsWhenProgressThrows) {
  EmbedOptions options;
  options.progress = [](std::size_t, std::size_t) { throw Error(ErrorCode::stopped, "enough"); };
  EXPECT_EQ(error_of([&] { (void)embed(options); }).code(), ErrorCode::stopped);
}

TEST_F(EmbedImages, ListsEveryBadImage) {
  add_damaged();
  const Error error = error_of([&] { (void)embed({.threads = 2}); });
  EXPECT_EQ(error.code(), ErrorCode::bad_input);
  EXPECT_EQ(error.where(), folder_.path().string());
  EXPECT_EQ(error.message(),
            "2 of 8 images cannot be used (an embedding set needs all of its rows). mend them, as "
            "listed here, or leave them out with --skip-bad\n"
            "  sample 'gone', images/gone.png: no such file (the image is missing). check the path "
            "and the folder it is relative to\n"
            "  sample 'text', images/text.png: neither PNG, JPEG nor DICOM (it begins with 68 "
            "65 6c 6c 6f; PNG begins with 89 50 4e 47, JPEG with ff d8 ff, DICOM has DICM behind "
            "128 bytes). convert it to PNG");
}

TEST_F(EmbedImages, SkipsBadImagesOnRequest) {
  const Embedded expected = embed({});
  add_damaged();
  const Embedded embedded = embed({.bad_images = BadImages::skip});
  EXPECT_THAT(embedded.rows, ElementsAre(0, 2, 3, 5, 6, 7));
  ASSERT_EQ(embedded.bad.size(), 2U);
  EXPECT_EQ(embedded.bad[1].row, 4U);
  EXPECT_EQ(embedded.bad[1].id, "text");
  EXPECT_EQ(embedded.bad[1].path, "images/text.png");
  EXPECT_THAT(embedded.bad[1].reason, testing::StartsWith("neither PNG, JPEG nor DICOM"));
  EXPECT_EQ(embedded.sets[0].info.rows, 6U);
  EXPECT_EQ(embedded.sets[0].values, expected.sets[0].values);
}

TEST_F(EmbedImages, NeedsOneGoodImage) {
  rows_ = {{"gone", "gone.png"}};
  EXPECT_EQ(
      message_with({.bad_images = BadImages::skip}),
      "1 of 1 images cannot be used (so no embedding set can be made). mend them, as listed "
      "here\n"
      "  sample 'gone', gone.png: no such file (the image is missing). check the path and the "
      "folder it is relative to");
  rows_.clear();
  EXPECT_EQ(message_with({}), "no images to embed (the manifest has no rows). give at least one");
}

TEST_F(EmbedImages, CountsNumbersThatAreNotFiniteAsBad) {
  rows_.clear();
  add("odd", test::pattern(34, 30));
  EXPECT_THAT(
      message_with({}),
      testing::EndsWith("sample 'odd', images/odd.png: extractor 'probe' gives a number that "
                        "is not finite for it after preprocessing 'raw'. leave it out"));
}

TEST_F(EmbedImages, DoesNotHideBugsAmongBadImages) {
  add("bug", test::pattern(33, 30));
  const Error error = error_of([&] { (void)embed({.threads = 3, .bad_images = BadImages::skip}); });
  EXPECT_EQ(error.code(), ErrorCode::internal);
  EXPECT_EQ(error.message(), "a bug");
}

TEST_F(EmbedImages, NamesEveryMistakeInThePreprocessings) {
  EXPECT_STREQ(error_of([&] {
                 (void)embed({.preprocessings = {"raw", "raw", "sharp"}});
               }).what(),
               "preprocessings: 2 mistakes\n"
               "  preprocessing 'raw' named twice (a set is made once). name it once\n"
               "  unknown preprocessing 'sharp' (known: 'raw' alone, or joined by '-': equalized, "
               "masked, lung-crop, normalized). choose among these");
  EXPECT_STREQ(error_of([&] { (void)embed({.preprocessings = {}}); }).what(),
               "preprocessings: no preprocessing named (no set to make). name at least 'raw'");
}

TEST_F(EmbedImages, ReadsMasksWhereTheyAreNeeded) {
  GrayImage mask = test::pattern(40, 30);
  for (std::size_t i = 0; i < mask.pixels.size(); ++i) mask.pixels[i] = i % 40 < 20 ? 255 : 0;
  folder_.write("masks/s0.png", test::encode_png(mask));
  rows_.resize(2);
  rows_[0].mask = "masks/s0.png";
  EXPECT_EQ(embed({}).rows.size(), 2U);
  EXPECT_THAT(message_with({.preprocessings = {"lung-crop[0]"}}),
              testing::EndsWith("sample 's1', images/s1.png: no lung mask for it (preprocessing "
                                "'lung-crop[0]' needs one). name one with --masks, or leave it "
                                "out"));
  rows_[1].mask = "masks/s0.png";
  EXPECT_THAT(message_with({.preprocessings = {"masked"}}),
              testing::EndsWith("sample 's1', images/s1.png: its lung mask " +
                                (folder_.path() / "masks/s0.png").string() +
                                ": a lung mask of another size (40 x 30 where the image has 41 x "
                                "30). make it from that image"));
  rows_.pop_back();
  const Embedded embedded = embed({.preprocessings = {"raw", "lung-crop[0]"}});
  EXPECT_EQ(embedded.sets[0].values[0], 40);
  EXPECT_EQ(embedded.sets[1].values[0], 20);
  EXPECT_TRUE(embedded.odd_masks.empty());
  EXPECT_NE(embedded.sets[0].info.extractor_hash, embedded.sets[1].info.extractor_hash);
}

TEST_F(EmbedImages, ListsUnlikelyMasks) {
  GrayImage mask = test::pattern(40, 30);
  std::fill(mask.pixels.begin(), mask.pixels.end(), std::uint8_t{255});
  folder_.write("masks/s0.png", test::encode_png(mask));
  rows_.resize(1);
  rows_[0].mask = "masks/s0.png";
  const Embedded embedded = embed({.preprocessings = {"masked"}});
  ASSERT_EQ(embedded.odd_masks.size(), 1U);
  EXPECT_EQ(embedded.odd_masks[0].id, "s0");
  EXPECT_EQ(embedded.odd_masks[0].reason,
            "it covers 100 % of the image, where lungs cover 5 to 75 %");
}

/// Counts the images it is given, and fails as a bug would after so many.
class Counting final : public Extractor {
 public:
  explicit Counting(int most) : most_(most) {}
  [[nodiscard]] std::string name() const override { return "counting"; }
  [[nodiscard]] std::string identity() const override { return "counting version 1"; }
  [[nodiscard]] std::size_t dim() const override { return 1; }
  void extract(const GrayImage& image, std::span<float> out) const override {
    if (++count_ > most_) throw Error(ErrorCode::internal, "killed");
    out[0] = static_cast<float>(image.width);
  }
  [[nodiscard]] int count() const { return count_; }

 private:
  int most_;
  mutable std::atomic<int> count_ = 0;
};

TEST_F(EmbedImages, GoesOnWhereItWasStopped) {
  const EmbedOptions options{.journal = folder_.path() / "s.part"};
  const Counting killed(4);
  EXPECT_EQ(error_of([&] { (void)embed_images(folder_.path(), rows_, killed, options); }).message(),
            "killed");
  folder_.write("images/s1.png", test::encode_png(test::pattern(99, 30)));  // changed since
  const Counting rest(100);
  const Embedded embedded = embed_images(folder_.path(), rows_, rest, options);
  EXPECT_EQ(rest.count(), 3);  // the changed one and the two that were not done
  EXPECT_THAT(embedded.sets[0].values, ElementsAre(40, 99, 42, 43, 44, 45));
  const Counting none(0);
  EXPECT_EQ(embed_images(folder_.path(), rows_, none, options).sets[0].values,
            embedded.sets[0].values);
}

TEST_F(EmbedImages, TakesAbsolutePaths) {
  for (ImageRow& row : rows_) row.path = folder_.path() / row.path;
  EXPECT_EQ(embed_images("/nowhere", rows_, Probe(), {}).rows.size(), 6U);
}

}  // namespace
}  // namespace crossfold
