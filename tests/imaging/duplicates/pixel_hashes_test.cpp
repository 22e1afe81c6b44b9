#include "crossfold/imaging/pixel_hashes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "imaging/test_images.h"

namespace crossfold {
namespace {

TEST(PixelHashes, AreEqualForEqualPixelsInDifferentFiles) {
  const test::TemporaryFolder folder;
  const GrayImage image = test::pattern(40, 30);
  GrayImage other = image;
  other.pixels[7] ^= 1;
  const GrayImage turned{30, 40, image.pixels};
  const std::vector<std::filesystem::path> paths = {
      folder.write("a.png", test::encode_png(image)),
      folder.write("b.png", test::encode_png(image) + "trailing bytes"),
      folder.write("c.png", test::encode_png(other)),
      folder.write("d.png", test::encode_png(turned)),
      folder.write("e.png", "no image"),
      folder.write("f.png", test::encode_png({30, 30, std::vector<std::uint8_t>(900, 9)}))};
  const auto hashes = pixel_hashes(paths, 2);
  ASSERT_EQ(hashes.size(), 6U);
  ASSERT_TRUE(hashes[0].digest.has_value());
  EXPECT_EQ(hashes[0].digest, hashes[1].digest);
  EXPECT_NE(hashes[0].digest, hashes[2].digest);
  EXPECT_NE(hashes[0].digest, hashes[3].digest);
  EXPECT_FALSE(hashes[4].digest.has_value());
  EXPECT_THAT(hashes[4].problem, testing::StartsWith("neither PNG, JPEG nor DICOM"));
  EXPECT_FALSE(hashes[5].digest.has_value());
  EXPECT_EQ(hashes[5].problem, "blank (all of it has the gray 9)");
}

}  // namespace
}  // namespace crossfold
