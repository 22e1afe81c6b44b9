#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "crossfold/core/ids.h"

namespace crossfold {

/// Where a random stream belongs (METHODS 5). Candidate, rank and time are not in the key: all
/// candidates of a split see the same numbers.
struct StreamKey {
  std::uint64_t root_seed = 0;
  SeedIndex seed{};
  FoldIndex fold{};
};

/// A named stream of random numbers: Philox-4x32-10 (Salmon et al. 2011), its key and the upper
/// half of its counter derived by SHA-256 from (root seed, purpose, seed index, fold).
class RandomStream {
 public:
  RandomStream(const StreamKey& key, std::string_view purpose);

  [[nodiscard]] std::uint32_t next_u32();
  [[nodiscard]] std::uint64_t next_u64();
  /// Uniform on [0, 1) with 53 bits.
  [[nodiscard]] double uniform();
  [[nodiscard]] double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Uniform on {0, ..., bound - 1}, without bias; bound > 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);
  /// Standard normal (Box-Muller).
  [[nodiscard]] double normal();

  /// Fisher-Yates: every order equally likely.
  template <class T>
  void shuffle(std::span<T> values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

 private:
  void refill();

  std::array<std::uint32_t, 2> key_{};
  std::array<std::uint32_t, 4> counter_{};
  std::array<std::uint32_t, 4> block_{};
  std::size_t used_ = 4;
  double spare_normal_ = 0;
  bool has_spare_normal_ = false;
};

}  // namespace crossfold
