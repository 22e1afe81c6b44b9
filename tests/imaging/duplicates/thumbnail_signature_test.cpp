#include "thumbnail_signature.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "imaging/test_images.h"

namespace crossfold {
namespace {

double correlation(const Thumbnail& a, const Thumbnail& b) {
  return static_cast<double>(likeness(a, b)) / kThumbnailLength / kThumbnailLength;
}

GrayImage window(const GrayImage& image, int left, int top, int width, int height) {
  GrayImage part{width, height, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) part.pixels.push_back(image.at(left + x, top + y));
  return part;
}

TEST(ThumbnailSignature, IsTheSameUnderAnotherGamma) {
  const GrayImage image = test::pattern(230, 250);
  GrayImage darker = image;
  for (std::uint8_t& pixel : darker.pixels)
    pixel = static_cast<std::uint8_t>(255 * std::pow(pixel / 255.0, 1.5));
  EXPECT_NEAR(correlation(ThumbnailSignature(image).whole(), ThumbnailSignature(image).whole()), 1,
              1e-3);
  EXPECT_GT(correlation(ThumbnailSignature(image).whole(), ThumbnailSignature(darker).whole()),
            0.95);
}

TEST(ThumbnailSignature, HasTheCropsOfItsImage) {
  const GrayImage image = test::pattern(400, 400);
  const ThumbnailSignature part(window(image, 40, 80, 320, 320));
  double best = -1;
  for (const Thumbnail& crop : ThumbnailSignature(image).crops())
    best = std::max(best, correlation(crop, part.whole()));
  EXPECT_GT(best, 0.98);
  EXPECT_LT(correlation(ThumbnailSignature(image).whole(), part.whole()), 0.9);
}

TEST(ThumbnailSignature, MirroredIsThatOfTheMirroredImage) {
  const GrayImage image = test::pattern(320, 240);
  GrayImage flipped{image.width, image.height, {}};
  for (int y = 0; y < image.height; ++y)
    for (int x = image.width - 1; x >= 0; --x) flipped.pixels.push_back(image.at(x, y));
  EXPECT_EQ(ThumbnailSignature(image).mirrored(), ThumbnailSignature(flipped).whole());
}

TEST(ThumbnailSignature, OfOneGrayIsLikeNothing) {
  const ThumbnailSignature gray(GrayImage{20, 20, std::vector<std::uint8_t>(400, 90)});
  EXPECT_EQ(likeness(gray.whole(), gray.whole()), 0);
}

}  // namespace
}  // namespace crossfold
