#include "crossfold/figure/svg.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/figure/palette.h"

#include "figure_layout.h"
#include "font.h"
#include "legend_layout.h"
#include "path_data.h"
#include "utf8.h"

namespace crossfold::figure {
namespace {

constexpr double kLeastWidth = 260;

/// For text and for attributes in double quotes.
std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  return out;
}

/// One decimal, none where it is 0.
void append_number(std::string& out, double value) {
  const std::int64_t rounded = tenths(value);
  const std::int64_t size = rounded < 0 ? -rounded : rounded;
  if (rounded < 0) out += '-';
  out += std::to_string(size / 10);
  if (size % 10 == 0) return;
  out += '.';
  out += static_cast<char>('0' + size % 10);
}
std::string number(double value) {
  std::string out;
  append_number(out, value);
  return out;
}
std::string data_of(const PathItem& path) {
  PathData data;
  for (const Step& step : path.steps) data.add(step);
  return data.take();
}

/// Of tenths of pixels, so that all are of one size.
void add_square(std::vector<Step>& steps, XY at, double size) {
  const auto rounded = [](double value) { return static_cast<double>(tenths(value)) / 10; };
  const double side = rounded(size);
  const std::vector<Step> square =
      rectangle({rounded(at.x - size / 2), rounded(at.y - size / 2), side, side});
  steps.insert(steps.end(), square.begin(), square.end());
}

std::string opacity_of(const char* what, double opacity) {
  return opacity >= 1 ? "" : fmt::format(" {}-opacity=\"{:.2f}\"", what, opacity);
}
/// A self-contained file, which other programs may work on, or a part of a page, whose style sheet
/// has the colours.
enum class WrittenFor { file, page };

const char* dash_of(Dash dash) {
  switch (dash) {
    case Dash::solid:
      return "";
    case Dash::dashed:
      return " stroke-dasharray=\"6 4\"";
    case Dash::dotted:
      return " stroke-dasharray=\"1.5 3\"";
  }
  return "";
}

/// Writes the items of a drawing.
class SvgWriter {
 public:
  SvgWriter(std::string prefix, WrittenFor use) : prefix_(std::move(prefix)), use_(use) {}

  void operator()(const PathItem& path) {
    end_texts();
    std::string classes;
    std::string look;
    if (path.fill) {
      classes = fmt::format("cf-f-{}", name_of(path.fill->colour));
      look = paint("fill", path.fill->colour) + opacity_of("fill", path.fill->opacity);
    } else {
      look = " fill=\"none\"";
    }
    if (path.stroke) {
      classes += fmt::format("{}cf-s-{}", classes.empty() ? "" : " ", name_of(path.stroke->colour));
      look += paint("stroke", path.stroke->colour) +
              fmt::format(" stroke-width=\"{}\"{}{}", number(path.stroke->width),
                          dash_of(path.stroke->dash), opacity_of("stroke", path.stroke->opacity));
    }
    write_path(classes, look, data_of(path), path.series, path.title);
  }

  void operator()(const DotsItem& dots) {
    end_texts();
    if (dots.shape == DotShape::square) {  // not as ends of lines: not all readers draw those
      PathItem squares;
      for (const XY& at : dots.at) add_square(squares.steps, at, dots.size);
      const std::string look =
          paint("fill", dots.fill.colour) + opacity_of("fill", dots.fill.opacity);
      return write_path(fmt::format("cf-f-{}", name_of(dots.fill.colour)), look, data_of(squares),
                        dots.series, dots.title);
    }
    PathData dots_data;
    for (const XY& at : dots.at) dots_data.add_dot(at);
    const std::string look =
        " fill=\"none\"" + paint("stroke", dots.fill.colour) +
        fmt::format(" stroke-width=\"{}\" stroke-linecap=\"round\"{}", number(dots.size),
                    opacity_of("stroke", dots.fill.opacity));
    write_path(fmt::format("cf-s-{}", name_of(dots.fill.colour)), look, dots_data.take(),
               dots.series, dots.title);
  }

