#include "parzen_density.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "crossfold/core/error.h"

namespace crossfold::sweep {
namespace {

constexpr double kLargestCoordinate = 1 - 0x1.0p-53;

/// How many intervals of one value the cube is cut into; 0 for an interval of numbers.
double values_of(const SearchDimension& dimension) {
  switch (dimension.kind) {
    case DimensionKind::choice:
      return static_cast<double>(dimension.options);
    case DimensionKind::whole:
      return dimension.high - dimension.low + 1;
    case DimensionKind::uniform:
    case DimensionKind::log:
      return 0;
  }
  return 0;
}

/// Probability below x of 15/16 (1 - u^2)^2 on [-1, 1].
double biweight_below(double x) {
  const double u = std::clamp(x, -1.0, 1.0);
  const double square = u * u;
  return 0.5 + 15.0 / 16.0 * u * (1 - square * (2.0 / 3.0 - square / 5));
}

/// A draw from that density: the median of five uniform numbers is Beta(3, 3).
double draw_biweight(RandomStream& stream) {
  std::array<double, 5> numbers{};
  for (double& number : numbers) number = stream.uniform(-1, 1);
  std::nth_element(numbers.begin(), numbers.begin() + 2, numbers.end());
  return numbers[2];
}

}  // namespace

double snapped(const SearchDimension& dimension, double coordinate) {
  const double values = values_of(dimension);
  if (values == 0) return coordinate;
  return (std::min(values - 1, std::floor(coordinate * values)) + 0.5) / values;
}

ParzenDensity::ParzenDensity(std::span<const SearchDimension> dimensions, double uniform_weight)
    : dimensions_(dimensions),
      kernels_(dimensions.size()),
      uniform_weight_(uniform_weight),
      sum_(uniform_weight) {}

void ParzenDensity::add(const TreePoint& point, std::span<const double> widths, double weight) {
  constexpr double kReach = 2.6457513110645907;  // sqrt(7): of the kernel with deviation 1
  CF_EXPECT(point.size() == dimensions_.size() && widths.size() == dimensions_.size());
  for (std::size_t j = 0; j < dimensions_.size(); ++j) {
    double centre = 0, inverse_reach = 0, height = 1, floor = 1;
    if (point[j] && dimensions_[j].kind == DimensionKind::choice) {
      const auto options = static_cast<double>(dimensions_[j].options);
      centre = snapped(dimensions_[j], *point[j]);
      floor = std::min(1.0, widths[j]);
      height = options * (1 - floor) + floor;
    } else if (point[j]) {
      centre = snapped(dimensions_[j], *point[j]);
      const double reach = kReach * widths[j];
      inverse_reach = 1 / reach;
      const double inside =
          biweight_below((1 - centre) * inverse_reach) - biweight_below(-centre * inverse_reach);
      height = 15.0 / 16.0 * inverse_reach / inside;
    }
    kernels_[j].centre.push_back(centre);
    kernels_[j].inverse_reach.push_back(inverse_reach);
    kernels_[j].height.push_back(height);
    kernels_[j].floor.push_back(floor);
  }
  weights_.push_back(weight);
  sum_ += weight;
}

void ParzenDensity::multiply(std::size_t dimension, double coordinate,
                             std::vector<double>& products) const {
  const Kernels& kernels = kernels_[dimension];
  if (dimensions_[dimension].kind == DimensionKind::choice) {
    for (std::size_t i = 0; i < products.size(); ++i)
      products[i] *= kernels.centre[i] == coordinate ? kernels.height[i] : kernels.floor[i];
    return;
  }
  for (std::size_t i = 0; i < products.size(); ++i) {
    const double u = (coordinate - kernels.centre[i]) * kernels.inverse_reach[i];
    const double inside = std::max(0.0, 1 - u * u);
    products[i] *= kernels.height[i] * inside * inside;
  }
}

double ParzenDensity::at(const TreePoint& point) const {
  std::vector<double> products = weights_;
  for (std::size_t j = 0; j < dimensions_.size(); ++j)
    if (point[j]) multiply(j, *point[j], products);
  double density = uniform_weight_;
  for (const double product : products) density += product;
  return density / sum_;
}

double ParzenDensity::draw(std::size_t dimension, std::size_t kernel, RandomStream& stream) const {
  const Kernels& kernels = kernels_[dimension];
  const double inverse_reach = kernels.inverse_reach[kernel];
  if (dimensions_[dimension].kind == DimensionKind::choice &&
      stream.uniform() >= kernels.floor[kernel])
    return kernels.centre[kernel];
  if (inverse_reach == 0) return stream.uniform();
  while (true) {
    const double coordinate = kernels.centre[kernel] + draw_biweight(stream) / inverse_reach;
    if (coordinate >= 0 && coordinate <= kLargestCoordinate) return coordinate;
  }
}

template <class Draw>
TreePoint ParzenDensity::walk(Draw draw) const {
  TreePoint point(dimensions_.size());
  for (std::size_t j = 0; j < dimensions_.size(); ++j) {
    if (const auto& only_if = dimensions_[j].only_if) {
      const std::optional<double>& parent = point[only_if->dimension];
      const auto options = static_cast<double>(dimensions_[only_if->dimension].options);
      if (!parent || static_cast<std::size_t>(*parent * options) != only_if->option) continue;
    }
    point[j] = snapped(dimensions_[j], draw(j));
  }
  return point;
}

TreePoint ParzenDensity::sample(RandomStream& stream) const {
  double chosen = stream.uniform() * sum_ - uniform_weight_;
  if (weights_.empty() || chosen < 0) return sample_uniform(stream);
  std::size_t kernel = 0;
  while (kernel + 1 < weights_.size() && chosen >= weights_[kernel]) chosen -= weights_[kernel++];
  return walk([&](std::size_t dimension) { return draw(dimension, kernel, stream); });
}

TreePoint ParzenDensity::sample_uniform(RandomStream& stream) const {
  return walk([&](std::size_t) { return stream.uniform(); });
}

}  // namespace crossfold::sweep
