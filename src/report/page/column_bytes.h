#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fit_columns.h"

namespace crossfold::page {

/// What src/report/page/fit_data.js reads: a length (4 bytes, little-endian), so many bytes of JSON
/// that say what the columns are, the heads of the ids, and each column's values as four planes:
/// the lowest bytes of all fits, then the next, since like bytes compress better side by side.
[[nodiscard]] std::string column_bytes(const FitColumns& fits);

/// RFC 1950 (zlib), level 9. Error{internal} where zlib has no memory.
[[nodiscard]] std::vector<std::uint8_t> deflated(std::string_view bytes);

}  // namespace crossfold::page
