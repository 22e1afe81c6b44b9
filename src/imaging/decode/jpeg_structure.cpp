#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "image_structure.h"

namespace crossfold {
namespace {

// Marker codes, the byte after 0xff (ITU-T T.81, table B.1).
constexpr int kEndOfImage = 0xd9;
constexpr int kStartOfScan = 0xda;
constexpr int kRestartInterval = 0xdd;
constexpr int kApp0 = 0xe0;   // JFIF
constexpr int kApp14 = 0xee;  // Adobe: says how the colours are coded
constexpr int kApp15 = 0xef;
constexpr int kComment = 0xfe;

// More scans than any encoder writes: a small file could otherwise keep a decoder busy for hours.
constexpr int kMaxScans = 200;

bool is_frame_header(int marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}
bool is_restart(int marker) { return marker >= 0xd0 && marker <= 0xd7; }
bool touches_pixels(int marker) {
  const bool application = marker >= kApp0 && marker <= kApp15;
  return marker != kComment && (!application || marker == kApp0 || marker == kApp14);
}

class SegmentWalk {
 public:
  SegmentWalk(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  ImageStructure run() {
    image_.essential += bytes_.substr(0, 2);
    while (true) {
      const int marker = next_marker();
      if (marker == kEndOfImage) break;
      segment(marker);
      if (marker == kStartOfScan) scan();
    }
    image_.essential += "\xff\xd9";
    if (scans_ == 0) fail("it has no scan, so no pixels");
    return std::move(image_);
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw_damaged("JPEG", problem, name_);
  }

  void need(std::size_t size) const {
    if (size > bytes_.size())
      fail(fmt::format("the file ends at byte {} without an EOI marker", bytes_.size()));
  }
  [[nodiscard]] int byte(std::size_t at) const {
    need(at + 1);
    return static_cast<std::uint8_t>(bytes_[at]);
  }
  [[nodiscard]] int big_endian_16(std::size_t at) const { return byte(at) << 8 | byte(at + 1); }

  int next_marker() {
    if (byte(at_) != 0xff) fail(fmt::format("no marker at byte {}", at_));
    while (byte(at_) == 0xff) ++at_;  // any number of fill bytes may come first
    return byte(at_++);
  }

  void segment(int marker) {
    const std::size_t begin = at_ - 2;
    if (marker <= 0xbf || is_restart(marker) || marker == 0xd8)
      fail(fmt::format("unexpected marker ff{:02x} at byte {}", marker, begin));
    const auto size = static_cast<std::size_t>(big_endian_16(at_));
    if (size < 2) fail(fmt::format("marker ff{:02x} at byte {} has no length", marker, begin));
    need(at_ + size);
    if (is_frame_header(marker)) frame_header(marker, begin, size);
    if (marker == kStartOfScan && image_.width == 0)
      fail(fmt::format("a scan at byte {} before the frame header", begin));
    if (marker == kRestartInterval && size >= 4) restart_interval_ = big_endian_16(at_ + 2);
    if (touches_pixels(marker)) {
      image_.essential += '\xff';
      image_.essential += static_cast<char>(marker);
      image_.essential += bytes_.substr(at_, size);
    }
    at_ += size;
  }

  void frame_header(int marker, std::size_t begin, std::size_t size) {
    if (image_.width != 0) fail(fmt::format("a second frame header at byte {}", begin));
    if (size < 8 || size != 8 + 3 * static_cast<std::size_t>(byte(at_ + 7)))
      fail(fmt::format("the frame header at byte {} has a wrong length", begin));
    const int bits = byte(at_ + 2);
    image_.height = big_endian_16(at_ + 3);
    image_.width = big_endian_16(at_ + 5);
    CF_VALIDATE(marker <= 0xc2, ErrorCode::bad_input,
                fmt::format("a JPEG of a rare kind (frame header ff{:02x}; baseline, extended and "
                            "progressive Huffman ones are read). convert it to PNG",
                            marker),
                name_);
    CF_VALIDATE(
        bits == 8, ErrorCode::bad_input,
        fmt::format("a JPEG of {} bits (only 8 bits are read). convert it to PNG of 16 bits", bits),
        name_);
    check_image_size(image_.width, image_.height, name_);
  }

  /// Compressed data: up to the next marker that is neither a stuffed zero nor a restart.
  void scan() {
    if (++scans_ > kMaxScans) fail(fmt::format("it has more than {} scans", kMaxScans));
    const std::size_t begin = at_;
    int restarts = 0;
    while (true) {
      at_ = bytes_.find('\xff', at_);
      if (at_ == std::string_view::npos) at_ = bytes_.size();
      const int next = byte(at_ + 1);
      if (is_restart(next)) {
        if (restart_interval_ == 0 || next != 0xd0 + restarts % 8)
          fail(fmt::format("restart marker ff{:02x} at byte {} out of order", next, at_));
        ++restarts;
      } else if (next != 0 && next != 0xff) {
        break;
      }
      at_ += next == 0xff ? 1 : 2;
    }
    image_.essential += bytes_.substr(begin, at_ - begin);
  }

  std::string_view bytes_;
  const std::string& name_;
  std::size_t at_ = 2;  // after SOI
  int restart_interval_ = 0;
  int scans_ = 0;
  ImageStructure image_;
};

}  // namespace

bool is_jpeg(std::string_view bytes) { return bytes.starts_with("\xff\xd8\xff"); }

ImageStructure read_jpeg_structure(std::string_view bytes, const std::string& name) {
  return SegmentWalk(bytes, name).run();
}

}  // namespace crossfold
