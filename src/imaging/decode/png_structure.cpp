#include <array>
#include <cctype>
#include <cstddef>

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "image_structure.h"

namespace crossfold {
namespace {

constexpr std::string_view kSignature("\x89PNG\r\n\x1a\n", 8);
constexpr std::size_t kChunkFrame = 12;  // length, type and checksum: 4 bytes each

std::uint32_t big_endian_32(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  return value;
}

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ ((value & 1) != 0 ? 0xedb88320U : 0U);
    table[byte] = value;
  }
  return table;
}

/// CRC-32 as PNG uses it (ISO/IEC 15948, annex D).
std::uint32_t crc32(std::string_view bytes) {
  static constexpr std::array<std::uint32_t, 256> kTable = make_crc_table();
  std::uint32_t value = 0xffffffffU;
  for (const char byte : bytes)
    value = value >> 8 ^ kTable[(value ^ static_cast<std::uint8_t>(byte)) & 0xff];
  return ~value;
}

struct Chunk {
  std::size_t begin = 0;   // of its length field
  std::string_view whole;  // frame included
  std::string_view type;
  std::string_view data;

  [[nodiscard]] bool critical() const { return std::isupper(type[0]) != 0; }
};

/// Bits and colour type that belong together (ISO/IEC 15948, table 11.1), and the one method of
/// compression and filtering, with or without interlacing.
bool is_known_format(std::string_view header) {
  const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(header[at]); };
  const int bits = byte(8);
  const int colour_type = byte(9);
  const bool few = bits == 1 || bits == 2 || bits == 4;
  const bool known = colour_type == 0   ? few || bits == 8 || bits == 16
                     : colour_type == 3 ? few || bits == 8
                     : colour_type == 2 || colour_type == 4 || colour_type == 6
                         ? bits == 8 || bits == 16
                         : false;
  return known && byte(10) == 0 && byte(11) == 0 && byte(12) <= 1;
}

class ChunkWalk {
 public:
  ChunkWalk(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  Chunk next() {
    const std::size_t left = bytes_.size() - at_;
    if (left == 0) fail(fmt::format("the file ends at byte {} without an IEND chunk", at_));
    if (left < 8) fail(fmt::format("the file ends at byte {}, in a chunk's head", bytes_.size()));
    Chunk chunk;
    chunk.begin = at_;
    chunk.type = bytes_.substr(at_ + 4, 4);
    for (const char letter : chunk.type)
      if (std::isalpha(static_cast<unsigned char>(letter)) == 0)
        fail(fmt::format("no chunk begins at byte {}", at_));
    const std::size_t size = big_endian_32(bytes_, at_);
    if (left < kChunkFrame || size > left - kChunkFrame)
      fail(fmt::format("the file ends at byte {}, in the {} chunk that begins at byte {}",
                       bytes_.size(), chunk.type, at_));
    chunk.whole = bytes_.substr(at_, size + kChunkFrame);
    chunk.data = chunk.whole.substr(8, size);
    if (crc32(chunk.whole.substr(4, 4 + size)) != big_endian_32(chunk.whole, 8 + size))
      fail(fmt::format("wrong checksum in the {} chunk at byte {}", chunk.type, at_));
    at_ += chunk.whole.size();
    return chunk;
  }

  [[noreturn]] void fail(const std::string& problem) const { throw_damaged("PNG", problem, name_); }

 private:
  std::string_view bytes_;
  const std::string& name_;
  std::size_t at_ = kSignature.size();
};

}  // namespace

bool is_png(std::string_view bytes) { return bytes.starts_with(kSignature); }

ImageStructure read_png_structure(std::string_view bytes, const std::string& name) {
  ChunkWalk walk(bytes, name);
  ImageStructure image;
  image.essential = kSignature;
  const Chunk header = walk.next();
  if (header.type != "IHDR" || header.data.size() != 13)
    walk.fail("its first chunk is not a header (IHDR) of 13 bytes");
  image.width = big_endian_32(header.data, 0);
  image.height = big_endian_32(header.data, 4);
  if (!is_known_format(header.data)) walk.fail("its header names a pixel format that PNG has not");
  check_image_size(image.width, image.height, name);
  image.essential += header.whole;

  bool has_pixels = false;
  while (true) {
    const Chunk chunk = walk.next();
    if (!chunk.critical()) continue;
    if (chunk.type != "PLTE" && chunk.type != "IDAT" && chunk.type != "IEND")
      walk.fail(fmt::format("unexpected {} chunk at byte {}", chunk.type, chunk.begin));
    has_pixels = has_pixels || chunk.type == "IDAT";
    image.essential += chunk.whole;
    if (chunk.type == "IEND") break;
  }
  if (!has_pixels) walk.fail("it has no IDAT chunk, so no pixels");
  return image;
}

}  // namespace crossfold
