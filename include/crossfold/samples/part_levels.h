#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "crossfold/samples/sample_table.h"

namespace crossfold {

/// How the levels of a label are spread over the parts of a split: over what a model or a probe
/// learns them from, and over what it is scored on. Samples without a level count for nothing.
struct PartLevels {
  std::size_t learned = 0;  ///< levels that are learned from
  std::size_t tested = 0;   ///< levels of the test part
  std::vector<std::uint32_t> unseen =
      {};  ///< scored, in the test part or elsewhere, and not learned
  std::vector<std::uint32_t> untested = {};  ///< levels of the column that the test part lacks
};

/// `elsewhere`: what is scored beside the test part, as samples out of sample are. Levels are in
/// the order of their codes.
[[nodiscard]] PartLevels part_levels(
    const CodedColumn& column, std::span<const std::uint32_t> learned,
    std::span<const std::uint32_t> test,
    std::span<const std::span<const std::uint32_t>> elsewhere = {});

}  // namespace crossfold
