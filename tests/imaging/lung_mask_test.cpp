#include "crossfold/imaging/lung_mask.h"

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

TEST(ReadLungMask, CutsAtOneHalf) {
  const test::TemporaryFolder folder;
  GrayImage image{16, 16, std::vector<std::uint8_t>(256, 127)};
  image.pixels[0] = 128;
  const GrayImage mask = read_lung_mask(folder.write("m.png", test::encode_png(image)), 16, 16);
  EXPECT_EQ(mask.pixels[0], 255);
  EXPECT_EQ(mask.pixels[1], 0);
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
      (table.string() + ": line 3: the image './a.png' has a mask already. leave one of them "
                        "out")
          .c_str());
  const auto bare = folder.write("bare.csv", "file,mask\na,b\n");
  EXPECT_EQ(error_of([&] { (void)read_mask_table(bare, std::nullopt); }).message(),
            "has no column 'image' (it says whose masks these are). add it; it has file, mask");
}

}  // namespace
}  // namespace crossfold
