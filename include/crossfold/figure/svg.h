#pragma once

#include <string>
#include <vector>

#include "crossfold/figure/figure.h"

namespace crossfold::figure {

/// The figure as a file of SVG 1.1, which the same figure always gives the same bytes of, on white
/// paper, with title and n. Every colour is an attribute and a class at once (fill: cf-f-blue,
/// stroke: cf-s-blue), so that it looks right by itself and can be recoloured by svg_style(). A
/// panel is a group cf-panel whose attributes data-cf-x and data-cf-y say its scales: "linear LOW
/// HIGH PIXEL PIXEL". All points of a series are one path, except where they have titles of their
/// own.
[[nodiscard]] std::string svg(const Figure& figure);

/// A figure taken apart, so that HTML can lay it out for any width of screen. Title, caption, n and
/// the legend's labels are left to the page, colours to svg_style(); no attribute data-cf is there.
struct SvgParts {
  std::vector<std::string> swatches;  ///< one for each entry of the legend
  std::vector<std::string> panels;    ///< those stacked are one; each has a title and a description
};
/// Panels at most so many pixels wide, at least 260. `id_prefix`, of all ids, is unique in the page
/// and made of letters, digits and '-'.
[[nodiscard]] SvgParts svg_parts(const Figure& figure, const std::string& id_prefix, double width);

/// CSS for pages with SVGs: the variables --cf-ink, --cf-blue, ... for light and, by
/// prefers-color-scheme or data-theme="dark" on the root, dark paper (--cf-paper), and the classes
/// that use them.
[[nodiscard]] std::string svg_style();

}  // namespace crossfold::figure
