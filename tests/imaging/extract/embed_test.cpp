#include "crossfold/imaging/embed.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <limits>
#include <set>
#include <utility>

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
  /// All images, in the order of their rows.
  [[nodiscard]] static std::vector<EmbeddedImage> embed(const ImageEmbedder& embedder,
                                                        std::span<const ImageRow> rows,
                                                        int threads = 1) {
    std::vector<EmbeddedImage> images(rows.size());
    embed_images(embedder, rows, threads,
                 [&](std::size_t row, EmbeddedImage image) { images[row] = std::move(image); });
    return images;
  }

  test::TemporaryFolder folder_;
  std::vector<ImageRow> rows_;
};

TEST_F(EmbedImages, MakesOneSetPerPreprocessing) {
  const Probe probe;
  const ImageEmbedder embedder(folder_.path(), probe, {"raw", "equalized"});
  ASSERT_EQ(embedder.sets().size(), 2U);
  EXPECT_EQ(embedder.numbers(), 4U);
  EXPECT_EQ(embedder.sets()[1].name, "probe/equalized");
  EXPECT_EQ(embedder.sets()[1].extractor, "probe version 1");
  EXPECT_EQ(embedder.sets()[1].preprocessing, "equalized");
  EXPECT_EQ(embedder.sets()[1].dim, 2U);
  EXPECT_NE(embedder.sets()[0].extractor_hash, embedder.sets()[1].extractor_hash);
  const std::vector<EmbeddedImage> images = embed(embedder, rows_);
  for (std::size_t i = 0; i < 6; ++i) {
    const int width = 40 + static_cast<int>(i);
    const auto darkest = [&](const char* preprocessing) {
      const GrayImage image = Preprocessing(preprocessing).apply(test::pattern(width, 30));
      return static_cast<float>(image.pixels[0]);
    };
    const auto w = static_cast<float>(width);
    EXPECT_THAT(images[i].numbers, ElementsAre(w, darkest("raw"), w, darkest("equalized")));
    EXPECT_FALSE(images[i].problem);
    EXPECT_EQ(images[i].key, embedder.key_of(rows_[i]));
  }
}

TEST_F(EmbedImages, GivesTheSameBitsOnAnyNumberOfThreads) {
  const auto texture = make_extractor("texture");
  const ImageEmbedder embedder(folder_.path(), *texture, {"raw", "equalized"});
  const std::vector<EmbeddedImage> expected = embed(embedder, rows_);
  for (const int threads : {2, 5, 20}) {
    const std::vector<EmbeddedImage> images = embed(embedder, rows_, threads);
    for (std::size_t i = 0; i < 6; ++i)
      EXPECT_EQ(images[i].numbers, expected[i].numbers) << threads;
  }
}

TEST_F(EmbedImages, BeginsNoFurtherImageOnceCancelled) {
  const Probe probe;
  const ImageEmbedder embedder(folder_.path(), probe, {"raw"});
  std::atomic<bool> cancel = false;
  std::vector<std::size_t> taken;
  const auto take = [&](std::size_t row, const EmbeddedImage&) {
    taken.push_back(row);
    cancel = row == 2;
  };
  embed_images(embedder, rows_, 1, take, &cancel);
  EXPECT_THAT(taken, ElementsAre(0, 1, 2));
}

TEST_F(EmbedImages, StopsWhenTheReceiverThrows) {
  const Probe probe;
  const ImageEmbedder embedder(folder_.path(), probe, {"raw"});
  const auto refuse = [](std::size_t, const EmbeddedImage&) {
    throw Error(ErrorCode::stopped, "enough");
  };
  EXPECT_EQ(error_of([&] { embed_images(embedder, rows_, 2, refuse); }).code(), ErrorCode::stopped);
}

TEST_F(EmbedImages, SaysWhyAnImageCannotBeUsed) {
  add_damaged();
  add("odd", test::pattern(34, 30));
  const Probe probe;
  const std::vector<EmbeddedImage> images =
      embed(ImageEmbedder(folder_.path(), probe, {"raw"}), rows_);
  EXPECT_EQ(images[1].problem,
            "no such file (the image is missing). check the path and the folder it is relative to");
  EXPECT_TRUE(images[1].numbers.empty());
  EXPECT_EQ(images[4].problem,
            "neither PNG, JPEG nor DICOM (it begins with 68 65 6c 6c 6f; PNG begins with 89 50 4e "
            "47, JPEG with ff d8 ff, DICOM has DICM behind 128 bytes). convert it to PNG");
  EXPECT_EQ(images[8].problem,
            "extractor 'probe' gives a number that is not finite for it after preprocessing "
            "'raw'. leave it out");
  EXPECT_TRUE(images[8].numbers.empty());
}

