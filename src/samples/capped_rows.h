#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "crossfold/core/random_stream.h"

namespace crossfold {

/// The rows of patients who are taken whole, one after another in the order of the stream, as long
/// as none of their codes goes above its number: ascending rows of the store. `group` and `codes`
/// hold one number for each row of the store; rows without a code (-1) do not count. `caps` holds
/// the most rows of each code, -1: as many as there are.
[[nodiscard]] std::vector<std::uint32_t> capped_rows(std::span<const std::uint32_t> rows,
                                                     std::span<const std::uint32_t> group,
                                                     std::span<const std::int32_t> codes,
                                                     std::span<const std::int64_t> caps,
                                                     RandomStream stream);

}  // namespace crossfold