  void operator()(const TextItem& text) {
    const char* anchor = text.anchor == Anchor::middle ? " text-anchor=\"middle\""
                         : text.anchor == Anchor::end  ? " text-anchor=\"end\""
                                                       : "";
    const std::string x = number(text.at.x);
    const std::string y = number(text.at.y);
    const bool halo = text.halo == Halo::paper;
    std::string look =
        fmt::format("class=\"cf-f-{}{}\" font-size=\"{}\"{}{}", name_of(text.colour),
                    halo ? " cf-halo" : "", number(text.size), paint("fill", text.colour), anchor);
    if (halo && use_ == WrittenFor::file)
      look += fmt::format(" stroke=\"{}\"", rgb(Paper::light).hex());
    if (halo) look += " stroke-width=\"2.5\" stroke-linejoin=\"round\" paint-order=\"stroke\"";
    if (look != look_of_texts_) {
      end_texts();
      out += "<g " + look + ">\n";
      look_of_texts_ = std::move(look);
    }
    out += fmt::format("<text x=\"{}\" y=\"{}\"", x, y);
    if (text.turn != 0)
      out += fmt::format(" transform=\"rotate({} {} {})\"", number(text.turn), x, y);
    out += ">";
    if (!text.full.empty()) out += "<title>" + escaped(text.full) + "</title>";
    out += escaped(text.text) + "</text>\n";
  }

  void operator()(const GroupBegin& group) {
    end_texts();
    std::string clip;
    if (group.clip) {
      const std::string id = fmt::format("{}-c{}", prefix_, clips_++);
      const Rect& rect = *group.clip;
      out += fmt::format(
          "<clipPath id=\"{}\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/></clipPath>\n",
          id, number(rect.left), number(rect.top), number(rect.width), number(rect.height));
      clip = fmt::format(" clip-path=\"url(#{})\"", id);
    }
    out += fmt::format("<g class=\"{}\"{}", group.css_class, clip);
    if (use_ == WrittenFor::page) {
      out += ">\n";
      return;
    }
    if (!group.label.empty()) out += fmt::format(" data-cf-title=\"{}\"", escaped(group.label));
    for (const auto& [name, value] : group.data)
      out += fmt::format(" data-cf-{}=\"{}\"", name, value);
    out += ">\n";
  }

  void operator()(const GroupEnd&) {
    end_texts();
    out += "</g>\n";
  }

  /// Texts alike that follow one another are a group, which says once how they look.
  void end_texts() {
    if (!look_of_texts_.empty()) out += "</g>\n";
    look_of_texts_.clear();
  }

  std::string out;

 private:
  [[nodiscard]] std::string paint(const char* what, Colour colour) const {
    if (use_ == WrittenFor::page) return {};
    return fmt::format(" {}=\"{}\"", what, rgb(colour).hex());
  }

  void write_path(const std::string& classes, const std::string& look, const std::string& data,
                  const std::string& series, const std::string& title) {
    out += fmt::format("<path class=\"{}\"{}", classes, look);
    if (!series.empty() && use_ == WrittenFor::file)
      out += fmt::format(" data-cf-series=\"{}\"", escaped(series));
    out += " d=\"" + data + "\"";
    out += title.empty() ? "/>\n" : "><title>" + escaped(title) + "</title></path>\n";
  }

