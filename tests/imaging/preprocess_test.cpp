#include "crossfold/imaging/preprocess.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "imaging/test_images.h"

namespace crossfold {
namespace {

using test::error_of;
using testing::ElementsAre;

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

TEST(Preprocessing, AppliesStepsInOrder) {
  const GrayImage image = test::pattern(64, 64);
  const Preprocessing once("equalized");
  EXPECT_EQ(Preprocessing("equalized-equalized").apply(image), once.apply(once.apply(image)));
}

TEST(Preprocessing, ListsWhatIsKnown) {
  EXPECT_THAT(preprocessing_names(), ElementsAre("raw", "equalized"));
  EXPECT_STREQ(error_of([] { (void)Preprocessing("equalised"); }).what(),
               "unknown preprocessing 'equalised' (known: 'raw' alone, or joined by '-': "
               "equalized). choose among these");
  EXPECT_STREQ(error_of([] { (void)Preprocessing("equalized-shiny"); }).what(),
               "unknown preprocessing 'shiny' in 'equalized-shiny' (known: 'raw' alone, or joined "
               "by '-': equalized). choose among these");
  for (const char* name : {"", "-", "equalized-", "-equalized", "equalizedequalized", "Raw",
                           "raw-equalized", "equalized-raw"})
    EXPECT_EQ(error_of([&] { (void)Preprocessing(name); }).code(), ErrorCode::bad_input) << name;
}

TEST(SplitPreprocessingName, TakesTheLongestKnownName) {
  const std::vector<std::string> known = {"lung", "lung-crop", "masked"};
  EXPECT_THAT(split_preprocessing_name("masked-lung-crop-lung", known),
              ElementsAre("masked", "lung-crop", "lung"));
  EXPECT_THAT(split_preprocessing_name("lung-masked", known), ElementsAre("lung", "masked"));
}

}  // namespace
}  // namespace crossfold
