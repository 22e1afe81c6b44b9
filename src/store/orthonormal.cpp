#include "orthonormal.h"

#include <cmath>
#include <utility>

namespace crossfold {

std::vector<std::vector<double>> orthonormal(std::size_t count, std::size_t dim,
                                             RandomStream random) {
  std::vector<std::vector<double>> vectors;
  const auto dot = [](const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
  };
  while (vectors.size() < count) {
    std::vector<double> v(dim);
    for (double& x : v) x = random.normal();
    for (int pass = 0; pass < 2; ++pass)
      for (const std::vector<double>& u : vectors) {
        const double along = dot(u, v);
        for (std::size_t i = 0; i < dim; ++i) v[i] -= along * u[i];
      }
    const double length = std::sqrt(dot(v, v));
    for (double& x : v) x /= length;
    vectors.push_back(std::move(v));
  }
  return vectors;
}

}  // namespace crossfold
