#include "crossfold/figure/pdf.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numbers>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <cairo/cairo-ft.h>
#include <cairo/cairo-pdf.h>
#include <freetype/freetype.h>

#include "crossfold/core/error.h"
#include "crossfold/figure/palette.h"

#include "figure_layout.h"
#include "font.h"
#include "utf8.h"

namespace crossfold::figure {
namespace {

constexpr double kPointsPerPixel = 0.75;
constexpr double kLongestPage = 14400;  ///< points; readers take no longer one
/// Of every file, so that equal figures are equal bytes.
constexpr const char* kCreated = "2000-01-01T00:00:00Z";

template <class T, auto destroy>
struct Destroyer {
  void operator()(T* handle) const { destroy(handle); }
};
template <class T, auto destroy>
using Handle = std::unique_ptr<T, Destroyer<T, destroy>>;

/// The font as FreeType knows it.
class FreeTypeFont {
 public:
  FreeTypeFont() {
    CF_EXPECT(FT_Init_FreeType(&library_) == 0);
    CF_EXPECT(FT_New_Memory_Face(library_, font_bytes().data(),
                                 static_cast<FT_Long>(font_bytes().size()), 0, &face_) == 0);
  }
  ~FreeTypeFont() {
    FT_Done_Face(face_);
    FT_Done_FreeType(library_);
  }
  FreeTypeFont(const FreeTypeFont&) = delete;
  FreeTypeFont& operator=(const FreeTypeFont&) = delete;

  [[nodiscard]] FT_Face face() const { return face_; }

 private:
  FT_Library library_ = nullptr;
  FT_Face face_ = nullptr;
};

using CairoFont = Handle<cairo_font_face_t, cairo_font_face_destroy>;

/// Cairo keeps its font in a cache for longer than the drawing: FreeType's goes with it.
CairoFont make_font(FT_Face& face) {
  static const cairo_user_data_key_t kKey{};
  auto font = std::make_unique<FreeTypeFont>();
  face = font->face();
  CairoFont made(cairo_ft_font_face_create_for_ft_face(face, 0));
  const auto end = [](void* owned) {
    const std::unique_ptr<FreeTypeFont> last(static_cast<FreeTypeFont*>(owned));
  };
  if (cairo_font_face_set_user_data(made.get(), &kKey, font.get(), end) == CAIRO_STATUS_SUCCESS)
    static_cast<void>(font.release());
  return made;
}

void set_colour(cairo_t* cairo, Colour colour, double opacity) {
  const Rgb value = rgb(colour);
  cairo_set_source_rgba(cairo, value.red / 255.0, value.green / 255.0, value.blue / 255.0, opacity);
}

void set_dash(cairo_t* cairo, Dash dash) {
  constexpr std::array<double, 2> kDashed = {6, 4};
  constexpr std::array<double, 2> kDotted = {1.5, 3};
  const double* lengths = dash == Dash::dashed ? kDashed.data() : kDotted.data();
  cairo_set_dash(cairo, lengths, dash == Dash::solid ? 0 : 2, 0);
}

/// Draws the items of a drawing.
class PdfWriter {
 public:
  PdfWriter(cairo_t* cairo, FT_Face face) : cairo_(cairo), face_(face) {}

  void operator()(const PathItem& path) const {
    for (const Step& step : path.steps) trace(step);
    if (path.fill) {
      set_colour(cairo_, path.fill->colour, path.fill->opacity);
      path.stroke ? cairo_fill_preserve(cairo_) : cairo_fill(cairo_);
    }
    if (!path.stroke) return;
    set_colour(cairo_, path.stroke->colour, path.stroke->opacity);
    cairo_set_line_width(cairo_, path.stroke->width);
    cairo_set_line_cap(cairo_, CAIRO_LINE_CAP_BUTT);
    set_dash(cairo_, path.stroke->dash);
    cairo_stroke(cairo_);
  }

  void operator()(const DotsItem& dots) const {
    set_colour(cairo_, dots.fill.colour, dots.fill.opacity);
    if (dots.shape == DotShape::square) {  // Cairo draws no square ends without a direction
      for (const XY& at : dots.at)
        cairo_rectangle(cairo_, at.x - dots.size / 2, at.y - dots.size / 2, dots.size, dots.size);
      return cairo_fill(cairo_);
    }
    for (const XY& at : dots.at) {
      cairo_move_to(cairo_, at.x, at.y);
      cairo_line_to(cairo_, at.x, at.y);
    }
    cairo_set_line_width(cairo_, dots.size);
    cairo_set_line_cap(cairo_, CAIRO_LINE_CAP_ROUND);
    set_dash(cairo_, Dash::solid);
    cairo_stroke(cairo_);
  }

