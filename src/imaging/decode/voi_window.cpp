#include "voi_window.h"

#include <algorithm>
#include <cmath>

namespace crossfold {
namespace {

double share_of_range(const VoiWindow& window, double value) {
  switch (window.shape) {
    case VoiWindow::Shape::linear: {
      const double middle = window.center - 0.5;
      const double span = window.width - 1;
      if (value <= middle - span / 2) return 0;
      if (value > middle + span / 2) return 1;
      return (value - middle) / span + 0.5;
    }
    case VoiWindow::Shape::linear_exact:
      return (value - window.center) / window.width + 0.5;
    case VoiWindow::Shape::sigmoid:
      return 1 / (1 + std::exp(-4 * (value - window.center) / window.width));
  }
  return 0;
}

}  // namespace

std::uint8_t VoiWindow::gray(double value) const {
  const double share = std::clamp(share_of_range(*this, value), 0.0, 1.0);
  return static_cast<std::uint8_t>(std::floor(255 * share + 0.5));
}

}  // namespace crossfold