TEST_F(EmbedImages, DoesNotHideBugsAmongBadImages) {
  add("bug", test::pattern(33, 30));
  const Probe probe;
  const ImageEmbedder embedder(folder_.path(), probe, {"raw"});
  const Error error = error_of([&] { (void)embed(embedder, rows_, 3); });
  EXPECT_EQ(error.code(), ErrorCode::internal);
  EXPECT_EQ(error.message(), "a bug");
}

TEST_F(EmbedImages, NamesEveryErrorInThePreprocessings) {
  const Probe probe;
  EXPECT_STREQ(error_of([&] {
                 ImageEmbedder(folder_.path(), probe, {"raw", "raw", "sharp"});
               }).what(),
               "preprocessings: 2 errors\n"
               "  preprocessing 'raw' named twice (a set is made once). name it once\n"
               "  unknown preprocessing 'sharp' (known: 'raw' alone, or joined by '-': equalized, "
               "masked, lung-crop, normalized). choose among these");
  EXPECT_STREQ(error_of([&] { ImageEmbedder(folder_.path(), probe, {}); }).what(),
               "preprocessings: no preprocessing named (no set to make). name at least 'raw'");
}

TEST_F(EmbedImages, ReadsMasksWhereTheyAreNeeded) {
  GrayImage mask = test::pattern(40, 30);
  for (std::size_t i = 0; i < mask.pixels.size(); ++i) mask.pixels[i] = i % 40 < 20 ? 255 : 0;
  folder_.write("masks/s0.png", test::encode_png(mask));
  rows_[0].mask = "masks/s0.png";
  const Probe probe;
  const ImageEmbedder raw(folder_.path(), probe, {"raw"});
  const ImageEmbedder cropped(folder_.path(), probe, {"lung-crop[0]"});
  EXPECT_FALSE(raw.embed(rows_[1]).problem);
  EXPECT_EQ(cropped.embed(rows_[1]).problem,
            "no lung mask for it (preprocessing 'lung-crop[0]' needs one). name one with --masks, "
            "or leave it out");
  rows_[1].mask = "masks/s0.png";
  EXPECT_EQ(cropped.embed(rows_[1]).problem,
            "its lung mask " + (folder_.path() / "masks/s0.png").string() +
                ": a lung mask of another size (40 x 30 where the image has 41 x 30). make it from "
                "that image");
  const EmbeddedImage image = cropped.embed(rows_[0]);
  EXPECT_EQ(image.numbers[0], 20);
  EXPECT_FALSE(image.mask_oddity);
  EXPECT_EQ(raw.embed(rows_[0]).numbers[0], 40);

  std::fill(mask.pixels.begin(), mask.pixels.end(), std::uint8_t{255});
  folder_.write("masks/s0.png", test::encode_png(mask));
  const EmbeddedImage whole = cropped.embed(rows_[0]);
  EXPECT_EQ(whole.mask_oddity, "it covers 100 % of the image, where lungs cover 5 to 75 %");
  EXPECT_NE(whole.key, image.key);  // the mask is another
}

/// An extractor that differs from another in any one of what it says of itself.
class Named final : public Extractor {
 public:
  Named(std::string name, std::string identity, std::optional<Digest> weights)
      : name_(std::move(name)), identity_(std::move(identity)), weights_(weights) {}
  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] std::string identity() const override { return identity_; }
  [[nodiscard]] std::optional<Digest> weights() const override { return weights_; }
  [[nodiscard]] std::size_t dim() const override { return 1; }
  void extract(const GrayImage&, std::span<float> out) const override { out[0] = 1; }

 private:
  std::string name_;
  std::string identity_;
  std::optional<Digest> weights_;
};

TEST_F(EmbedImages, RecipeDependsOnAllThatMakesTheNumbers) {
  const auto recipe = [&](const Extractor& extractor, const std::vector<std::string>& steps) {
    const ImageEmbedder embedder(folder_.path(), extractor, steps);
    return std::pair(embedder.recipe(), embedder.sets()[0].extractor_hash);
  };
  const auto key = [&](const Extractor& extractor) {
    return ImageEmbedder(folder_.path(), extractor, {"raw"}).embed(rows_[0]).key;
  };
  const Named one("n", "version 1", sha256("weights"));
  const Named same("n", "version 1", sha256("weights"));
  EXPECT_EQ(recipe(one, {"raw"}), recipe(same, {"raw"}));
  EXPECT_EQ(key(one), key(same));
  for (const Named& other :
       {Named("n", "version 2", sha256("weights")), Named("n", "version 1", sha256("others")),
        Named("n", "version 1", std::nullopt)}) {
    EXPECT_NE(recipe(one, {"raw"}).first, recipe(other, {"raw"}).first);
    EXPECT_NE(recipe(one, {"raw"}).second, recipe(other, {"raw"}).second);
    EXPECT_NE(key(one), key(other));
  }
  const std::vector<std::vector<std::string>> steps = {{"raw"},
                                                       {"equalized"},
                                                       {"normalized"},
                                                       {"equalized-normalized"},
                                                       {"normalized-equalized"},
                                                       {"masked"},
                                                       {"masked[3]"},
                                                       {"masked[4]"},
                                                       {"lung-crop"},
                                                       {"lung-crop[6]"},
                                                       {"masked-equalized"},
                                                       {"equalized-masked"},
                                                       {"raw", "equalized"},
                                                       {"equalized", "raw"}};
  std::set<Digest> recipes;
  for (const auto& names : steps) recipes.insert(recipe(one, names).first);
  EXPECT_EQ(recipes.size(), steps.size());
}

