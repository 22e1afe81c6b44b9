#include "crossfold/core/text_encoding.h"

#include <cstddef>
#include <cstdint>
#include <optional>

#include "crossfold/core/error.h"

namespace crossfold {
namespace {

using namespace std::string_view_literals;

enum class ByteOrder { little, big };

std::uint32_t unit_at(std::string_view bytes, std::size_t at, ByteOrder order) {
  const auto first = static_cast<std::uint8_t>(bytes[at]);
  const auto second = static_cast<std::uint8_t>(bytes[at + 1]);
  return order == ByteOrder::little ? first | second << 8U : second | first << 8U;
}

void append_utf8(std::string& text, std::uint32_t point) {
  const auto continuation = [&](unsigned shift) {
    text += static_cast<char>(0x80 | (point >> shift & 0x3F));
  };
  if (point < 0x80) {
    text += static_cast<char>(point);
  } else if (point < 0x800) {
    text += static_cast<char>(0xC0 | point >> 6);
    continuation(0);
  } else if (point < 0x10000) {
    text += static_cast<char>(0xE0 | point >> 12);
    continuation(6);
    continuation(0);
  } else {
    text += static_cast<char>(0xF0 | point >> 18);
    continuation(12);
    continuation(6);
    continuation(0);
  }
}

/// Nothing when a surrogate stands alone or half a unit is left (Unicode 15, section 3.9).
std::optional<std::string> utf8_from_utf16(std::string_view bytes, ByteOrder order) {
  if (bytes.size() % 2 != 0) return std::nullopt;
  const auto is_high = [](std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; };
  const auto is_low = [](std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; };
  std::string text;
  text.reserve(bytes.size() / 2);
  for (std::size_t at = 0; at < bytes.size(); at += 2) {
    std::uint32_t point = unit_at(bytes, at, order);
    if (is_low(point)) return std::nullopt;
    if (is_high(point)) {
      at += 2;
      if (at == bytes.size()) return std::nullopt;
      const std::uint32_t low = unit_at(bytes, at, order);
      if (!is_low(low)) return std::nullopt;
      point = 0x10000 + ((point - 0xD800) << 10U) + (low - 0xDC00);
    }
    append_utf8(text, point);
  }
  return text;
}

std::string from_utf16(std::string_view bytes, ByteOrder order, const std::string& name) {
  std::optional<std::string> text = utf8_from_utf16(bytes, order);
  CF_VALIDATE(text, ErrorCode::bad_input,
              "begins as UTF-16 and is not (half a character stands in it: damaged, or cut short). "
              "save it again, as UTF-8",
              name);
  return *std::move(text);
}

}  // namespace

std::string text_from_bytes(std::string_view bytes, const std::string& name) {
  CF_VALIDATE(
      !bytes.starts_with("PK\x03\x04"sv), ErrorCode::bad_input,
      "is a zip archive, not text (an .xlsx workbook and an .npz file are such). export the "
      "table as CSV",
      name);
  CF_VALIDATE(!bytes.starts_with("\x1F\x8B"sv), ErrorCode::bad_input,
              "is compressed by gzip, not text. unpack it", name);
  CF_VALIDATE(!bytes.starts_with("\xFF\xFE\0\0"sv) && !bytes.starts_with("\0\0\xFE\xFF"sv),
              ErrorCode::bad_input, "is UTF-32 (UTF-8 and UTF-16 are read). save it as UTF-8",
              name);
  std::string text;
  if (bytes.starts_with("\xFF\xFE"sv))
    text = from_utf16(bytes.substr(2), ByteOrder::little, name);
  else if (bytes.starts_with("\xFE\xFF"sv))
    text = from_utf16(bytes.substr(2), ByteOrder::big, name);
  else
    text = bytes.substr(bytes.starts_with("\xEF\xBB\xBF"sv) ? 3 : 0);
  CF_VALIDATE(text.find('\0') == std::string::npos, ErrorCode::bad_input,
              "holds zero bytes (UTF-16 without a byte order mark, or no text at all). save it as "
              "UTF-8",
              name);
  return text;
}

}  // namespace crossfold
