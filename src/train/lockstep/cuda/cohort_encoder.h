#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "cohort_on_device.h"

namespace crossfold::train::cuda {

/// Rows that a fit is to encode.
struct Piece {
  std::size_t fit = 0;
  std::span<const std::uint32_t> rows;
};

/// z' of some pieces in the memory of a device.
struct EncodedPieces {
  std::size_t first = 0;  ///< of the pieces, among those asked for
  std::span<const Piece> pieces;
  const float* features = nullptr;  ///< [pieces, stride], of which each has [rows.size(), 64]
  std::size_t stride = 0;
};

/// Encodes pieces in evaluation mode, as many at a time as memory allows beside a logistic
/// regression of `levels` on each (0: none), and gives them to `work`, which may read them until it
/// returns.
void encode_pieces(CohortOnDevice& cohort, std::span<const Piece> pieces, std::size_t levels,
                   const std::function<void(const EncodedPieces&)>& work);

}  // namespace crossfold::train::cuda