TEST_F(EmbedImages, KeyDependsOnContentAlone) {
  const Probe probe;
  const ImageEmbedder embedder(folder_.path(), probe, {"raw", "masked"});
  for (ImageRow& row : rows_) row.mask = row.path;
  const Digest before = *embedder.key_of(rows_[0]);
  EXPECT_EQ(embedder.embed(rows_[0]).key, before);
  ImageRow copy{"copy", "images/copy.png", "images/copy_mask.png"};
  std::filesystem::copy(folder_.path() / rows_[0].path, folder_.path() / copy.path);
  std::filesystem::copy(folder_.path() / rows_[0].path, folder_.path() / *copy.mask);
  EXPECT_EQ(embedder.key_of(copy), before);
  EXPECT_NE(embedder.place_of(copy), embedder.place_of(rows_[0]));
  copy.mask = rows_[1].path;
  EXPECT_NE(embedder.key_of(copy), before);
  EXPECT_EQ(ImageEmbedder(folder_.path(), probe, {"raw"}).key_of(copy),
            ImageEmbedder(folder_.path(), probe, {"raw"}).key_of(rows_[0]));  // no mask is used
  copy.mask = "images/gone.png";
  EXPECT_EQ(embedder.key_of(copy), std::nullopt);
  EXPECT_NE(embedder.key_of(rows_[0]), embedder.key_of(rows_[1]));
}

/// Each step takes what the one before it made.
TEST_F(EmbedImages, StepsAreDoneInTheirOrder) {
  class Whole final : public Extractor {
   public:
    [[nodiscard]] std::string name() const override { return "whole"; }
    [[nodiscard]] std::string identity() const override { return "whole version 1"; }
    [[nodiscard]] std::size_t dim() const override { return 40 * 30; }
    void extract(const GrayImage& image, std::span<float> out) const override {
      std::copy(image.pixels.begin(), image.pixels.end(), out.begin());
    }
  };
  GrayImage mask = test::pattern(40, 30);
  for (std::size_t i = 0; i < mask.pixels.size(); ++i) mask.pixels[i] = i % 40 < 20 ? 255 : 0;
  folder_.write("mask.png", test::encode_png(mask));
  rows_[0].mask = "mask.png";
  const Whole whole;
  const ImageEmbedder embedder(folder_.path(), whole,
                               {"masked-equalized", "equalized-masked", "raw"});
  const EmbeddedImage image = embedder.embed(rows_[0]);
  const std::size_t dim = whole.dim();
  const auto set = [&](std::size_t s) {
    return std::vector<float>(image.numbers.begin() + static_cast<std::ptrdiff_t>(s * dim),
                              image.numbers.begin() + static_cast<std::ptrdiff_t>((s + 1) * dim));
  };
  const auto grays = [&](const char* first, const char* second) {
    MaskedImage pixels{test::pattern(40, 30), mask};
    pixels.image = Preprocessing(first).apply(pixels);
    const GrayImage done = Preprocessing(second).apply(pixels);
    return std::vector<float>(done.pixels.begin(), done.pixels.end());
  };
  EXPECT_EQ(set(0), grays("masked", "equalized"));
  EXPECT_EQ(set(1), grays("equalized", "masked"));
  EXPECT_NE(set(0), set(1));
  EXPECT_EQ(set(2), grays("raw", "raw"));
}

TEST_F(EmbedImages, NamesABlankImage) {
  const Probe probe;
  const ImageEmbedder embedder(folder_.path(), probe, {"raw"});
  EXPECT_FALSE(embedder.embed(rows_[0]).image_oddity);
  add("white", {40, 30, std::vector<std::uint8_t>(40 * 30, 255)});
  EXPECT_EQ(embedder.embed(rows_.back()).image_oddity, "blank (all of it has the gray 255)");
}

TEST_F(EmbedImages, TakesAbsolutePaths) {
  rows_[0].path = (folder_.path() / rows_[0].path).string();
  const Probe probe;
  EXPECT_FALSE(ImageEmbedder("/nowhere", probe, {"raw"}).embed(rows_[0]).problem);
}

}  // namespace
}  // namespace crossfold
