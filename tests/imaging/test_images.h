#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/core/error.h"
#include "crossfold/imaging/gray_image.h"

/// Image files made by the tests themselves, byte by byte where the test is about the bytes.
namespace crossfold::test {

/// A folder of its own that goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Writes a file, folders above it included; returns its path.
  std::filesystem::path write(const std::string& name, std::string_view bytes) const;

 private:
  std::filesystem::path path_;
};

/// Shapes of many scales; make_texture_reference.py computes the same pixels.
[[nodiscard]] GrayImage pattern(int width, int height);

/// A PNG chunk with its length and checksum.
[[nodiscard]] std::string png_chunk(const std::string& type, const std::string& data);

/// What IHDR says; colour types: 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGB and alpha.
struct PngKind {
  int bits = 8;
  int colour_type = 0;
};
[[nodiscard]] std::string png_header(std::uint32_t width, std::uint32_t height, PngKind kind);

/// Rows of samples as PNG stores them (without filter bytes), packed into an IDAT chunk without
/// compression.
[[nodiscard]] std::string png_pixels(const std::vector<std::string>& rows);

/// Signature, header, `before_pixels`, pixels, IEND.
[[nodiscard]] std::string png_file(int width, PngKind kind, const std::vector<std::string>& rows,
                                   const std::string& before_pixels = {});

/// A gray PNG of 8 bits made by OpenCV.
[[nodiscard]] std::string encode_png(const GrayImage& image);
/// A gray JPEG made by OpenCV, with its parameters (cv::ImwriteFlags and values).
[[nodiscard]] std::string encode_jpeg(const GrayImage& image,
                                      const std::vector<int>& settings = {});

/// The Error that `action` throws; a failed check when it throws none.
[[nodiscard]] Error error_of(const std::function<void()>& action);

}  // namespace crossfold::test
