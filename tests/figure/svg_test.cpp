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

std::string in_one(const SvgParts& parts) {
  std::string text;
  for (const auto& some : {parts.swatches, parts.panels})
    for (const std::string& part : some) text += part;
  return text;
}

TEST(SvgParts, HaveIdsOfTheirOwnAndNoHeadings) {
  const SvgParts parts = svg_parts(sample_figure(), "f7", 364);
  ASSERT_EQ(parts.panels.size(), 2U);
  EXPECT_EQ(parts.swatches.size(), 3U);
  EXPECT_THAT(parts.panels[0], StartsWith("<svg"));
  const std::string text = in_one(parts);
  EXPECT_EQ(count(text, "id=\""), count(text, "id=\"f7-"));
  EXPECT_EQ(count(text, "id=\"f7-0-c0\""), 1U);
  EXPECT_EQ(count(text, "id=\"f7-1-c0\""), 1U);
  EXPECT_THAT(text, Not(HasSubstr("cf-paper")));
  EXPECT_THAT(text, Not(HasSubstr("n = 14 points")));
}

TEST(SvgParts, LeaveColoursToTheStyleSheet) {
  const std::string text = in_one(svg_parts(sample_figure(), "f7", 364));
  EXPECT_THAT(text, Not(HasSubstr("=\"#")));
  EXPECT_THAT(text, HasSubstr("class=\"cf-f-"));
}

TEST(SvgParts, SayWhatAPanelIsToThoseWhoDoNotSeeIt) {
  const SvgParts parts = svg_parts(sample_figure(), "f7", 364);
  EXPECT_THAT(parts.panels[0], HasSubstr("role=\"img\">\n<title>A figure with everything: numbers"
                                         "</title>\n<desc>Across: linear, 0 to 10. Along: "
                                         "logarithmic, 1 to 100.</desc>"));
  EXPECT_THAT(parts.panels[1], HasSubstr("<desc>Across: column, 2 names. Along: row, 2 names."));
}

double width_of(const std::string& svg_text) {
  return std::stod(svg_text.substr(svg_text.find("width=\"") + 7));
}

TEST(SvgParts, AreNoWiderThanAskedAndSquaresNoWiderThanTheyNeed) {
  Figure figure = sample_figure();
  EXPECT_LE(width_of(svg_parts(figure, "f7", 364).panels[0]), 364);
  figure.panels[0].aspect = Aspect::square;
  figure.panels[0].height = 150;
  EXPECT_LT(width_of(svg_parts(figure, "f7", 364).panels[0]), 260);
}

TEST(SvgParts, PanelsThatShareAnAxisAreOne) {
  Figure figure = sample_figure();
  figure.panels[0].stacking = Stacking::above_the_next;
  const SvgParts parts = svg_parts(figure, "f7", 364);
  ASSERT_EQ(parts.panels.size(), 1U);
  EXPECT_EQ(count(parts.panels[0], "class=\"cf-panel\""), 2U);
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

TEST(Svg, SidesOfABandHaveNoMoreCornersThanTheyNeed) {
  Figure figure;
  Panel panel{.x = {.scale = linear_scale(0, 1)}, .y = {.scale = linear_scale(0, 1)}};
  Band band{.series = "band"};
  for (int i = 0; i <= 100; ++i) {
    band.x.push_back(i / 100.0);
    band.low.push_back(i <= 50 ? 0.1 : 0.3);
    band.high.push_back(0.9);
  }
  panel.marks.emplace_back(band);
  figure.panels.push_back(panel);
  // two ends of the high side; of the low one a step besides, whose corners are two
  EXPECT_THAT(svg(figure), ::testing::ContainsRegex(
                               "series=\"band\" d=\"M[0-9.]+ [0-9.]+h[0-9.]+l[0-9.]+-[0-9.]+h[0-9.]"
                               "+v-[0-9.]+h-[0-9.]+Z\""));
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
