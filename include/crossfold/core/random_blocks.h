#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "crossfold/core/random_stream.h"

namespace crossfold {

/// The numbers of a named stream by their place, for work that is shared out in any order: block
/// (low, high) is the numbers 4 n to 4 n + 3 of RandomStream::next_u32, n = low + 2^32 high.
class RandomBlocks {
 public:
  RandomBlocks(const StreamKey& key, std::string_view purpose);

  using Block = std::array<std::uint32_t, 4>;
  [[nodiscard]] Block at(std::uint32_t low, std::uint32_t high) const;

 private:
  std::array<std::uint32_t, 2> key_{};
  std::array<std::uint32_t, 2> upper_{};  ///< half of the counter
};

}  // namespace crossfold
