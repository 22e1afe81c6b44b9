#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace crossfold {

/// Plain words as HTML, in an element or a quoted attribute; control characters become spaces.
[[nodiscard]] std::string escaped_html(std::string_view text);
/// The same in a <bdi>: a name written from right to left leaves its surroundings alone.
[[nodiscard]] std::string isolated_html(std::string_view text);
/// RFC 4648, section 4, padded, on one line.
[[nodiscard]] std::string base64(std::span<const std::uint8_t> bytes);

}  // namespace crossfold
