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

std::int64_t tenths(double value) { return static_cast<std::int64_t>(std::llround(value * 10)); }

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
void append_place(std::string& out, char command, XY at) {
  out += command;
  append_number(out, at.x);
  out += ' ';
  append_number(out, at.y);
}

/// Path data: lines by their tenths of pixels from the place before, which is short and adds up
/// exactly.
class PathData {
 public:
  void add(const Step& step) {
    const double r = step.radius;
    switch (step.kind) {
      case StepKind::move:
        append_place(text_, 'M', step.at);
        break;
      case StepKind::line:
        add_line(step.at);
        break;
      case StepKind::close:
        text_ += 'Z';
        break;
      case StepKind::circle:
        append_place(text_, 'M', {step.at.x - r, step.at.y});
        text_ +=
            fmt::format("a{0} {0} 0 1 0 {1} 0a{0} {0} 0 1 0 -{1} 0Z", number(r), number(2 * r));
        break;
    }
    in_line_ = step.kind == StepKind::line;
    x_ = tenths(step.at.x);
    y_ = tenths(step.at.y);
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void add_line(XY at) {
    if (!in_line_) text_ += 'l';
    add_tenths(tenths(at.x) - x_, in_line_);
    add_tenths(tenths(at.y) - y_, true);
  }

  void add_tenths(std::int64_t value, bool separate) {
    if (value < 0)
      text_ += '-';
    else if (separate)
      text_ += ' ';
    const std::int64_t size = value < 0 ? -value : value;
    if (size >= 10 || size == 0) text_ += std::to_string(size / 10);
    if (size % 10 == 0) return;
    text_ += '.';
    text_ += static_cast<char>('0' + size % 10);
  }

  std::string text_;
  std::int64_t x_ = 0;
  std::int64_t y_ = 0;
  bool in_line_ = false;
};

std::string data_of(const std::vector<Step>& steps) {
  PathData data;
  for (const Step& step : steps) data.add(step);
  return data.take();
}

std::string opacity_of(const char* what, double opacity) {
  return opacity >= 1 ? "" : fmt::format(" {}-opacity=\"{:.2f}\"", what, opacity);
}
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
  explicit SvgWriter(std::string prefix) : prefix_(std::move(prefix)) {}

  void operator()(const PathItem& path) {
    std::string classes;
    std::string look;
    if (path.fill) {
      classes = fmt::format("cf-f-{}", name_of(path.fill->colour));
      look = fmt::format(" fill=\"{}\"{}", rgb(path.fill->colour).hex(),
                         opacity_of("fill", path.fill->opacity));
    } else {
      look = " fill=\"none\"";
    }
    if (path.stroke) {
      classes += fmt::format("{}cf-s-{}", classes.empty() ? "" : " ", name_of(path.stroke->colour));
      look += fmt::format(" stroke=\"{}\" stroke-width=\"{}\"{}{}", rgb(path.stroke->colour).hex(),
                          number(path.stroke->width), dash_of(path.stroke->dash),
                          opacity_of("stroke", path.stroke->opacity));
    }
    write_path(classes, look, data_of(path.steps), path.series, path.title);
  }

  void operator()(const DotsItem& dots) {
    std::string data;
    if (dots.shape == DotShape::square) {  // not as ends of lines: not all readers draw those
      const std::string side = number(dots.size);
      for (const XY& at : dots.at) {
        append_place(data, 'M', {at.x - dots.size / 2, at.y - dots.size / 2});
        data += fmt::format("h{0}v{0}h-{0}Z", side);
      }
      const std::string look = fmt::format(" fill=\"{}\"{}", rgb(dots.fill.colour).hex(),
                                           opacity_of("fill", dots.fill.opacity));
      return write_path(fmt::format("cf-f-{}", name_of(dots.fill.colour)), look, data, dots.series,
                        dots.title);
    }
    for (const XY& at : dots.at) {
      append_place(data, 'M', at);
      data += "h0";
    }
    const std::string look = fmt::format(
        " fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linecap=\"round\"{}",
        rgb(dots.fill.colour).hex(), number(dots.size), opacity_of("stroke", dots.fill.opacity));
    write_path(fmt::format("cf-s-{}", name_of(dots.fill.colour)), look, data, dots.series,
               dots.title);
  }

