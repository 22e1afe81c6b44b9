#include "gather.h"

namespace crossfold::train::cuda::twin {

void gather(const Gather& of) {
  for (std::size_t block = 0; block < of.blocks; ++block) {
    const RowRange& range = of.ranges[block];
    const float* const mean =
        range.scaling < 0 ? nullptr
                          : of.scalings + 2 * static_cast<std::size_t>(range.scaling) * of.dim;
    for (std::size_t i = 0; i < range.count; ++i) {
      const float* const from = of.embedding + of.rows[range.first + i] * of.dim;
      float* const to = of.out + (block * of.capacity + i) * of.dim;
      for (std::size_t d = 0; d < of.dim; ++d)
        to[d] = mean == nullptr ? from[d] : (from[d] - mean[d]) * mean[of.dim + d];
    }
  }
}

}  // namespace crossfold::train::cuda::twin
