#include "crossfold/imaging/segment_images.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/files.h"
#include "crossfold/imaging/decode.h"
#include "crossfold/imaging/lung_mask.h"
#include "crossfold/imaging/segmenter.h"

#include "imaging/test_images.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using testing::StartsWith;

/// All pixels of `least` and more, so that a mask tells its image.
class Bright final : public Segmenter {
 public:
  explicit Bright(std::uint8_t least = 40) : least_(least) {}
  [[nodiscard]] GrayImage segment(const GrayImage& image) const override {
    GrayImage mask = image;
    for (std::uint8_t& pixel : mask.pixels) pixel = pixel >= least_ ? 255 : 0;
    return mask;
  }

 private:
  std::uint8_t least_;
};

class SegmentImages : public testing::Test {
 protected:
  /// Adds a row, and its image where that is new, different from all others.
  void add(const std::string& path) {
    const int n = static_cast<int>(rows_.size());
    if (!fs::exists(in() / path))
      folder_.write("in/" + path, test::encode_png(test::pattern(40 + n, 30)));
    rows_.push_back({.id = "s" + std::to_string(n), .path = path});
  }
  SegmentedImages apply(const Segmenter& segmenter = Bright()) const {
    return segment_images(in(), rows_, segmenter, out(), 2);
  }
  [[nodiscard]] fs::path in() const { return folder_.path() / "in"; }
  [[nodiscard]] fs::path out() const { return folder_.path() / "out"; }
  /// Every image's mask, found through masks.csv, is that of this very image.
  void expect_own_masks() const {
    const MaskPaths masks = read_mask_table(out() / "masks.csv", std::nullopt);
    std::set<fs::path> different;
    for (const ImageRow& row : rows_) {
      const fs::path image = (in() / row.path).lexically_normal();
      ASSERT_TRUE(masks.contains(image)) << image;
      EXPECT_EQ(read_gray_image(masks.at(image)), Bright().segment(read_gray_image(image)));
      different.insert(image);
    }
    EXPECT_EQ(masks.size(), different.size());
  }
  void expect_refused(const Segmenter& segmenter, const fs::path& where,
                      const std::string& message) const {
    const Error error = error_of([&] { (void)apply(segmenter); });
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    EXPECT_EQ(error.where(), where.string());
    EXPECT_EQ(error.message(), message);
  }

  test::TemporaryFolder folder_;
  std::vector<ImageRow> rows_;
};

TEST_F(SegmentImages, GivesEachImageAMaskOfItsOwn) {
  for (const char* path : {"a.png", "a.jpg.png", "a.jpg", "A.png", "sub/a.png", "sub/a", "b.dcm",
                           "masks.jpg", "../other/a.png", "a.png.png"})
    add(path);
  EXPECT_TRUE(apply().bad.empty());
  expect_own_masks();
}

TEST_F(SegmentImages, MayNameAnImageTwice) {
  add("a.png");
  add("b.png");
  add("./sub/../a.png");
  add("a.png");
  const SegmentedImages segmented = apply();
  expect_own_masks();
  EXPECT_EQ(segmented.masks[0], segmented.masks[3]);
}

TEST_F(SegmentImages, DoesTheSameWorkAgain) {
  add("a.png");
  add("b.png");
  (void)apply();
  fs::remove(out() / "b.png");  // as when it was killed
  fs::remove(out() / "masks.csv");
  (void)apply();
  expect_own_masks();
  add("c.png");  // a longer manifest
  (void)apply();
  expect_own_masks();
}

TEST_F(SegmentImages, LeavesMasksOfAnotherModelAlone) {
  add("a.png");
  (void)apply();
  const std::string before = read_file(out() / "a.png", 1 << 20);
  const Bright other(60);
  expect_refused(
      other, out() / "a.png",
      "is there already and is another mask than the one found now (by another model, or "
      "by hand), and is left alone. name another --out, or move it away");
  EXPECT_EQ(read_file(out() / "a.png", 1 << 20), before);
  expect_own_masks();
}

TEST_F(SegmentImages, LeavesOtherFilesAlone) {
  add("a.png");
  const fs::path notes = folder_.write("out/a.png", "my notes");
  EXPECT_THAT(error_of([&] { (void)apply(); }).message(),
              StartsWith("is there already and is another mask"));
  EXPECT_EQ(read_file(notes, 100), "my notes");
}

