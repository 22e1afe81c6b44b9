#pragma once

#include <cstdint>
#include <vector>

#include "crossfold/samples/sample_table.h"

namespace crossfold {

/// `column` with only the levels that occur in `pool`, numbered anew in their old order.
[[nodiscard]] CodedColumn with_levels_of(const CodedColumn& column,
                                         const std::vector<std::uint32_t>& pool);

}  // namespace crossfold
