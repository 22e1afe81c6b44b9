#include "crossfold/imaging/preprocess.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "imaging/test_images.h"

namespace crossfold {
namespace {

using test::error_of;
using testing::Each;
using testing::ElementsAre;

/// White inside the box, black outside.
GrayImage box_mask(int width, int height, int left, int top, int right, int bottom) {
  GrayImage mask{width, height, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      mask.pixels.push_back(x >= left && x < right && y >= top && y < bottom ? 255 : 0);
  return mask;
}

GrayImage apply(const char* name, const GrayImage& image, const GrayImage& mask) {
  return Preprocessing(name).apply(MaskedImage{image, mask});
}

TEST(Preprocessing, RawChangesNothing) {
  const GrayImage image = test::pattern(33, 21);
  EXPECT_EQ(Preprocessing("raw").apply(image), image);
  EXPECT_EQ(Preprocessing("raw").name(), "raw");
}

TEST(Preprocessing, EqualizedSpreadsTheGrays) {
  // Cumulative counts 2, 5, 7, 8 of 8 pixels: (c - 2) / 6 * 255 = 0, 127.5, 212.5, 255; halves go
  // to the even number.
  const GrayImage image{4, 2, {10, 10, 20, 20, 20, 200, 200, 201}};
  EXPECT_THAT(Preprocessing("equalized").apply(image).pixels,
              ElementsAre(0, 0, 128, 128, 128, 212, 212, 255));
}

TEST(Preprocessing, EqualizedLeavesOneGrayAsItIs) {
  const GrayImage image{3, 2, std::vector<std::uint8_t>(6, 77)};
  EXPECT_EQ(Preprocessing("equalized").apply(image), image);
}

TEST(Preprocessing, MaskedIsBlackOutsideOfTheLungs) {
  const GrayImage image{4, 2, {10, 20, 30, 40, 50, 60, 70, 80}};
  const GrayImage mask{4, 2, {0, 255, 255, 0, 0, 255, 0, 0}};
  EXPECT_THAT(apply("masked", image, mask).pixels, ElementsAre(0, 20, 30, 0, 0, 60, 0, 0));
}

TEST(Preprocessing, MaskedWithARadiusFadesOut) {
  const GrayImage image{256, 64, std::vector<std::uint8_t>(256 * 64, 200)};
  const GrayImage faded = apply("masked[3]", image, box_mask(256, 64, 128, 0, 256, 64));
  // A Gaussian step of standard deviation 3: half a pixel right of the edge 0.5 + 0.066; one
  // deviation inside 0.84, outside 0.16 (of 200).
  EXPECT_NEAR(faded.at(128, 32), 200 * 0.566, 3);
  EXPECT_NEAR((faded.at(130, 32) + faded.at(131, 32)) / 2.0, 200 * 0.841, 3);
  EXPECT_NEAR((faded.at(124, 32) + faded.at(125, 32)) / 2.0, 200 * 0.159, 3);
  EXPECT_EQ(faded.at(90, 32), 0);
  EXPECT_EQ(faded.at(200, 32), 200);
}

TEST(Preprocessing, TheRadiusGrowsWithTheImage) {
  const GrayImage large{1024, 64, std::vector<std::uint8_t>(1024 * 64, 200)};
  const GrayImage faded = apply("masked[3]", large, box_mask(1024, 64, 512, 0, 1024, 64));
  EXPECT_NEAR(faded.at(524, 32), 200 * 0.841, 4);
  const GrayImage tall{64, 1024, std::vector<std::uint8_t>(1024 * 64, 200)};
  const GrayImage as_wide = apply("masked[3]", tall, box_mask(64, 1024, 0, 512, 64, 1024));
  EXPECT_NEAR(as_wide.at(32, 524), 200 * 0.841, 4) << "by its longer side";
}

TEST(Preprocessing, LungCropCutsToTheBoxAndItsMargin) {
  const GrayImage image = test::pattern(100, 80);
  const GrayImage mask = box_mask(100, 80, 20, 10, 60, 70);
  const GrayImage tight = apply("lung-crop[0]", image, mask);
  EXPECT_EQ(tight.width, 40);
  EXPECT_EQ(tight.height, 60);
  EXPECT_EQ(tight.at(0, 0), image.at(20, 10));
  const GrayImage usual = apply("lung-crop", image, mask);  // 5 %: 2 and 3 pixels
  EXPECT_EQ(usual.width, 44);
  EXPECT_EQ(usual.height, 66);
  EXPECT_EQ(usual.at(0, 0), image.at(18, 7));
  const GrayImage wide =
      apply("lung-crop[50]", image, mask);  // 20 and 30, as far as there is image
  EXPECT_EQ(wide.width, 80);
  EXPECT_EQ(wide.height, 80);
}

TEST(Preprocessing, LungCropTakesTheMaskAlong) {
  const GrayImage image{100, 80, std::vector<std::uint8_t>(100 * 80, 100)};
  const GrayImage mask = box_mask(100, 80, 20, 10, 60, 70);
  EXPECT_THAT(apply("lung-crop[0]-masked", image, mask).pixels, Each(100));
}

TEST(Preprocessing, NormalizedSpansTheWholeRange) {
  const GrayImage image{4, 1, {50, 60, 100, 150}};
  EXPECT_THAT(Preprocessing("normalized").apply(image).pixels, ElementsAre(0, 26, 128, 255));
  const GrayImage flat{2, 1, {50, 50}};
  EXPECT_THAT(Preprocessing("normalized").apply(flat).pixels, Each(0));
}

TEST(Preprocessing, EqualizedBehindMaskedLeavesTheOutsideOut) {
  GrayImage image{4, 2, {10, 20, 30, 40, 50, 60, 70, 80}};
  const GrayImage mask{4, 2, {0, 255, 255, 0, 0, 255, 255, 0}};
  // Among the four grays inside, each a quarter: 64, 128, 191 and 255.
  EXPECT_THAT(apply("masked-equalized", image, mask).pixels,
              ElementsAre(0, 64, 128, 0, 0, 191, 255, 0));
  for (std::uint8_t& pixel : image.pixels)
    if (pixel % 40 == 0) pixel = 255;  // 40 and 80 lie outside
  EXPECT_THAT(apply("masked-equalized", image, mask).pixels,
              ElementsAre(0, 64, 128, 0, 0, 191, 255, 0));
}

TEST(Preprocessing, AppliesStepsInOrder) {
  const GrayImage image = test::pattern(64, 64);
  const GrayImage mask = box_mask(64, 64, 10, 10, 50, 50);
  const Preprocessing equalized("equalized");
  EXPECT_EQ(Preprocessing("equalized-equalized").apply(image),
            equalized.apply(equalized.apply(image)));
  EXPECT_EQ(apply("equalized-masked", image, mask), apply("masked", equalized.apply(image), mask));
  EXPECT_NE(apply("equalized-masked", image, mask), apply("masked-equalized", image, mask));
}

TEST(Preprocessing, NamesHoldWhatIsNotTheDefault) {
  EXPECT_EQ(Preprocessing("masked[0]").name(), "masked");
  EXPECT_EQ(Preprocessing("equalized-masked[3.0]-normalized").name(),
            "equalized-masked[3]-normalized");
  EXPECT_EQ(Preprocessing("lung-crop[5]").name(), "lung-crop");
  EXPECT_EQ(Preprocessing("lung-crop[7.5]-equalized").name(), "lung-crop[7.5]-equalized");
}

TEST(Preprocessing, SaysWhenAMaskIsNeeded) {
  EXPECT_TRUE(Preprocessing("equalized-masked").needs_mask());
  EXPECT_FALSE(Preprocessing("equalized-normalized").needs_mask());
  EXPECT_STREQ(error_of([] { (void)Preprocessing("masked").apply(test::pattern(20, 20)); }).what(),
               "no lung mask for it (preprocessing 'masked' needs one). name one with --masks, or "
               "leave it out");
  EXPECT_STREQ(error_of([] {
                 (void)apply("lung-crop", test::pattern(20, 20), box_mask(20, 20, 0, 0, 0, 0));
               }).what(),
               "an empty lung mask (there is nothing to crop to). mend the mask, or leave it out");
}

TEST(Preprocessing, ListsWhatIsKnown) {
  EXPECT_THAT(preprocessing_names(),
              ElementsAre("raw", "equalized", "masked", "lung-crop", "normalized"));
  EXPECT_STREQ(error_of([] { (void)Preprocessing("equalised"); }).what(),
               "unknown preprocessing 'equalised' (known: 'raw' alone, or joined by '-': "
               "equalized, masked, lung-crop, normalized). choose among these");
  EXPECT_STREQ(error_of([] { (void)Preprocessing("equalized-shiny"); }).what(),
               "unknown preprocessing 'shiny' in 'equalized-shiny' (known: 'raw' alone, or joined "
               "by '-': equalized, masked, lung-crop, normalized). choose among these");
  for (const char* name : {"", "-", "equalized-", "-equalized", "equalizedequalized", "Raw",
                           "raw-equalized", "equalized-raw", "masked[3]equalized", "masked[]"})
    EXPECT_EQ(error_of([&] { (void)Preprocessing(name); }).code(), ErrorCode::usage) << name;
}

TEST(Preprocessing, NamesWrongNumbers) {
  EXPECT_STREQ(error_of([] { (void)Preprocessing("equalized[3]"); }).what(),
               "preprocessing 'equalized' takes no number. leave the brackets out");
  EXPECT_STREQ(error_of([] { (void)Preprocessing("masked[-1]"); }).what(),
               "preprocessing 'masked' takes a number from 0 to 64, not -1. choose one of these");
  EXPECT_STREQ(error_of([] { (void)Preprocessing("masked[nan]"); }).what(),
               "preprocessing 'masked' takes a number from 0 to 64, not nan. choose one of these");
  EXPECT_STREQ(error_of([] { (void)Preprocessing("masked[3px]-equalized"); }).what(),
               "'[3px]' in preprocessing 'masked[3px]-equalized' is no number in brackets. write "
               "it as in masked[3]");
}

TEST(SplitPreprocessingName, TakesTheLongestKnownName) {
  const std::vector<std::string> known = {"lung", "lung-crop", "masked"};
  EXPECT_THAT(split_preprocessing_name("masked-lung-crop[2]-lung", known),
              ElementsAre(StepCall{"masked", std::nullopt}, StepCall{"lung-crop", 2.0},
                          StepCall{"lung", std::nullopt}));
  EXPECT_THAT(split_preprocessing_name("lung-masked", known),
              ElementsAre(StepCall{"lung", std::nullopt}, StepCall{"masked", std::nullopt}));
}

}  // namespace
}  // namespace crossfold
