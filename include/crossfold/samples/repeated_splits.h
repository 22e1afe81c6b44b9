#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "crossfold/core/hash.h"
#include "crossfold/core/ids.h"

namespace crossfold {

/// Splits of repeated cross-validation that hold the same samples out. Few groups can be dealt in
/// few ways: what looks like five times ten splits may be ten.
struct RepeatedSplits {
  std::size_t splits = 0;
  std::size_t distinct = 0;
  /// Seeds, ascending, whose splits are the same ones, in whatever order: two or more each.
  std::vector<std::vector<SeedIndex>> same_seeds = {};

  /// Whether means over the splits are worth visibly less than they seem: seeds are the same, or
  /// over a tenth of the splits repeat others (an error that falls as 1/sqrt(n) is 5 % too small
  /// then). Fewer meet by chance.
  [[nodiscard]] bool matters() const {
    return !same_seeds.empty() || 10 * (splits - distinct) > splits;
  }
};

/// Compares the splits of an experiment by what they hold out: all else of the pool trains.
class SplitComparison {
 public:
  void add(SeedIndex seed, std::span<const std::uint32_t> test);
  [[nodiscard]] RepeatedSplits repeated() const;

 private:
  std::map<SeedIndex, std::vector<Digest>> splits_;
};

/// Which seeds deal the same folds: "seeds 0, 1 and 2, as do seeds 3 and 4"; of many the first.
/// Empty where no two do.
[[nodiscard]] std::string text_of_seeds(const RepeatedSplits& repeated);

}  // namespace crossfold
