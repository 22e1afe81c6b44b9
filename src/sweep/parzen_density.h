#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "crossfold/core/random_stream.h"
#include "crossfold/job/search_dimension.h"
#include "crossfold/sweep/tpe.h"

namespace crossfold::sweep {

/// A mixture of kernels around points of a search space and of the uniform density (tpe.h).
class ParzenDensity {
 public:
  /// The uniform density alone, with this weight. `dimensions` must outlive it.
  ParzenDensity(std::span<const SearchDimension> dimensions, double uniform_weight);

  /// A kernel around `point`, with a width in (0, inf) for each of its dimensions: of a number the
  /// standard deviation of the kernel before it is cut, of a choice the probability of any option.
  void add(const TreePoint& point, std::span<const double> widths, double weight);

  /// The density relative to the uniform one.
  [[nodiscard]] double at(const TreePoint& point) const;
  [[nodiscard]] TreePoint sample(RandomStream& stream) const;
  [[nodiscard]] TreePoint sample_uniform(RandomStream& stream) const;

 private:
  /// A kernel in one dimension: around a number height (1 - ((x - centre) / reach)^2)^2, cut at 0;
  /// around an option, `height` there and `floor` elsewhere. Uniform where the point has none.
  struct Kernels {
    std::vector<double> centre, inverse_reach, height, floor;  ///< [kernels]
  };

  void multiply(std::size_t dimension, double coordinate, std::vector<double>& products) const;
  [[nodiscard]] double draw(std::size_t dimension, std::size_t kernel, RandomStream& stream) const;
  /// Walks down the tree with a coordinate from `draw(dimension)` for each dimension that exists.
  template <class Draw>
  [[nodiscard]] TreePoint walk(Draw draw) const;

  std::span<const SearchDimension> dimensions_;
  std::vector<Kernels> kernels_;  ///< [dimensions]
  std::vector<double> weights_;   ///< [kernels]
  double uniform_weight_;
  double sum_;  ///< of all weights
};

/// The coordinate in the middle of its value's interval, for a choice or a whole number; else as it
/// is.
[[nodiscard]] double snapped(const SearchDimension& dimension, double coordinate);

}  // namespace crossfold::sweep
