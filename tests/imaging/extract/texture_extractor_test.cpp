#include "crossfold/imaging/texture_extractor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "crossfold/core/csv.h"
#include "crossfold/core/files.h"
#include "crossfold/imaging/decode.h"

#include "imaging/test_images.h"

namespace crossfold {
namespace {

using Texture = TextureExtractor;
using test::pattern;
using testing::Each;
using testing::FloatNear;

std::vector<float> extract(const GrayImage& image) {
  std::vector<float> out(Texture::kDim);
  Texture().extract(image, out);
  return out;
}

/// The values of a block before they were shifted and scaled.
std::vector<float> values_of(const TextureBlock& block, const GrayImage& image) {
  const std::vector<float> all = extract(image);
  std::vector<float> values;
  for (std::size_t i = 0; i < block.size; ++i)
    values.push_back(static_cast<float>(all[block.offset + i] / block.scale + block.centre));
  return values;
}

GrayImage one_gray(std::uint8_t gray) {
  return {128, 128, std::vector<std::uint8_t>(128 * 128, gray)};
}

float lbp_value(int count) { return std::sqrt(static_cast<float>(count) / 3969); }

TEST(TextureExtractor, HasItsBlocksSideBySide) {
  EXPECT_EQ(Texture::kHog.offset, 0U);
  EXPECT_EQ(Texture::kLbp.offset, Texture::kHog.offset + Texture::kHog.size);
  EXPECT_EQ(Texture::kThumbnail.offset, Texture::kLbp.offset + Texture::kLbp.size);
  EXPECT_EQ(Texture::kIntensity.offset, Texture::kThumbnail.offset + Texture::kThumbnail.size);
  EXPECT_EQ(Texture().dim(), Texture::kIntensity.offset + Texture::kIntensity.size);
  EXPECT_EQ(Texture().dim(), 1024U);
}

TEST(TextureExtractor, SeesNoStructureInOneGray) {
  for (const int side : {16, 128, 300}) {
    const auto count = static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
    const GrayImage image{side, side, std::vector<std::uint8_t>(count, 51)};
    EXPECT_THAT(values_of(Texture::kHog, image), Each(FloatNear(0, 1e-6F)));
    EXPECT_THAT(values_of(Texture::kThumbnail, image), Each(FloatNear(0.2F, 1e-6F)));
    const std::vector<float> lbp = values_of(Texture::kLbp, image);
    for (std::size_t i = 0; i < lbp.size(); ++i)  // every neighbour >= the pixel: code 255
      EXPECT_NEAR(lbp[i], i % 59 == 57 ? 1 : 0, 1e-6) << i;
    const std::vector<float> intensity = values_of(Texture::kIntensity, image);
    for (std::size_t i = 0; i < intensity.size(); ++i)
      EXPECT_NEAR(intensity[i], i == 51 / 16 ? 1 : 0, 1e-6) << i;
  }
}

TEST(TextureExtractor, SharesAnUprightEdgeBetweenTheFirstAndTheLastOrientation) {
  // An edge at x = 40, inside cell column 2: gx = 60 at x = 39 and 40, so 2 * 60 * 16 a cell, half
  // of it in bin 0 (centre 10 degrees) and half in bin 8 (170 degrees).
  GrayImage image = one_gray(20);
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    if (i % 128 >= 40) image.pixels[i] = 80;
  const std::vector<float> hog = values_of(Texture::kHog, image);
  const double half = 60 * 16;
  const double value = half / std::sqrt(4 * half * half + 1);  // two such cells in a block
  ASSERT_NEAR(value, 0.5, 1e-3);
  for (std::size_t i = 0; i < hog.size(); ++i) {
    const bool hit = i / 9 % 8 == 2 && (i % 9 == 0 || i % 9 == 8);
    EXPECT_NEAR(hog[i], hit ? 0.3 : 0, 1e-6) << i;  // clipped at 0.3
  }
}

TEST(TextureExtractor, PlacesASlantBetweenItsOrientations) {
  // gx = gy = 2 everywhere but on the border: 45 degrees = bin 2 less 5 degrees of 20: a quarter of
  // each pixel goes to bin 1, the rest to bin 2. Cells of the middle are all alike.
  GrayImage image = one_gray(0);
  for (int y = 0; y < 128; ++y)
    for (int x = 0; x < 128; ++x)
      image.pixels[static_cast<std::size_t>(y * 128 + x)] = static_cast<std::uint8_t>(x + y);
  const std::vector<float> hog = values_of(Texture::kHog, image);
  const double mass = 256 * std::sqrt(8.0);
  const double norm = std::sqrt(4 * mass * mass * (0.75 * 0.75 + 0.25 * 0.25) + 1);
  const std::size_t cell = (3 * 8 + 4) * 9;
  for (std::size_t bin = 0; bin < 9; ++bin) {
    const double expected = bin == 1 ? 0.25 * mass / norm : bin == 2 ? 0.75 * mass / norm : 0;
    EXPECT_NEAR(hog[cell + bin], std::min(expected, 0.3), 1e-6) << bin;
  }
}

TEST(TextureExtractor, CountsThePatternsAroundOneDarkPixel) {
  GrayImage image = one_gray(90);
  image.pixels[std::size_t{30} * 128 + 20] = 10;  // upper left quarter
  const std::vector<float> lbp = values_of(Texture::kLbp, image);
  // Each of the eight neighbours misses one bit: 255 - 2^k, one each. All are uniform; their ranks
  // among the 58 uniform codes: 127 -> 28, 191 -> 35, 223 -> 41, 239 -> 46, 247 -> 50, 251 -> 53,
  // 253 -> 55, 254 -> 56, and 255 -> 57.
  for (std::size_t bin = 0; bin < 59; ++bin) {
    const bool hit = bin == 28 || bin == 35 || bin == 41 || bin == 46 || bin == 50 || bin == 53 ||
                     bin == 55 || bin == 56;
    EXPECT_NEAR(lbp[bin], bin == 57 ? lbp_value(3961) : lbp_value(hit ? 1 : 0), 1e-6) << bin;
  }
  EXPECT_NEAR(lbp[59 + 57], 1, 1e-6);
}

TEST(TextureExtractor, PutsPatternsThatAreNotUniformInTheLastBin) {
  GrayImage image = one_gray(90);
  for (const std::size_t x : {99U, 101U}) image.pixels[std::size_t{100} * 128 + x] = 10;
  const std::vector<float> lbp = values_of(Texture::kLbp, image);
  // The pixel between the two misses its right and its left neighbour: four changes of bits. So do
  // the pixels above and below it, which miss their two lower (upper) corners.
  EXPECT_NEAR(lbp[3 * 59 + 58], lbp_value(3), 1e-6);
}

TEST(TextureExtractor, TakesThumbnailsByAreaMeans) {
  // Old pixels of 14 / 128 new ones each: column 9 is shared, 1/7 of a new pixel's 64/7 to the
  // left.
  GrayImage image = one_gray(0);
  for (std::size_t y = 0; y < 128; ++y) image.pixels[y * 128 + 9] = 255;
  const std::vector<float> thumbnail = values_of(Texture::kThumbnail, image);
  for (std::size_t i = 0; i < thumbnail.size(); ++i) {
    const double share = i % 14 == 0 ? 1.0 / 64 : i % 14 == 1 ? 6.0 / 64 : 0;
    EXPECT_NEAR(thumbnail[i], share, 1e-6) << i;
  }
}

TEST(TextureExtractor, CountsIntensitiesInSixteens) {
  GrayImage image = one_gray(15);
  for (std::size_t i = 0; i < 4096; ++i) image.pixels[i] = 16;
  image.pixels.back() = 255;
  const std::vector<float> intensity = values_of(Texture::kIntensity, image);
  EXPECT_NEAR(intensity[0], std::sqrt(12287.0 / 16384), 1e-6);
  EXPECT_NEAR(intensity[1], 0.5, 1e-6);
  EXPECT_NEAR(intensity[2], 0, 1e-6);
  EXPECT_NEAR(intensity[15], 1.0 / 128, 1e-6);
}

struct ReferenceCase {
  const char* column;
  int width;
  int height;
};

class TextureReference : public testing::TestWithParam<ReferenceCase> {};

TEST_P(TextureReference, EqualsNumpy) {
  const ReferenceCase& reference = GetParam();
  const std::string path = CROSSFOLD_TEST_DATA "/texture_reference.csv";
  const CsvTable table = parse_csv(read_file(path, 1 << 20), path);
  const auto column = table.find_column(reference.column);
  ASSERT_TRUE(column.has_value());
  const std::vector<float> ours = extract(pattern(reference.width, reference.height));
  ASSERT_EQ(table.rows.size(), ours.size());
  for (std::size_t i = 0; i < ours.size(); ++i)
    ASSERT_NEAR(ours[i], std::stof(table.rows[i][*column]), 1e-5) << i;
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, TextureReference,
    testing::Values(ReferenceCase{"128x128", 128, 128}, ReferenceCase{"256x384", 256, 384},
                    ReferenceCase{"203x150", 203, 150}, ReferenceCase{"100x60", 100, 60}),
    [](const auto& reference) { return std::string("Of") + reference.param.column; });

TEST(TextureExtractor, GivesTheSameBitsOnManyThreads) {
  const GrayImage image = pattern(777, 555);
  cv::setNumThreads(2);
  const std::vector<float> many_inside = extract(image);
  cv::setNumThreads(1);
  const std::vector<float> alone = extract(image);
  EXPECT_EQ(std::memcmp(alone.data(), many_inside.data(), alone.size() * sizeof(float)), 0);

  const Texture shared;
  std::vector<std::vector<float>> results(4, std::vector<float>(Texture::kDim));
  {
    std::vector<std::jthread> threads;
    for (std::vector<float>& out : results)
      threads.emplace_back([&] { shared.extract(image, out); });
  }
  for (const std::vector<float>& out : results)
    EXPECT_EQ(std::memcmp(alone.data(), out.data(), alone.size() * sizeof(float)), 0);
}

TEST(TextureExtractor, RefusesBrokenPromises) {
  std::vector<float> out(Texture::kDim);
  EXPECT_THROW(Texture().extract({16, 16, {}}, out), Error);
  EXPECT_THROW(Texture().extract({0, 0, {}}, out), Error);
  EXPECT_THROW(Texture().extract(one_gray(1), std::span(out).first(7)), Error);
}

}  // namespace
}  // namespace crossfold
