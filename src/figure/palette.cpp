#include "crossfold/figure/palette.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace crossfold::figure {
namespace {

struct Entry {
  const char* name;
  Rgb light;
  Rgb dark;
};

/// In the order of Colour. Blue, vermillion and green are Okabe and Ito's on white; orange, sky and
/// purple are darker there, all but orange and sky lighter on dark.
constexpr std::array<Entry, 10> kPalette = {{
    {"ink", {0x1f, 0x23, 0x28}, {0xe8, 0xea, 0xed}},
    {"muted", {0x5c, 0x63, 0x6b}, {0xa8, 0xb0, 0xb8}},
    {"grid", {0xdd, 0xe1, 0xe5}, {0x3a, 0x40, 0x47}},
    {"blue", {0x00, 0x72, 0xb2}, {0x4a, 0xa3, 0xdc}},
    {"vermillion", {0xd5, 0x5e, 0x00}, {0xf0, 0x7f, 0x2e}},
    {"green", {0x00, 0x93, 0x6b}, {0x22, 0xb8, 0x8c}},
    {"purple", {0xb8, 0x5c, 0x90}, {0xd9, 0x94, 0xb9}},
    {"orange", {0xad, 0x78, 0x00}, {0xe6, 0x9f, 0x00}},
    {"sky", {0x2f, 0x8f, 0xc8}, {0x8f, 0xd0, 0xf5}},
    {"grey", {0x86, 0x8c, 0x93}, {0x85, 0x8d, 0x95}},
}};

double luminance(const Rgb& colour) {
  const auto linear = [](std::uint8_t channel) {
    const double share = channel / 255.0;
    return share <= 0.03928 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) + 0.0722 * linear(colour.blue);
}

const Entry& entry(Colour colour) { return kPalette.at(static_cast<std::size_t>(colour)); }

}  // namespace

std::string Rgb::hex() const { return fmt::format("#{:02x}{:02x}{:02x}", red, green, blue); }

Rgb rgb(Colour colour, Paper paper) {
  return paper == Paper::light ? entry(colour).light : entry(colour).dark;
}

Rgb rgb(Paper paper) {
  return paper == Paper::light ? Rgb{0xff, 0xff, 0xff} : Rgb{0x16, 0x19, 0x1d};
}

const char* name_of(Colour colour) { return entry(colour).name; }

double contrast(const Rgb& a, const Rgb& b) {
  const double one = luminance(a);
  const double other = luminance(b);
  return (std::max(one, other) + 0.05) / (std::min(one, other) + 0.05);
}

Colour series_colour(std::size_t index) {
  constexpr std::array<Colour, 6> kOrder = {Colour::blue,   Colour::vermillion, Colour::green,
                                            Colour::purple, Colour::orange,     Colour::sky};
  return kOrder[index % kOrder.size()];
}

Shape series_shape(std::size_t index) {
  constexpr std::array<Shape, 7> kOrder = {Shape::circle,  Shape::square,        Shape::triangle,
                                           Shape::diamond, Shape::triangle_down, Shape::cross,
                                           Shape::plus};
  return kOrder[index % kOrder.size()];
}

}  // namespace crossfold::figure
