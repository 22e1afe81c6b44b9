#include "crossfold/imaging/pixel_hashes.h"

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
      folder.write("d.png", test::encode_png(turned)), folder.write("e.png", "no image")};
  const auto hashes = pixel_hashes(paths, 2);
  ASSERT_EQ(hashes.size(), 5U);
  EXPECT_EQ(hashes[0], hashes[1]);
  EXPECT_NE(hashes[0], hashes[2]);
  EXPECT_NE(hashes[0], hashes[3]);
  EXPECT_FALSE(hashes[4].has_value());
}

}  // namespace
}  // namespace crossfold
