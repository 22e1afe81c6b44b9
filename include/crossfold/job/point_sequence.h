#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "crossfold/job/sweep_settings.h"

namespace crossfold {

/// A Sobol sequence in Gray-code order (Sobol 1967; Antonov and Saleev 1979) with the direction
/// numbers of Joe and Kuo 2008: 32 binary digits of each coordinate. The first point is 0, so that
/// the first 2^k points are a net.
class SobolSequence {
 public:
  /// Of 1 to 3,667 dimensions.
  explicit SobolSequence(std::size_t dimensions);
  ~SobolSequence();
  SobolSequence(SobolSequence&&) noexcept;
  SobolSequence& operator=(SobolSequence&&) noexcept;

  /// The digits of the next point; there are 2^32 points. `digits` has one for each dimension.
  void next(std::span<std::uint32_t> digits);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Nested uniform scrambling of 32 binary digits (Owen 1995): each digit is flipped or not, by
/// chance, for each value of the digits before it. The bits come from a hash of (key, digits
/// before), so that no tree is kept. Keeps nets nets, and makes each point uniform.
[[nodiscard]] std::uint32_t scrambled_digits(std::uint32_t digits, std::uint64_t key);

/// Points of the unit cube [0, 1)^d, one after another.
class PointSequence {
 public:
  virtual ~PointSequence() = default;
  /// `point` has one coordinate for each dimension.
  virtual void next(std::span<double> point) = 0;
};

/// The points that a sampler draws. Point i depends on `root_seed`, the dimensions and i alone
/// (random stream `sweep`): asking for more continues the same sequence, and equal spaces give
/// equal candidates in all experiments. `tpe` starts as `sobol`, which is scrambled; `grid` has
/// none (Error{internal}).
[[nodiscard]] std::unique_ptr<PointSequence> make_point_sequence(Sampler sampler,
                                                                 std::size_t dimensions,
                                                                 std::uint64_t root_seed);

}  // namespace crossfold
