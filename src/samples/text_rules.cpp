#include "crossfold/samples/text_rules.h"

#include <cstdint>

#include <fmt/format.h>

namespace crossfold {
namespace {

/// Bytes that a UTF-8 sequence beginning with `lead` has; 0: no sequence begins so.
std::size_t sequence_length(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

/// The second byte is restricted after some leads: no overlong forms, no surrogates, no numbers
/// above U+10FFFF (Unicode 15, table 3-7).
bool second_fits(std::uint8_t lead, std::uint8_t second) {
  switch (lead) {
    case 0xE0:
      return second >= 0xA0 && second <= 0xBF;
    case 0xED:
      return second >= 0x80 && second <= 0x9F;
    case 0xF0:
      return second >= 0x90 && second <= 0xBF;
    case 0xF4:
      return second >= 0x80 && second <= 0x8F;
    default:
      return second >= 0x80 && second <= 0xBF;
  }
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    const std::size_t length = sequence_length(lead);
    if (length == 0 || length > text.size() - i) return false;
    for (std::size_t k = 1; k < length; ++k) {
      const auto byte = static_cast<std::uint8_t>(text[i + k]);
      if (k == 1 ? !second_fits(lead, byte) : (byte & 0xC0) != 0x80) return false;
    }
    i += length;
  }
  return true;
}

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view without_plus(std::string_view number) {
  const bool plus = number.size() > 1 && number[0] == '+' && number[1] != '-' && number[1] != '+';
  return plus ? number.substr(1) : number;
}

std::optional<std::string> text_problem(std::string_view text) {
  if (text.size() > kMaxTextBytes)
    return fmt::format("has {} bytes (at most {} are allowed)", text.size(), kMaxTextBytes);
  if (text.find('\0') != std::string_view::npos) return "holds a zero byte";
  if (!is_utf8(text)) return "is not UTF-8";
  return std::nullopt;
}

std::optional<std::string> name_problem(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.find('/') != std::string_view::npos) return "holds a '/'";
  if (name == "." || name == "..") return "is no name";
  return text_problem(name);
}

}  // namespace crossfold
