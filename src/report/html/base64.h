#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace crossfold::html {

/// RFC 4648, section 4, padded, on one line.
[[nodiscard]] std::string base64(std::span<const std::uint8_t> bytes);

}  // namespace crossfold::html
