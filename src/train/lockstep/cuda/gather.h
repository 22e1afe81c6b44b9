#pragma once

#include "network_bank.h"

namespace crossfold::train::cuda {

/// Samples of one block: `count` entries of Gather::rows.
struct RowRange {
  std::uint64_t first = 0;
  std::uint32_t count = 0;
  std::int32_t scaling = -1;  ///< index into Gather::scalings; below 0: as stored
};

/// Copies rows of the embedding into blocks, scaled: out [blocks, capacity, dim]. Rows of a block
/// beyond its count stay as they are.
struct Gather {
  const float* embedding = nullptr;  ///< [N, dim]
  std::size_t dim = 0;
  const std::uint32_t* rows = nullptr;
  const RowRange* ranges = nullptr;  ///< [blocks]
  std::size_t blocks = 0;
  const float* scalings = nullptr;  ///< [scalings, 2, dim]: means, then inverse sds
  float* out = nullptr;
  std::size_t capacity = 0;
};

namespace twin {
void gather(const Gather& of);
}

}  // namespace crossfold::train::cuda
