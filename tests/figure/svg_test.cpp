#include "crossfold/figure/svg.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/figure/palette.h"

#include "figure/sample_figure.h"

namespace crossfold::figure {
namespace {

using ::testing::HasSubstr;
using testing::kHostileName;
using ::testing::Not;
using testing::sample_figure;
using ::testing::StartsWith;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

TEST(Svg, IsTheSameBytesEachTime) { EXPECT_EQ(svg(sample_figure()), svg(sample_figure())); }

TEST(Svg, SaysWhatItIsToThoseWhoDoNotSeeIt) {
  const std::string text = svg(sample_figure());
  EXPECT_THAT(text, StartsWith("<?xml"));
  EXPECT_THAT(text, HasSubstr("role=\"img\" aria-labelledby=\"cf-title cf-desc\""));
  EXPECT_THAT(text, HasSubstr("<title id=\"cf-title\">A figure with everything</title>"));
  EXPECT_THAT(text, HasSubstr("<desc id=\"cf-desc\">Nothing that was measured. Look at it. n = 14 "
                              "points</desc>"));
}

TEST(Svg, InAPageHasIdsOfItsOwnAndNoHeadings) {
  const std::string text = svg(sample_figure(), {.id_prefix = "f7", .use = SvgUse::in_page});
  EXPECT_THAT(text, StartsWith("<svg"));
  EXPECT_EQ(count(text, "id=\""), count(text, "id=\"f7-"));
  EXPECT_EQ(count(text, "A figure with everything"), 1U);  // in <title>
  EXPECT_THAT(text, Not(HasSubstr("cf-paper")));
}

TEST(Svg, TextOfAnyKindStaysText) {
  Figure figure = sample_figure();
  figure.title = kHostileName;
  figure.caption = kHostileName;
  figure.panels[0].title = kHostileName;
  figure.panels[0].x.label = kHostileName;
  figure.panels[1].y.scale = category_scale({kHostileName, "two"});
  figure.legend[0].label = kHostileName;
  std::get<Band>(figure.panels[0].marks[0]).series = kHostileName;
  const std::string text = svg(figure);
  EXPECT_THAT(text, Not(HasSubstr("<img")));
  EXPECT_THAT(text, Not(HasSubstr("</script")));
  EXPECT_THAT(text, Not(HasSubstr("\u202E")));
  EXPECT_THAT(text, Not(HasSubstr("\x01")));
  EXPECT_THAT(text, Not(HasSubstr("\xFF")));
  EXPECT_THAT(
      text,
      HasSubstr(
          "&lt;/script&gt;&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;amp;&#39;evil\uFFFD"));
}

TEST(Svg, ALongNameIsShortenedInTheMiddleAndWholeInItsTitle) {
  Figure figure = sample_figure();
  const std::string name = "begin" + std::string(300, 'x') + "end";
  figure.panels[1].y.scale = category_scale({name, "two"});
  const std::string text = svg(figure);
  EXPECT_THAT(text, HasSubstr("<title>" + name + "</title>"));
  EXPECT_THAT(text, ::testing::ContainsRegex(">begin(x*)\u2026(x*)end</text>"));
}

TEST(Svg, PointsOfASeriesAreOnePath) {
  Figure figure;
  Panel panel{.x = {.scale = linear_scale(0, 1)}, .y = {.scale = linear_scale(0, 1)}};
  Points points{.series = "fits"};
  for (int i = 0; i < 50'000; ++i) points.at.push_back({i / 50'000.0, i % 100 / 100.0});
  panel.marks.emplace_back(points);
  figure.panels.push_back(panel);
  const std::string text = svg(figure);
  EXPECT_EQ(count(text, "data-cf-series=\"fits\""), 1U);
  EXPECT_EQ(count(text, "h0"), 50'000U);
  EXPECT_LT(text.size(), 900'000U);
}

TEST(Svg, LinesThatAreDrawnOnceAreCountedInTheirGrid) {
  Figure figure;
  Panel panel{.x = {.scale = linear_scale(0, 1)}, .y = {.scale = linear_scale(0, 1)}};
  const std::vector<XY> stairs = {{0, 0}, {0, 0.5}, {0.5, 0.5}, {0.5, 1}, {1, 1}};
  panel.marks.emplace_back(Lines{.series = "fits",
                                 .strands = std::vector<std::vector<XY>>(300, stairs),
                                 .width = 0.6,
                                 .overlap = Overlap::drawn_once});
  figure.panels.push_back(panel);
  const std::string text = svg(figure);
  EXPECT_THAT(text, ::testing::ContainsRegex("transform=\"scale\\(0.4\\)\" stroke=\"#0072b2\" "
                                             "stroke-width=\"1.5\" data-cf-series=\"fits\" "
                                             "d=\"M[0-9]+ [0-9]+h-[0-9]+[-0-9hmv ]+\""));
  EXPECT_LT(text.size(), 6000U);
}

TEST(Svg, TextsAlikeSayOnceHowTheyLook) {
  const std::string text = svg(sample_figure());
  EXPECT_LT(count(text, "font-size="), count(text, "<text "));
  EXPECT_EQ(count(text, "<g "), count(text, "</g>"));
}

TEST(Svg, TitlesOfPointsAreShownOnHover) {
  Figure figure;
  Panel panel{.x = {.scale = linear_scale(0, 1)}, .y = {.scale = linear_scale(0, 1)}};
  panel.marks.emplace_back(Points{.at = {{0, 0}, {1, 1}}, .titles = {"a < b", "c"}});
  figure.panels.push_back(panel);
  const std::string text = svg(figure);
  EXPECT_THAT(text, HasSubstr("<title>a &lt; b</title></path>"));
  EXPECT_THAT(text, HasSubstr("<title>c</title></path>"));
}

TEST(Svg, StyleNamesEveryColourForLightAndDark) {
  const std::string style = svg_style();
  for (const Paper paper : {Paper::light, Paper::dark})
    EXPECT_THAT(style, HasSubstr("--cf-blue:" + rgb(Colour::blue, paper).hex()));
  EXPECT_THAT(style, HasSubstr(".cf-s-vermillion{stroke:var(--cf-vermillion)}"));
}

}  // namespace
}  // namespace crossfold::figure
