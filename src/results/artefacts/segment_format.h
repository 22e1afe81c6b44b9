#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "crossfold/core/ids.h"

namespace crossfold {

// How a file of artefacts is laid out; segment_writer.h describes it.

inline constexpr std::string_view kSegmentHeader = "crossfold-segment 1    \n";
inline constexpr std::string_view kBlockTag = "artefact";
inline constexpr std::size_t kBlockAlignment = 8;
inline constexpr std::size_t kBlockChecksumBytes = 16;
/// Tag, length, fit id, checksum.
inline constexpr std::size_t kBlockHeadBytes =
    kBlockTag.size() + sizeof(std::uint64_t) + FitId::kDigits / 2 + kBlockChecksumBytes;
static_assert(kSegmentHeader.size() % kBlockAlignment == 0 &&
              kBlockHeadBytes % kBlockAlignment == 0);

}  // namespace crossfold