TEST_F(SegmentImages, LeavesATableOfOtherMasksAlone) {
  add("a.png");
  const std::string table = "image,mask\n../in/a.png,by_hand.png\n";
  folder_.write("out/masks.csv", table);
  expect_refused(Bright(), out() / "masks.csv",
                 "is there already and names other masks ('../in/a.png,by_hand.png'), and is left "
                 "alone. name another --out, or move it away");
  EXPECT_EQ(read_file(out() / "masks.csv", 100), table);
  EXPECT_FALSE(fs::exists(out() / "a.png"));
  folder_.write("out/masks.csv", "my notes");
  expect_refused(Bright(), out() / "masks.csv",
                 "is there already and names other masks ('my notes'), and is left alone. name "
                 "another --out, or move it away");
}

TEST_F(SegmentImages, NeverWritesOverTheImages) {
  add("a.png");
  add("b.jpg");
  const std::string before = read_file(in() / "a.png", 1 << 20);
  const Error error = error_of([&] { (void)segment_images(in(), rows_, Bright(), in(), 1); });
  EXPECT_EQ(
      std::string(error.what()),
      (in() / "a.png").string() +
          ": is an image of the manifest, and its mask would be written over it. name another "
          "--out");
  EXPECT_EQ(read_file(in() / "a.png", 1 << 20), before);
  EXPECT_FALSE(fs::exists(in() / "masks.csv"));
}

TEST_F(SegmentImages, ListsBlankImages) {
  add("a.png");
  add("b.png");
  folder_.write("in/b.png", test::encode_png({30, 30, std::vector<std::uint8_t>(900, 255)}));
  const SegmentedImages segmented = apply();
  ASSERT_EQ(segmented.blank.size(), 1U);
  EXPECT_EQ(segmented.blank[0].id, "s1");
  EXPECT_EQ(segmented.blank[0].reason, "blank (all of it has the gray 255)");
}

/// A box of lung; where the image's width is odd, all of it.
class Box final : public Segmenter {
 public:
  [[nodiscard]] GrayImage segment(const GrayImage& image) const override {
    GrayImage mask = image;
    for (int y = 0; y < image.height; ++y)
      for (int x = 0; x < image.width; ++x) {
        const bool inside = x >= 10 && x < 30 && y >= 5 && y < 25;
        const auto place = static_cast<std::size_t>(y * image.width + x);
        mask.pixels[place] = inside || image.width % 2 == 1 ? 255 : 0;
      }
    return mask;
  }
};

/// Of every row that names the image; such a mask is there all the same.
TEST_F(SegmentImages, ListsUnlikelyMasks) {
  for (const char* path : {"a.png", "b.png", "c.png", "b.png"}) add(path);
  const SegmentedImages segmented = apply(Box());
  ASSERT_EQ(segmented.odd.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const BadImage& odd = segmented.odd[i];
    EXPECT_EQ(odd.row, 1 + 2 * i);
    EXPECT_EQ(odd.id, "s" + std::to_string(odd.row));
    EXPECT_EQ(odd.path, "b.png");
    EXPECT_EQ(odd.reason, "it covers 100 % of the image, where lungs cover 5 to 75 %");
  }
  EXPECT_TRUE(segmented.bad.empty());
  EXPECT_TRUE(segmented.blank.empty());
  EXPECT_EQ(read_mask_table(out() / "masks.csv", std::nullopt).size(), 3U);
}

TEST_F(SegmentImages, NamesNoMaskThatCouldNotBeMade) {
  add("a.png");
  add("broken.png");
  add("c.png");
  folder_.write("in/broken.png", "no image");
  const SegmentedImages segmented = apply();
  ASSERT_EQ(segmented.bad.size(), 1U);
  EXPECT_EQ(segmented.bad[0].id, "s1");
  EXPECT_TRUE(segmented.masks[1].empty());
  const MaskPaths named = read_mask_table(out() / "masks.csv", std::nullopt);
  EXPECT_EQ(named.size(), 2U);
  for (const auto& [image, mask] : named) EXPECT_TRUE(fs::exists(mask)) << image;
}

}  // namespace
}  // namespace crossfold
