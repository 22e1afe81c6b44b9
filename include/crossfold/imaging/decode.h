#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "crossfold/imaging/gray_image.h"

namespace crossfold {

/// Bounds of what is read. Sizes are taken from the file's header, before anything is decoded.
inline constexpr int kMinImageSide = 16;                                       ///< pixels
inline constexpr std::int64_t kMaxImagePixels = std::int64_t{64} << 20;        ///< width * height
inline constexpr std::uint64_t kMaxImageFileBytes = std::uint64_t{512} << 20;  ///< bytes

/// Makes a gray image of the bytes of a PNG, JPEG or DICOM file; the first bytes say which, not the
/// name.
///
/// Colour becomes 0.299 R + 0.587 G + 0.114 B; alpha is ignored. A PNG of 16 bits that holds 8-bit
/// values (none above 255, or all of them multiples of 257 or of 256) gives what the 8-bit file
/// gives; others are scaled from the image's own minimum and maximum to 0..255 (rounded; all 0
/// where the two are equal). Nothing is turned or mirrored, whatever an EXIF tag says.
///
/// DICOM: one frame, MONOCHROME1 or 2, 8 or 16 bits allocated, uncompressed (deflated too), RLE,
/// JPEG (lossless too) or JPEG-LS. Modality transform, then VOI table or window, padding black
/// (dicom_grayscale.h has the rules; PS3.3 C.11). MONOCHROME1 is inverted, so that bone is bright.
///
/// Error{bad_input} with where = `name` and the reason: empty, none of these formats, too small,
/// too large, "not supported" for a sound file of a kind that is not read, or "damaged". A PNG must
/// have every checksum right and end in IEND, a JPEG must be whole up to its EOI marker with its
/// restart markers in order and without a code that libjpeg warns of, so a file that was cut off is
/// never taken for an image. What stays unseen is a change inside the compressed data of a JPEG
/// that makes other codes, some invalid ones included: JPEG carries no checksum.
[[nodiscard]] GrayImage decode_gray(std::string_view bytes, const std::string& name);

/// The bytes of an image file; Error{io} when it is absent, cannot be read or is no ordinary file.
[[nodiscard]] std::string read_image_bytes(const std::filesystem::path& path);

/// Both for a file; also Error{io} when it is absent, cannot be read or is no ordinary file.
[[nodiscard]] GrayImage read_gray_image(const std::filesystem::path& path);

/// Confines OpenCV to the calling thread and stops its own log lines, for the whole process. The
/// program calls it once, before its threads start; embed_images makes sure of it. Values do not
/// depend on it (no result here depends on the number of threads), the load of the machine does.
void confine_opencv();

}  // namespace crossfold
