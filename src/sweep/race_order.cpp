#include "crossfold/sweep/race_order.h"

#include <cstddef>
#include <numeric>
#include <span>

#include "crossfold/core/random_stream.h"

namespace crossfold::sweep {

std::vector<SplitPosition> race_order(std::uint64_t root_seed, std::uint32_t seeds,
                                      std::uint32_t folds) {
  RandomStream stream({.root_seed = root_seed}, "race");
  std::vector<std::vector<std::uint32_t>> folds_of(seeds);
  for (std::vector<std::uint32_t>& dealt : folds_of) {
    dealt.resize(folds);
    std::iota(dealt.begin(), dealt.end(), 0U);
    stream.shuffle(std::span(dealt));
  }
  std::vector<SplitPosition> order;
  order.reserve(std::size_t{seeds} * folds);
  for (std::uint32_t block = 0; block < folds; ++block) {
    const std::size_t start = order.size();
    for (std::uint32_t seed = 0; seed < seeds; ++seed)
      order.push_back({.seed = SeedIndex(seed), .fold = FoldIndex(folds_of[seed][block])});
    stream.shuffle(std::span(order).subspan(start));
  }
  return order;
}

}  // namespace crossfold::sweep
