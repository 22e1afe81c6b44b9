#pragma once

#include <cstdint>

#include "crossfold/imaging/gray_image.h"

namespace crossfold::test {

/// Two dark ellipses on a bright, shaded ground, a little different in each.
struct Chest {
  GrayImage image{48, 40, {}};
  GrayImage mask{48, 40, {}};

  explicit Chest(int number) {
    for (int y = 0; y < 40; ++y)
      for (int x = 0; x < 48; ++x) {
        const auto inside = [&](double middle) {
          const double dx = (x - middle - number % 3) / (7.0 + number % 2);
          const double dy = (y - 20.0 + number % 4) / 13.0;
          return dx * dx + dy * dy < 1;
        };
        const bool lung = inside(13) || inside(34);
        mask.pixels.push_back(lung ? 255 : 0);
        image.pixels.push_back(
            static_cast<std::uint8_t>((lung ? 50 : 170) + (x * 5 + y * 3 + number * 7) % 40));
      }
  }
};

}  // namespace crossfold::test