  void operator()(const TextItem& text) {
    const char* anchor = text.anchor == Anchor::middle ? " text-anchor=\"middle\""
                         : text.anchor == Anchor::end  ? " text-anchor=\"end\""
                                                       : "";
    const std::string x = number(text.at.x);
    const std::string y = number(text.at.y);
    const bool halo = text.halo == Halo::paper;
    out += fmt::format("<text class=\"cf-f-{}{}\" x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"{}",
                       name_of(text.colour), halo ? " cf-halo" : "", x, y, number(text.size),
                       rgb(text.colour).hex(), anchor);
    if (halo)
      out += fmt::format(
          " stroke=\"{}\" stroke-width=\"2.5\" stroke-linejoin=\"round\" paint-order=\"stroke\"",
          rgb(Paper::light).hex());
    if (text.turn != 0)
      out += fmt::format(" transform=\"rotate({} {} {})\"", number(text.turn), x, y);
    out += ">";
    if (!text.full.empty()) out += "<title>" + escaped(text.full) + "</title>";
    out += escaped(text.text) + "</text>\n";
  }

  void operator()(const GroupBegin& group) {
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
    if (!group.label.empty()) out += fmt::format(" data-cf-title=\"{}\"", escaped(group.label));
    for (const auto& [name, value] : group.data)
      out += fmt::format(" data-cf-{}=\"{}\"", name, value);
    out += ">\n";
  }

  void operator()(const GroupEnd&) { out += "</g>\n"; }

  std::string out;

 private:
  void write_path(const std::string& classes, const std::string& look, const std::string& data,
                  const std::string& series, const std::string& title) {
    out += fmt::format("<path class=\"{}\"{}", classes, look);
    if (!series.empty()) out += fmt::format(" data-cf-series=\"{}\"", escaped(series));
    out += " d=\"" + data + "\"";
    out += title.empty() ? "/>\n" : "><title>" + escaped(title) + "</title></path>\n";
  }

  std::string prefix_;
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

}  // namespace

std::string svg(const Figure& figure, const SvgOptions& options) {
  const bool alone = options.use == SvgUse::alone;
  const double width = std::max(kLeastWidth, options.width.value_or(figure.width));
  const Drawing drawing = lay_out(figure, width, alone ? Headings::shown : Headings::hidden);
  SvgWriter writer(options.id_prefix);
  const std::string& prefix = options.id_prefix;
  const std::string w = number(drawing.width);
  const std::string h = number(std::ceil(drawing.height));
  if (alone) writer.out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  writer.out += fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"cf-figure\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" role=\"img\" aria-labelledby=\"{2}-title {2}-desc\" "
      "font-family=\"{3}\">\n",
      w, h, prefix, kFontFamilies);
  writer.out +=
      fmt::format("<title id=\"{}-title\">{}</title>\n", prefix, escaped(clean_text(figure.title)));
  std::string description = figure.caption;
  for (const std::string& more : {figure.how_to_read, figure.n})
    if (!more.empty()) description += (description.empty() ? "" : " ") + more;
  writer.out +=
      fmt::format("<desc id=\"{}-desc\">{}</desc>\n", prefix, escaped(clean_text(description)));
  if (alone)
    writer.out += fmt::format("<rect class=\"cf-paper\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\n",
                              w, h, rgb(Paper::light).hex());
  for (const Item& item : drawing.items) std::visit(writer, item);
  writer.out += "</svg>\n";
  return std::move(writer.out);
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
  for (const Colour colour : kColours)
    style += fmt::format(".cf-f-{0}{{fill:var(--cf-{0})}}\n.cf-s-{0}{{stroke:var(--cf-{0})}}\n",
                         name_of(colour));
  return style;
}

}  // namespace crossfold::figure
