#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace crossfold {

/// Two lower-case digits a byte.
[[nodiscard]] inline std::string hex_of(std::span<const std::uint8_t> bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace crossfold
