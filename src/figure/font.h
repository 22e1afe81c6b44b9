#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace crossfold::figure {

/// The font of all figures, as a file's bytes: Liberation Sans, whose measures are those of Arial
/// and Helvetica, so that labels fit in browsers as well.
[[nodiscard]] std::span<const unsigned char> font_bytes();
/// What a browser is asked for, in this order.
inline constexpr const char* kFontFamilies = "Helvetica, Arial, 'Liberation Sans', sans-serif";

/// Pixels from the start to the end of a clean text (utf8.h) at a size in pixels, without kerning.
/// Characters that the font has not count as wide as they are high.
[[nodiscard]] double text_width(std::string_view text, double size);

/// The text, or, where it is wider, its beginning and end with an ellipsis between.
[[nodiscard]] std::string shortened(std::string_view text, double size, double width);

}  // namespace crossfold::figure
