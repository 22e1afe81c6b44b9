#include "crossfold/imaging/lung_mask.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "imaging/test_images.h"

namespace crossfold {
namespace {

using test::error_of;

struct Box {
  int left, top, right, bottom;
};

GrayImage mask_of(const std::vector<Box>& boxes) {
  GrayImage mask{100, 100, std::vector<std::uint8_t>(100 * 100, 0)};
  for (const Box& box : boxes)
    for (int y = box.top; y < box.bottom; ++y)
      for (int x = box.left; x < box.right; ++x)
        mask.pixels[static_cast<std::size_t>(y * 100 + x)] = 255;
  return mask;
}

TEST(MaskOddity, TwoLungsAreFine) {
  EXPECT_EQ(mask_oddity(mask_of({{10, 10, 40, 80}, {60, 10, 90, 80}})), std::nullopt);
  EXPECT_EQ(mask_oddity(mask_of({{10, 10, 90, 80}, {95, 95, 97, 97}})), std::nullopt);
}

TEST(MaskOddity, NamesAreasAndPartsThatLungsDoNotHave) {
  EXPECT_EQ(mask_oddity(mask_of({})), "it covers 0 % of the image, where lungs cover 5 to 75 %");
  EXPECT_EQ(mask_oddity(mask_of({{0, 0, 100, 90}})),
            "it covers 90 % of the image, where lungs cover 5 to 75 %");
  EXPECT_EQ(mask_oddity(mask_of({{0, 0, 20, 20}, {30, 0, 50, 20}, {60, 0, 80, 20}})),
            "it has 3 large and 0 small parts, where lungs have one or two");
}

TEST(MaskOddity, NamesAMaskOfTheSurroundings) {
  GrayImage mask = mask_of({{10, 5, 45, 95}, {55, 5, 90, 95}});
  EXPECT_EQ(mask_oddity(mask), std::nullopt);
  for (std::uint8_t& pixel : mask.pixels) pixel = pixel == 0 ? 255 : 0;
  EXPECT_EQ(mask_oddity(mask),
            "it holds 100 % of the image's edge, as the surroundings of lungs do (is it "
            "inverted?)");
}

/// 500 and 7,500 of 10,000 pixels, half of the 396 at the edge, parts of 100, four small ones.
TEST(MaskOddity, BeginsBeyondEachOfItsLimits) {
  const auto is_odd = [](const GrayImage& mask) { return mask_oddity(mask).has_value(); };
  const auto without_first = [](GrayImage mask) {
    *std::find(mask.pixels.begin(), mask.pixels.end(), 255) = 0;
    return mask;
  };
  const GrayImage small = mask_of({{10, 10, 35, 30}});
  EXPECT_FALSE(is_odd(small));
  EXPECT_TRUE(is_odd(without_first(small)));
  EXPECT_FALSE(is_odd(mask_of({{10, 3, 90, 96}, {10, 96, 70, 97}})));
  EXPECT_TRUE(is_odd(mask_of({{10, 3, 90, 96}, {10, 96, 71, 97}})));
  EXPECT_FALSE(is_odd(mask_of({{0, 0, 100, 50}})));
  EXPECT_TRUE(is_odd(mask_of({{0, 0, 100, 51}})));
  const std::vector<Box> lungs = {{10, 10, 40, 80}, {60, 10, 90, 80}};
  const auto lungs_and = [&](std::vector<Box> boxes) {
    boxes.insert(boxes.end(), lungs.begin(), lungs.end());
    return mask_of(boxes);
  };
  EXPECT_FALSE(is_odd(lungs_and({{45, 85, 54, 96}}))) << "a small part of 99";
  EXPECT_TRUE(is_odd(lungs_and({{45, 85, 55, 95}}))) << "a third large one of 100";
  std::vector<Box> dots;
  for (const int left : {10, 20, 30, 40}) dots.push_back({left, 90, left + 1, 91});
  EXPECT_FALSE(is_odd(lungs_and(dots)));
  dots.push_back({50, 90, 51, 91});
  EXPECT_TRUE(is_odd(lungs_and(dots)));
}

/// A box of lung in a mask of these two grays.
GrayImage two_grays(int ground, int lung) {
  GrayImage mask = mask_of({{10, 10, 40, 80}, {60, 10, 90, 80}});
  for (std::uint8_t& pixel : mask.pixels)
    pixel = static_cast<std::uint8_t>(pixel == 255 ? lung : ground);
  return mask;
}

LungMask decoded(const GrayImage& mask) {
  return decode_lung_mask(test::encode_png(mask), "m.png", mask.width, mask.height);
}

TEST(LungMask, IsTheHigherOfAnyTwoGrays) {
  const GrayImage expected = two_grays(0, 255);
  const std::vector<std::pair<int, int>> grays = {{0, 255}, {0, 1},   {1, 2},     {3, 200},
                                                  {0, 127}, {0, 128}, {128, 129}, {254, 255}};
  for (const auto& [ground, lung] : grays) {
    const LungMask mask = decoded(two_grays(ground, lung));
    EXPECT_EQ(mask.pixels, expected) << ground << " and " << lung;
    EXPECT_EQ(mask.oddity, std::nullopt);
    EXPECT_FALSE(mask.is_empty_or_full());
  }
}

TEST(LungMask, Of16BitsOrColoursIsTheSame) {
  const GrayImage expected = two_grays(0, 255);
  for (const int lung : {1, 300, 0x0101, 65535}) {
    std::vector<std::string> rows;
    for (int y = 0; y < 100; ++y) {
      std::string row;
      for (int x = 0; x < 100; ++x) {
        const int value = expected.at(x, y) == 255 ? lung : 0;
        row += static_cast<char>(value >> 8);
        row += static_cast<char>(value & 0xff);
      }
      rows.push_back(row);
    }
    const std::string png = test::png_file(100, {.bits = 16, .colour_type = 0}, rows);
    EXPECT_EQ(decode_lung_mask(png, "m.png", 100, 100).pixels, expected) << lung;
  }
}

TEST(LungMask, OfMoreThanTwoGraysIsCutAt128) {
  GrayImage image = two_grays(0, 255);
  image.pixels[0] = 127;
  image.pixels[1] = 128;
  const LungMask mask = decoded(image);
  EXPECT_EQ(mask.pixels.pixels[0], 0);
  EXPECT_EQ(mask.pixels.pixels[1], 255);
  const LungMask jpeg = decode_lung_mask(test::encode_jpeg(two_grays(0, 255)), "m.jpg", 100, 100);
  EXPECT_EQ(jpeg.pixels, two_grays(0, 255));
  EXPECT_EQ(jpeg.oddity, std::nullopt);
}

TEST(LungMask, IsOfItsImageOnlyWithItsWidthAndHeight) {
  const GrayImage mask{40, 30, std::vector<std::uint8_t>(1200, 255)};
  const std::string png = test::encode_png(mask);
  EXPECT_EQ(decode_lung_mask(png, "m.png", 40, 30).pixels.width, 40);
  for (const auto& [width, height] : {std::pair(30, 40), std::pair(20, 60), std::pair(40, 31),
                                      std::pair(41, 30), std::pair(1200, 1)})
    EXPECT_EQ(error_of([&] { (void)decode_lung_mask(png, "m.png", width, height); }).code(),
              ErrorCode::bad_input)
        << width;
}
TEST(LungMask, OfOneGrayIsEmptyOrFull) {
  EXPECT_EQ(decoded(two_grays(0, 0)).pixels, two_grays(0, 0));
  for (const int gray : {1, 127, 255})
    EXPECT_EQ(decoded(two_grays(gray, gray)).pixels, two_grays(255, 255));
  for (const int gray : {0, 1, 255}) {
    EXPECT_TRUE(decoded(two_grays(gray, gray)).is_empty_or_full());
    EXPECT_EQ(decoded(two_grays(gray, gray)).oddity,
              gray == 0 ? "it covers 0 % of the image, where lungs cover 5 to 75 %"
                        : "it covers 100 % of the image, where lungs cover 5 to 75 %");
  }
}

TEST(LungMask, IsUnlikelyWhereMuchOfItIsGray) {
  GrayImage image = two_grays(0, 255);
  for (std::size_t i = 0; i < 1100; ++i) image.pixels[i] = static_cast<std::uint8_t>(60 + i % 40);
  EXPECT_EQ(decoded(image).oddity, "11 % of it is neither black nor white, and was cut at 128");
}

/// Of a tenth and less nothing is said; grays below 48 and above 207 are black and white.
TEST(LungMask, IsUnlikelyWhereMoreThanATenthOfItIsBetween) {
  const auto with_grays = [](std::size_t count) {
    GrayImage image = two_grays(0, 255);
    std::fill_n(image.pixels.begin(), count, std::uint8_t{48});
    return decoded(image).oddity;
  };
  EXPECT_EQ(with_grays(1000), std::nullopt);
  EXPECT_EQ(with_grays(1001), "10 % of it is neither black nor white, and was cut at 128");
  const auto of_three = [](int ground, int lung) {
    GrayImage image = two_grays(ground, lung);
    image.pixels[0] = 0;
    return decoded(image).oddity;
  };
  EXPECT_EQ(of_three(47, 208), std::nullopt);
  for (const auto& [ground, lung] : {std::pair(48, 208), std::pair(47, 207)})
    EXPECT_NE(of_three(ground, lung), std::nullopt) << ground << " and " << lung;
}

TEST(LungMask, OfLabelsIsNone) {
  GrayImage image = two_grays(0, 1);
  for (std::size_t i = 5000; i < 6000; ++i) image.pixels[i] *= 2;
  EXPECT_STREQ(error_of([&] { (void)decoded(image); }).what(),
               "m.png: a lung mask of 3 grays, 0 to 2 (of more than two, those of 128 and more are "
               "lungs: none). write it with two, the lungs as the higher one");
}

TEST(ReadLungMask, MustHaveTheImagesSize) {
  const test::TemporaryFolder folder;
  const auto path = folder.write("m.png", test::encode_png(test::pattern(20, 16)));
  EXPECT_EQ(error_of([&] { (void)read_lung_mask(path, 40, 32); }).message(),
            "a lung mask of another size (20 x 16 where the image has 40 x 32). make it from that "
            "image");
}

TEST(ReadMaskTable, FindsMasksByTheirImages) {
  const test::TemporaryFolder folder;
  const auto table =
      folder.write("masks.csv", "image,v7,vae\na/1.png,m/1.png,\na/2.png,,m/2.png\n");
  const MaskPaths masks = read_mask_table(table, "v7");
  ASSERT_EQ(masks.size(), 1U);
  EXPECT_EQ(masks.at(folder.path() / "a/1.png"), folder.path() / "m/1.png");
  const auto plain = folder.write("plain.csv", "mask,image\nm.png,../a.png\n");
  EXPECT_EQ(read_mask_table(plain, std::nullopt).begin()->first,
            (folder.path() / "../a.png").lexically_normal());
  const auto windows = folder.write("windows.csv", "image,mask\na\\1.png,m\\1.png\n");
  EXPECT_EQ(read_mask_table(windows, std::nullopt).at(folder.path() / "a/1.png"),
            folder.path() / "m/1.png");
}

TEST(ReadMaskTable, NamesWhatIsWrong) {
  const test::TemporaryFolder folder;
  const auto table = folder.write("masks.csv", "image,v7,vae\na.png,m.png,\n./a.png,n.png,\n");
  EXPECT_EQ(error_of([&] { (void)read_mask_table(table, std::nullopt); }).message(),
            "has 2 columns of masks (v7, vae). say which with --mask-column");
  EXPECT_EQ(error_of([&] { (void)read_mask_table(table, "v8"); }).message(),
            "has no column 'v8'. it has image, v7, vae");
  EXPECT_STREQ(
      error_of([&] { (void)read_mask_table(table, "v7"); }).what(),
      (table.string() + ": line 3 ('./a.png'): the image has a mask already. leave one of them out")
          .c_str());
  const auto bare = folder.write("bare.csv", "file,mask\na,b\n");
  EXPECT_EQ(error_of([&] { (void)read_mask_table(bare, std::nullopt); }).message(),
            "has no column 'image' (it says whose masks these are). add it; it has file, mask");
}

TEST(UnusedMasks, AreCountedAndNamed) {
  MaskPaths masks;
  for (const char* name : {"a.png", "b.png", "c.png", "d.png", "e.png"})
    masks.emplace(std::string("/x/") + name, std::string("/m/") + name);
  EXPECT_EQ(unused_masks(masks, {"/x/a.png", "/x/b.png", "/x/c.png", "/x/d.png", "/x/e.png"}),
            std::nullopt);
  EXPECT_EQ(unused_masks(masks, {"/x/a.png", "/x/c.png", "/y/d.png"}),
            "3 of 5 masks are not used (the manifest does not have their images): b.png, d.png, "
            "e.png");
  EXPECT_EQ(unused_masks(masks, {"/x/a.png"}),
            "4 of 5 masks are not used (the manifest does not have their images): b.png, c.png, "
            "d.png and 1 more");
}

}  // namespace
}  // namespace crossfold
