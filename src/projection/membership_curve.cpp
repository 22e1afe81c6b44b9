#include <array>
#include <cmath>

#include "crossfold/core/error.h"
#include "crossfold/projection/umap.h"

namespace crossfold::projection {
namespace {

constexpr int kDistances = 300;
constexpr double kFarthest = 3;

/// Squared errors of a curve, with what Gauss and Newton ask for.
struct Fit {
  double error = 0;
  double aa = 0, ab = 0, bb = 0;  ///< J'J
  double a = 0, b = 0;            ///< J'r
};

Fit fit_of(const MembershipCurve& curve, double min_dist) {
  Fit fit;
  for (int i = 0; i < kDistances; ++i) {
    const double d = kFarthest * i / (kDistances - 1);
    const double wanted = d < min_dist ? 1 : std::exp(-(d - min_dist));
    const double power = d == 0 ? 0 : std::pow(d, 2 * curve.b);
    const double value = 1 / (1 + curve.a * power);
    const double by_a = -value * value * power;
    const double by_b = d == 0 ? 0 : -value * value * curve.a * power * 2 * std::log(d);
    const double off = value - wanted;
    fit.error += off * off;
    fit.aa += by_a * by_a;
    fit.ab += by_a * by_b;
    fit.bb += by_b * by_b;
    fit.a += by_a * off;
    fit.b += by_b * off;
  }
  return fit;
}

/// To nine digits, so that a mathematical library's last bit does not reach the map.
double rounded(double value) { return std::round(value * 1e9) / 1e9; }

}  // namespace

MembershipCurve membership_curve(double min_dist) {
  CF_EXPECT(min_dist >= 0 && min_dist <= 1);
  MembershipCurve curve{.a = 1, .b = 1};
  Fit fit = fit_of(curve, min_dist);
  double damping = 1e-3;
  for (int step = 0; step < 200; ++step) {
    const double aa = fit.aa * (1 + damping);
    const double bb = fit.bb * (1 + damping);
    const double determinant = aa * bb - fit.ab * fit.ab;
    const MembershipCurve moved = {.a = curve.a - (bb * fit.a - fit.ab * fit.b) / determinant,
                                   .b = curve.b - (aa * fit.b - fit.ab * fit.a) / determinant};
    const Fit after = fit_of(moved, min_dist);
    if (!(after.error <= fit.error) || moved.a <= 0 || moved.b <= 0) {
      damping *= 10;
      continue;
    }
    const bool is_settled =
        std::abs(moved.a - curve.a) < 1e-13 && std::abs(moved.b - curve.b) < 1e-13;
    curve = moved;
    fit = after;
    damping /= 10;
    if (is_settled) break;
  }
  return {.a = rounded(curve.a), .b = rounded(curve.b)};
}

}  // namespace crossfold::projection
