#include "crossfold/imaging/image_oddity.h"

#include <gtest/gtest.h>

#include "imaging/test_images.h"

namespace crossfold {
namespace {

GrayImage plain(std::uint8_t gray) { return {100, 100, std::vector<std::uint8_t>(10000, gray)}; }

TEST(ImageOddity, NamesTheGrayOfABlankImage) {
  for (const int gray : {0, 7, 128, 255})
    EXPECT_EQ(image_oddity(plain(static_cast<std::uint8_t>(gray))),
              "blank (all of it has the gray " + std::to_string(gray) + ")");
}

TEST(ImageOddity, NamesTheGraysOfANearlyBlankImage) {
  GrayImage image = plain(255);
  for (std::size_t i = 0; i < 50; ++i) image.pixels[i] = 10;
  EXPECT_EQ(image_oddity(image), "nearly blank (99.5 % of it has the grays 248 to 255)");
  image = plain(100);
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = static_cast<std::uint8_t>(100 + i % 8);  // noise
  image.pixels[0] = 0;
  EXPECT_EQ(image_oddity(image), "nearly blank (99.9 % of it has the grays 100 to 107)");
}

TEST(ImageOddity, HasNothingToSayOfAPicture) {
  EXPECT_EQ(image_oddity(test::pattern(60, 50)), std::nullopt);
  GrayImage image = plain(0);
  for (std::size_t i = 0; i < 201; ++i) image.pixels[i] = 90;
  EXPECT_EQ(image_oddity(image), std::nullopt);  // 97.99 %
  image.pixels[200] = 0;
  EXPECT_NE(image_oddity(image), std::nullopt);  // 98 %
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = static_cast<std::uint8_t>(100 + i % 9);
  EXPECT_EQ(image_oddity(image), std::nullopt);
}

}  // namespace
}  // namespace crossfold
