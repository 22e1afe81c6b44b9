#pragma once

#include <cstdint>

namespace crossfold::test {

/// Knuth's 64-bit linear congruential generator, which the recording scripts repeat bit by bit.
class Lcg {
 public:
  explicit Lcg(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return state_ >> 40;
  }
  /// On [0, 1), exact in float32.
  double uniform() { return static_cast<double>(next()) / 16777216.0; }

 private:
  std::uint64_t state_;
};

}  // namespace crossfold::test
