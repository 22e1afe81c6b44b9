#include "gather.h"

#include <algorithm>
#include <span>

#include "twin_views.h"

namespace crossfold::train::cuda::twin {

void gather(const Gather& of) {
  for (std::size_t block = 0; block < of.blocks; ++block) {
    const RowRange& range = entry_of(of.ranges, 0, of.blocks)[block];
    const std::span out = entry_of(of.out, block, of.capacity * of.dim);
    for (std::size_t i = 0; i < range.count; ++i) {
      const std::span from = entry_of(of.embedding, of.rows[range.first + i], of.dim);
      const std::span to = out.subspan(i * of.dim, of.dim);
      if (range.scaling < 0) {
        std::copy(from.begin(), from.end(), to.begin());
        continue;
      }
      const auto scaling = static_cast<std::size_t>(range.scaling);
      const std::span mean = entry_of(of.scalings, 2 * scaling, of.dim);
      const std::span inverse_sd = entry_of(of.scalings, 2 * scaling + 1, of.dim);
      for (std::size_t d = 0; d < of.dim; ++d) to[d] = (from[d] - mean[d]) * inverse_sd[d];
    }
  }
}

}  // namespace crossfold::train::cuda::twin
