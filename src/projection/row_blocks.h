#pragma once

#include <cstddef>
#include <functional>

namespace crossfold::projection {

struct RowRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Calls `work` for each block of `block` rows of [0, rows), shared over `threads`, the caller's
/// among them. What a block writes must be its own. What `work` throws comes out.
void for_row_blocks(std::size_t rows, std::size_t block, unsigned threads,
                    const std::function<void(RowRange)>& work);

/// Sum over the rows in blocks of 1024, the blocks' sums added in their order: the same bits for
/// any number of threads.
[[nodiscard]] double sum_over_rows(std::size_t rows, unsigned threads,
                                   const std::function<double(RowRange)>& sum);

}  // namespace crossfold::projection
