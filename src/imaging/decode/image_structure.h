#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace crossfold {

/// What is known of an image file before it is decoded.
struct ImageStructure {
  std::int64_t width = 0;
  std::int64_t height = 0;
  /// The file without the parts that do not touch its pixels (colour profiles, text, EXIF, whatever
  /// follows its end): decoders warn about these on stderr, and have been attacked through them.
  std::string essential;
};

[[nodiscard]] bool is_png(std::string_view bytes);
[[nodiscard]] bool is_jpeg(std::string_view bytes);

/// Walks a PNG's chunks (ISO/IEC 15948): lengths, checksums, order, up to IEND. Error{bad_input}
/// with where = `name` for a damaged or incomplete file, or one above the bounds of decode.h.
[[nodiscard]] ImageStructure read_png_structure(std::string_view bytes, const std::string& name);

/// Walks a JPEG's segments and scans (ITU-T T.81): lengths, one frame header, restart markers in
/// order, up to EOI. Errors likewise.
[[nodiscard]] ImageStructure read_jpeg_structure(std::string_view bytes, const std::string& name);

/// Throws when the size is outside the bounds of decode.h.
void check_image_size(std::int64_t width, std::int64_t height, const std::string& name);

/// `damaged <kind> (<problem>). ...`, the one form of all messages about broken files.
[[noreturn]] void throw_damaged(std::string_view kind, const std::string& problem,
                                const std::string& name);

/// `<what> not supported (<why>). <what to do>, or leave it out`, for files that are whole and that
/// this program does not read: "JPEG 2000 is", "several frames are".
[[noreturn]] void throw_not_supported(std::string_view what, std::string_view why,
                                      std::string_view what_to_do, const std::string& name);

}  // namespace crossfold
