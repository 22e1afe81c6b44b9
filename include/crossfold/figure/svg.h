#pragma once

#include <optional>
#include <string>

#include "crossfold/figure/figure.h"

namespace crossfold::figure {

/// Where an SVG is to stand.
enum class SvgUse {
  alone,    ///< a file: white paper, title and n drawn in it
  in_page,  ///< inside HTML: no paper, no title and n, which the page sets as text
};

struct SvgOptions {
  std::string id_prefix = "cf";  ///< of all ids; letters, digits and '-': unique in a page
  SvgUse use = SvgUse::alone;
  std::optional<double> width = {};  ///< pixels, instead of the figure's; at least 260
};

/// The figure as SVG 1.1, which the same figure always gives the same bytes of. Every colour is an
/// attribute and a class at once (fill: cf-f-blue, stroke: cf-s-blue), so that it looks right by
/// itself and can be recoloured by svg_style(). A panel is a group cf-panel whose attributes
/// data-cf-x and data-cf-y say its scales: "linear LOW HIGH PIXEL PIXEL". All points of a series
/// are one path, except where they have titles of their own.
[[nodiscard]] std::string svg(const Figure& figure, const SvgOptions& options = {});

/// CSS for pages with SVGs: the variables --cf-ink, --cf-blue, ... for light and, by
/// prefers-color-scheme or data-theme="dark" on the root, dark paper (--cf-paper), and the classes
/// that use them.
[[nodiscard]] std::string svg_style();

}  // namespace crossfold::figure
