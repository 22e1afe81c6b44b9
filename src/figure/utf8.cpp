#include "utf8.h"

#include <cstddef>
#include <cstdint>

namespace crossfold::figure {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

/// Bytes after the first one, and its bits; nothing for a byte that begins no character.
struct Lead {
  std::size_t following = 0;
  char32_t bits = 0;
  char32_t least = 0;  ///< smallest character that needs so many bytes
  bool valid = true;
};
Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {0, byte, 0};
  if (byte >= 0xC2 && byte < 0xE0) return {1, byte & 0x1FU, 0x80};
  if (byte >= 0xE0 && byte < 0xF0) return {2, byte & 0x0FU, 0x800};
  if (byte >= 0xF0 && byte < 0xF5) return {3, byte & 0x07U, 0x10000};
  return {.valid = false};
}

/// The character at `at`, which moves behind it, or, where there is none, by one byte.
char32_t next_of(std::string_view text, std::size_t& at) {
  const Lead lead = lead_of(static_cast<unsigned char>(text[at++]));
  if (!lead.valid || at + lead.following > text.size()) return kReplacement;
  char32_t value = lead.bits;
  for (std::size_t i = 0; i < lead.following; ++i) {
    const auto byte = static_cast<unsigned char>(text[at + i]);
    if ((byte & 0xC0U) != 0x80U) return kReplacement;
    value = (value << 6U) | (byte & 0x3FU);
  }
  const bool surrogate = value >= 0xD800 && value < 0xE000;
  if (value < lead.least || surrogate || value > 0x10FFFF) return kReplacement;
  at += lead.following;
  return value;
}

bool is_dropped(char32_t value) {
  return value < 0x20 || (value >= 0x7F && value < 0xA0) || value == 0xFFFE || value == 0xFFFF ||
         (value >= 0x202A && value <= 0x202E) || (value >= 0x2066 && value <= 0x2069);
}

}  // namespace

std::vector<char32_t> code_points(std::string_view text) {
  std::vector<char32_t> found;
  found.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const char32_t value = next_of(text, at);
    if (value == '\n' || value == '\t' || value == '\r')
      found.push_back(' ');
    else if (!is_dropped(value))
      found.push_back(value);
  }
  return found;
}

std::string utf8(const std::vector<char32_t>& code_points) {
  std::string text;
  const auto add = [&](char32_t value) { text.push_back(static_cast<char>(value)); };
  for (const char32_t value : code_points) {
    if (value < 0x80) {
      add(value);
    } else if (value < 0x800) {
      add(0xC0U | (value >> 6U));
      add(0x80U | (value & 0x3FU));
    } else if (value < 0x10000) {
      add(0xE0U | (value >> 12U));
      add(0x80U | ((value >> 6U) & 0x3FU));
      add(0x80U | (value & 0x3FU));
    } else {
      add(0xF0U | (value >> 18U));
      add(0x80U | ((value >> 12U) & 0x3FU));
      add(0x80U | ((value >> 6U) & 0x3FU));
      add(0x80U | (value & 0x3FU));
    }
  }
  return text;
}

std::string clean_text(std::string_view text) { return utf8(code_points(text)); }

}  // namespace crossfold::figure
