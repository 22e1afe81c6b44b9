#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "crossfold/core/random_stream.h"
#include "crossfold/job/search_dimension.h"

namespace crossfold::sweep {

/// A point of the unit cube of a search space: a coordinate in [0, 1) for each dimension, empty
/// where the dimension does not exist there (SearchDimension::only_if).
using TreePoint = std::vector<std::optional<double>>;

/// A candidate that is complete.
struct ScoredPoint {
  TreePoint point;
  std::optional<double> score;  ///< higher is better; empty where it has none: it ranks last
};

/// A multivariate tree-structured Parzen estimator (Bergstra et al. 2011, section 4; one density
/// over all dimensions as in BOHB, Falkner et al. 2018): it learns where the better candidates lie
/// and draws more there.
///
/// The n completed points are ranked by their scores, of equals the earlier first; nothing but the
/// ranks counts. The best max(n / 10, sqrt(n) / 2), rounded up, at most 25, are the good ones. Two
/// densities over the cube are made of kernels around points and of the uniform density, so that no
/// value is ever impossible: l is that of the good ones, where the weight falls linearly with the
/// rank and the uniform density weighs as two points of mean weight; g that of the others, where
/// its share is half of that. A candidate is the best of 32 draws from l by l / g, with which the
/// expected improvement increases (equation 5 there), and one in 32 is drawn from all of the cube.
/// It joins the others at once, so that a generation spreads out.
///
/// A kernel is a product over the dimensions that its point has. For a number it is Beta(3, 3)
/// scaled to a width, cut at the ends of the cube and normalized; for a choice it is its option or,
/// with some probability, any (Aitchison and Aitken 1976). In a dimension that its point does not
/// have, since that took another branch, it is uniform: so the branches of a choice learn together
/// what they share, and apart what they do not. With n points that have the dimension, and d
/// dimensions that the point has, the deviation of a number is n^(-1 / (d + 4)) / sqrt(12) (Scott
/// 1992, equation 6.42, from the uniform density), around a good one n^(-1.5 / (d + 4)) /
/// sqrt(48), at least 0.01; the probability of any option is 0.8 times the same power of n.
///
/// All of it is sums, products, quotients and square roots, which every processor rounds alike.
/// Of more than 256 others every k-th by rank is taken, so that the time for a candidate is
/// bounded.
class TpeSearch {
 public:
  /// `dimensions` in the order of SearchSpace: a choice before what its branches hold. Points have
  /// one entry for each, with those that exist and no others. The former must outlive this.
  TpeSearch(std::span<const SearchDimension> dimensions, std::span<const ScoredPoint> completed);
  ~TpeSearch();
  TpeSearch(TpeSearch&&) noexcept;
  TpeSearch& operator=(TpeSearch&&) noexcept;

  /// The next point. Those of choices and whole numbers stand in the middle of their value's
  /// interval. A value may come that was drawn before.
  [[nodiscard]] TreePoint next(RandomStream& stream);
  /// One from the uniform density, which every value can come from.
  [[nodiscard]] TreePoint next_uniform(RandomStream& stream) const;

 private:
  [[nodiscard]] TreePoint draw(RandomStream& stream) const;
  class Widths;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace crossfold::sweep