  void operator()(const TextItem& text) const {
    const double width = text_width(text.text, text.size);
    double x = text.anchor == Anchor::middle ? -width / 2 : text.anchor == Anchor::end ? -width : 0;
    std::vector<cairo_glyph_t> glyphs;
    std::vector<cairo_text_cluster_t> clusters;
    for (const char32_t character : code_points(text.text)) {
      const std::string bytes = utf8({character});
      glyphs.push_back({FT_Get_Char_Index(face_, character), x, 0});
      clusters.push_back({static_cast<int>(bytes.size()), 1});
      x += text_width(bytes, text.size);
    }
    cairo_save(cairo_);
    cairo_translate(cairo_, text.at.x, text.at.y);
    cairo_rotate(cairo_, text.turn * std::numbers::pi / 180);
    cairo_set_font_size(cairo_, text.size);
    if (text.halo == Halo::paper) {
      const Rgb paper = rgb(Paper::light);
      cairo_set_source_rgb(cairo_, paper.red / 255.0, paper.green / 255.0, paper.blue / 255.0);
      cairo_glyph_path(cairo_, glyphs.data(), static_cast<int>(glyphs.size()));
      cairo_set_line_width(cairo_, 2.5);
      cairo_set_line_join(cairo_, CAIRO_LINE_JOIN_ROUND);
      set_dash(cairo_, Dash::solid);
      cairo_stroke(cairo_);
      cairo_set_line_join(cairo_, CAIRO_LINE_JOIN_MITER);
    }
    set_colour(cairo_, text.colour, 1);
    cairo_show_text_glyphs(cairo_, text.text.data(), static_cast<int>(text.text.size()),
                           glyphs.data(), static_cast<int>(glyphs.size()), clusters.data(),
                           static_cast<int>(clusters.size()), cairo_text_cluster_flags_t{});
    cairo_restore(cairo_);
  }

  void operator()(const GroupBegin& group) const {
    cairo_save(cairo_);
    if (!group.clip) return;
    cairo_rectangle(cairo_, group.clip->left, group.clip->top, group.clip->width,
                    group.clip->height);
    cairo_clip(cairo_);
  }

  void operator()(const GroupEnd&) const { cairo_restore(cairo_); }

 private:
  void trace(const Step& step) const {
    switch (step.kind) {
      case StepKind::move:
        return cairo_move_to(cairo_, step.at.x, step.at.y);
      case StepKind::line:
        return cairo_line_to(cairo_, step.at.x, step.at.y);
      case StepKind::close:
        return cairo_close_path(cairo_);
      case StepKind::circle:
        cairo_new_sub_path(cairo_);
        cairo_arc(cairo_, step.at.x, step.at.y, step.radius, 0, 2 * std::numbers::pi);
        return cairo_close_path(cairo_);
    }
  }

  cairo_t* cairo_;
  FT_Face face_;
};

cairo_status_t append(void* target, const unsigned char* bytes, unsigned int size) {
  static_cast<std::string*>(target)->append(reinterpret_cast<const char*>(bytes), size);
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

std::string pdf(const Figure& figure) {
  const Drawing drawing = lay_out(figure, figure.width);
  const double scale = std::min(kPointsPerPixel, kLongestPage / drawing.height);
  std::string bytes;
  FT_Face face = nullptr;
  const CairoFont font = make_font(face);
  const Handle<cairo_surface_t, cairo_surface_destroy> surface(cairo_pdf_surface_create_for_stream(
      append, &bytes, drawing.width * scale, std::ceil(drawing.height) * scale));
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATE_DATE, kCreated);
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_TITLE,
                                 clean_text(figure.title).c_str());
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_SUBJECT,
                                 clean_text(figure.caption).c_str());
  const Handle<cairo_t, cairo_destroy> cairo(cairo_create(surface.get()));
  cairo_scale(cairo.get(), scale, scale);
  cairo_set_font_face(cairo.get(), font.get());
  const PdfWriter writer(cairo.get(), face);
  for (const Item& item : drawing.items) std::visit(writer, item);
  cairo_show_page(cairo.get());
  const cairo_status_t status = cairo_status(cairo.get());
  cairo_surface_finish(surface.get());
  CF_VALIDATE(
      status == CAIRO_STATUS_SUCCESS, ErrorCode::internal,
      "cannot be drawn as PDF (Cairo says so). please report it, with the SVG of the figure",
      figure.id, cairo_status_to_string(status));
  return bytes;
}

}  // namespace crossfold::figure
