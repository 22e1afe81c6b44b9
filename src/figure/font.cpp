#include "font.h"

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include <freetype/freetype.h>

#include "crossfold/core/error.h"

#include "utf8.h"

// The file that CMake found, as it is, among the program's constants.
__asm__(
    ".section .rodata\n"
    ".balign 16\n"
    "crossfold_font_begin:\n"
    ".incbin \"" CROSSFOLD_FONT
    "\"\n"
    "crossfold_font_end:\n"
    ".byte 0\n"
    ".previous\n");
extern "C" {
// NOLINTBEGIN(*-avoid-c-arrays)
extern const unsigned char crossfold_font_begin[];
extern const unsigned char crossfold_font_end[];
// NOLINTEND(*-avoid-c-arrays)
}

namespace crossfold::figure {
namespace {

constexpr char32_t kEllipsis = 0x2026;

/// Advances of all characters of the font, in units of its height.
class Advances {
 public:
  Advances() {
    FT_Library library = nullptr;
    CF_EXPECT(FT_Init_FreeType(&library) == 0);
    const std::unique_ptr<FT_LibraryRec_, decltype(&FT_Done_FreeType)> keep(library,
                                                                            FT_Done_FreeType);
    FT_Face face = nullptr;
    CF_EXPECT(FT_New_Memory_Face(library, font_bytes().data(),
                                 static_cast<FT_Long>(font_bytes().size()), 0, &face) == 0);
    const std::unique_ptr<FT_FaceRec_, decltype(&FT_Done_Face)> keep_face(face, FT_Done_Face);
    FT_UInt glyph = 0;
    for (FT_ULong at = FT_Get_First_Char(face, &glyph); glyph != 0;
         at = FT_Get_Next_Char(face, at, &glyph)) {
      if (FT_Load_Glyph(face, glyph, FT_LOAD_NO_SCALE) != 0) continue;
      advances_[static_cast<char32_t>(at)] =
          static_cast<double>(face->glyph->metrics.horiAdvance) / face->units_per_EM;
    }
  }

  [[nodiscard]] double of(char32_t character) const {
    const auto found = advances_.find(character);
    return found == advances_.end() ? 1 : found->second;
  }

 private:
  std::unordered_map<char32_t, double> advances_;
};

double advance_of(char32_t character) {
  static const Advances kAdvances;
  return kAdvances.of(character);
}

double width_of(const std::vector<char32_t>& characters) {
  double width = 0;
  for (const char32_t character : characters) width += advance_of(character);
  return width;
}

}  // namespace

std::span<const unsigned char> font_bytes() {
  return {static_cast<const unsigned char*>(crossfold_font_begin),
          static_cast<std::size_t>(crossfold_font_end - crossfold_font_begin)};
}

double text_width(std::string_view text, double size) { return width_of(code_points(text)) * size; }

std::string shortened(std::string_view text, double size, double width) {
  const std::vector<char32_t> characters = code_points(text);
  const double most = width / size;
  if (width_of(characters) <= most) return utf8(characters);
  std::vector<char32_t> head;
  std::vector<char32_t> tail;
  double used = advance_of(kEllipsis);
  for (std::size_t i = 0; i < characters.size(); ++i) {
    const bool at_head = i % 2 == 0;
    const char32_t next = at_head ? characters[i / 2] : characters[characters.size() - 1 - i / 2];
    used += advance_of(next);
    if (used > most) break;
    (at_head ? head : tail).push_back(next);
  }
  head.push_back(kEllipsis);
  head.insert(head.end(), tail.rbegin(), tail.rend());
  return utf8(head);
}

}  // namespace crossfold::figure
