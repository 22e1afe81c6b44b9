#include "dice.h"

#include <cstddef>

#include "crossfold/core/error.h"

namespace crossfold {

double dice(const GrayImage& a, const GrayImage& b) {
  CF_EXPECT(a.width == b.width && a.height == b.height);
  std::size_t both = 0;
  std::size_t sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    both += a.pixels[i] != 0 && b.pixels[i] != 0 ? 1 : 0;
    sum += (a.pixels[i] != 0 ? 1U : 0U) + (b.pixels[i] != 0 ? 1U : 0U);
  }
  return sum == 0 ? 1 : 2 * static_cast<double>(both) / static_cast<double>(sum);
}

}  // namespace crossfold
