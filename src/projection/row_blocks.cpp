#include "row_blocks.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

namespace crossfold::projection {

void for_row_blocks(std::size_t rows, std::size_t block, unsigned threads,
                    const std::function<void(RowRange)>& work) {
  const std::size_t blocks = (rows + block - 1) / block;
  std::atomic<std::size_t> next{0};
  std::exception_ptr thrown;
  std::mutex guard;
  const auto take_blocks = [&] {
    try {
      for (std::size_t b = next++; b < blocks; b = next++)
        work({.begin = b * block, .end = std::min(rows, (b + 1) * block)});
    } catch (...) {
      const std::lock_guard lock(guard);
      if (!thrown) thrown = std::current_exception();
      next = blocks;
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t t = 1; t < std::min<std::size_t>(threads, blocks); ++t)
      others.emplace_back(take_blocks);
    take_blocks();
  }
  if (thrown) std::rethrow_exception(thrown);
}

double sum_over_rows(std::size_t rows, unsigned threads,
                     const std::function<double(RowRange)>& sum) {
  constexpr std::size_t kBlock = 1024;
  std::vector<double> sums((rows + kBlock - 1) / kBlock, 0);
  for_row_blocks(rows, kBlock, threads,
                 [&](RowRange range) { sums[range.begin / kBlock] = sum(range); });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace crossfold::projection