  std::string prefix_;
  WrittenFor use_;
  std::string look_of_texts_;
  std::size_t clips_ = 0;
};

constexpr Colour kColours[] = {Colour::ink,        Colour::muted, Colour::grid,   Colour::blue,
                               Colour::vermillion, Colour::green, Colour::purple, Colour::orange,
                               Colour::sky,        Colour::grey};

std::string variables(Paper paper) {
  std::string text = fmt::format("--cf-paper:{}", rgb(paper).hex());
  for (const Colour colour : kColours)
    text += fmt::format(";--cf-{}:{}", name_of(colour), rgb(colour, paper).hex());
  return text;
}

std::string description_of(const Figure& figure) {
  std::string description = figure.caption;
  for (const std::string& more : {figure.how_to_read, figure.n})
    if (!more.empty()) description += (description.empty() ? "" : " ") + more;
  return description;
}

/// "1 - specificity, 0 to 1" or "true class, 3 names"
std::string extent_of(const Axis& axis) {
  const std::string name = axis.label.empty() ? "" : axis.label + ", ";
  if (axis.scale.kind == ScaleKind::category)
    return fmt::format("{}{} names", name, axis.scale.categories.size());
  return fmt::format("{}{} to {}", name, short_number(axis.scale.low),
                     short_number(axis.scale.high));
}

std::string panel_part(const Figure& figure, const PanelDrawing& of, const std::string& prefix) {
  SvgWriter writer(prefix, WrittenFor::page);
  const std::string w = number(std::ceil(of.drawing.width));
  const std::string h = number(std::ceil(of.drawing.height));
  const Panel& first = figure.panels.at(of.first);
  const Panel& last = figure.panels.at(of.last);
  const std::string& name = first.title.empty() ? last.x.label : first.title;
  writer.out = fmt::format(
      "<svg class=\"cf-figure\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "role=\"img\">\n"
      "<title>{2}{3}{4}</title>\n<desc>Across: {5}. Along: {6}.</desc>\n",
      w, h, escaped(clean_text(figure.title)), name.empty() ? "" : ": ", escaped(clean_text(name)),
      escaped(clean_text(extent_of(last.x))), escaped(clean_text(extent_of(first.y))));
  for (const Item& item : of.drawing.items) std::visit(writer, item);
  writer.end_texts();
  writer.out += "</svg>\n";
  return std::move(writer.out);
}

std::string swatch_part(const LegendEntry& entry) {
  SvgWriter writer({}, WrittenFor::page);
  const Drawing drawing = lay_out_swatch(entry);
  writer.out =
      fmt::format("<svg width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" aria-hidden=\"true\">",
                  number(drawing.width), number(drawing.height));
  for (const Item& item : drawing.items) std::visit(writer, item);
  return writer.out + "</svg>";
}

}  // namespace

std::string svg(const Figure& figure) {
  const std::string prefix = "cf";
  const Drawing drawing = lay_out(figure, std::max(kLeastWidth, figure.width));
  SvgWriter writer(prefix, WrittenFor::file);
  const std::string w = number(drawing.width);
  const std::string h = number(std::ceil(drawing.height));
  writer.out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"cf-figure\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" role=\"img\" aria-labelledby=\"{2}-title {2}-desc\" "
      "font-family=\"{3}\">\n"
      "<title id=\"{2}-title\">{4}</title>\n<desc id=\"{2}-desc\">{5}</desc>\n"
      "<rect class=\"cf-paper\" width=\"{0}\" height=\"{1}\" fill=\"{6}\"/>\n",
      w, h, prefix, kFontFamilies, escaped(clean_text(figure.title)),
      escaped(clean_text(description_of(figure))), rgb(Paper::light).hex());
  for (const Item& item : drawing.items) std::visit(writer, item);
  writer.end_texts();
  writer.out += "</svg>\n";
  return std::move(writer.out);
}

SvgParts svg_parts(const Figure& figure, const std::string& id_prefix, double width) {
  SvgParts parts;
  for (const LegendEntry& entry : figure.legend) parts.swatches.push_back(swatch_part(entry));
  for (const PanelDrawing& panel : lay_out_panels(figure, std::max(kLeastWidth, width)))
    parts.panels.push_back(
        panel_part(figure, panel, fmt::format("{}-{}", id_prefix, parts.panels.size())));
  return parts;
}

std::string svg_style() {
  const std::string dark = variables(Paper::dark);
  std::string style = fmt::format(
      ":root{{{0}}}\n@media "
      "(prefers-color-scheme:dark){{:root:not([data-theme=\"light\"]){{{1}}}}}\n"
      ":root[data-theme=\"dark\"]{{{1}}}\n@media print{{:root,:root[data-theme=\"dark\"],"
      ":root:not([data-theme=\"light\"]){{{0}}}}}\n.cf-paper{{fill:var(--cf-paper)}}\n.cf-halo{{"
      "stroke:var(--cf-paper)}}\n",
      variables(Paper::light), dark);
  style += fmt::format(".cf-figure{{font-family:{}}}\n", kFontFamilies);
  for (const Colour colour : kColours)
    style += fmt::format(".cf-f-{0}{{fill:var(--cf-{0})}}\n.cf-s-{0}{{stroke:var(--cf-{0})}}\n",
                         name_of(colour));
  return style;
}

}  // namespace crossfold::figure
