#include "crossfold/figure/palette.h"

#include <set>

#include <gtest/gtest.h>

namespace crossfold::figure {
namespace {

TEST(Palette, MarksHaveAContrastOfThreeOnBothPapersAndTextOfSeven) {
  for (const Paper paper : {Paper::light, Paper::dark}) {
    for (std::size_t i = 0; i < 6; ++i)
      EXPECT_GE(contrast(rgb(series_colour(i), paper), rgb(paper)), 3.0)
          << name_of(series_colour(i));
    EXPECT_GE(contrast(rgb(Colour::grey, paper), rgb(paper)), 3.0);
    EXPECT_GE(contrast(rgb(Colour::muted, paper), rgb(paper)), 4.5);
    EXPECT_GE(contrast(rgb(Colour::ink, paper), rgb(paper)), 7.0);
  }
}

TEST(Palette, InkStandsOutOnAFullCell) {
  for (const Paper paper : {Paper::light, Paper::dark}) {
    const auto mix = [](std::uint8_t over, std::uint8_t under) {
      return static_cast<std::uint8_t>(0.6 * over + 0.4 * under);
    };
    const Rgb blue = rgb(Colour::blue, paper);
    const Rgb under = rgb(paper);
    const Rgb cell{mix(blue.red, under.red), mix(blue.green, under.green),
                   mix(blue.blue, under.blue)};
    EXPECT_GE(contrast(rgb(Colour::ink, paper), cell), 4.5);
  }
}

TEST(Palette, SixSeriesDifferInColourAndInShape) {
  std::set<Colour> colours;
  std::set<Shape> shapes;
  for (std::size_t i = 0; i < 6; ++i) {
    colours.insert(series_colour(i));
    shapes.insert(series_shape(i));
  }
  EXPECT_EQ(colours.size(), 6U);
  EXPECT_EQ(shapes.size(), 6U);
}

TEST(Contrast, IsThatOfTheGuidelines) {
  EXPECT_NEAR(contrast({0, 0, 0}, {255, 255, 255}), 21, 1e-12);
  EXPECT_NEAR(contrast({0x76, 0x76, 0x76}, {255, 255, 255}), 4.54, 0.005);  // their example
}

}  // namespace
}  // namespace crossfold::figure
