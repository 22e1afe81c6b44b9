#include "imaging/test_images.h"

#include <atomic>
#include <cstddef>
#include <fstream>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>

namespace crossfold::test {
namespace {

namespace fs = std::filesystem;

const std::string kSignature("\x89PNG\r\n\x1a\n", 8);

std::string big_endian(std::uint32_t value) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift & 0xff);
  return text;
}

/// Bit by bit, unlike the table of the code under test.
std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t value = 0xffffffffU;
  for (const char byte : bytes) {
    value ^= static_cast<std::uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (0xedb88320U & (0U - (value & 1)));
  }
  return ~value;
}

std::uint32_t adler32(std::string_view bytes) {
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (const char byte : bytes) {
    a = (a + static_cast<std::uint8_t>(byte)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

std::string encode(const std::string& ending, const GrayImage& image,
                   const std::vector<int>& settings) {
  const cv::Mat view(image.height, image.width, CV_8UC1,
                     const_cast<std::uint8_t*>(image.pixels.data()));
  std::vector<std::uint8_t> bytes;
  if (!cv::imencode(ending, view, bytes, settings)) ADD_FAILURE() << "cannot encode " << ending;
  return {bytes.begin(), bytes.end()};
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  static std::atomic<int> next = 0;
  path_ = fs::temp_directory_path() / fmt::format("crossfold-imaging-{}-{}", getpid(), next++);
  fs::create_directories(path_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path TemporaryFolder::write(const std::string& name, std::string_view bytes) const {
  const fs::path path = path_ / name;
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path;
}

GrayImage pattern(int width, int height) {
  GrayImage image{width, height, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const int slope = (3 * x + 2 * y) / 5;
      const int rings =
          ((x - width / 2) * (x - width / 2) + (y - height / 3) * (y - height / 3)) / 37;
      const int grain = (x * 7919 + y * 104729 + x * y * 31) % 23;
      image.pixels.push_back(static_cast<std::uint8_t>((slope + rings % 97 + grain) % 256));
    }
  return image;
}

std::string png_chunk(const std::string& type, const std::string& data) {
  return big_endian(static_cast<std::uint32_t>(data.size())) + type + data +
         big_endian(crc32(type + data));
}

std::string png_header(std::uint32_t width, std::uint32_t height, PngKind kind) {
  return png_chunk("IHDR", big_endian(width) + big_endian(height) + static_cast<char>(kind.bits) +
                               static_cast<char>(kind.colour_type) + std::string(3, '\0'));
}

std::string png_pixels(const std::vector<std::string>& rows) {
  std::string raw;
  for (const std::string& row : rows) raw += '\0' + row;
  std::string stream = "\x78\x01";  // zlib (RFC 1950), then stored blocks (RFC 1951)
  for (std::size_t at = 0; at < raw.size(); at += 65535) {
    const std::string part = raw.substr(at, 65535);
    const auto size = static_cast<std::uint16_t>(part.size());
    stream += at + part.size() == raw.size() ? '\1' : '\0';
    for (const int half : {size & 0xff, size >> 8, ~size & 0xff, ~size >> 8 & 0xff})
      stream += static_cast<char>(half);
    stream += part;
  }
  return png_chunk("IDAT", stream + big_endian(adler32(raw)));
}

std::string png_file(int width, PngKind kind, const std::vector<std::string>& rows,
                     const std::string& before_pixels) {
  return kSignature +
         png_header(static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(rows.size()),
                    kind) +
         before_pixels + png_pixels(rows) + png_chunk("IEND", "");
}

std::string encode_png(const GrayImage& image) { return encode(".png", image, {}); }

std::string encode_jpeg(const GrayImage& image, const std::vector<int>& settings) {
  return encode(".jpg", image, settings);
}

Error error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return {ErrorCode::internal, "none"};
}

}  // namespace crossfold::test
