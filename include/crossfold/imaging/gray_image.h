#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace crossfold {

/// A gray image of 8 bits: `pixels[y * width + x]`, 0 black, rows from the top.
struct GrayImage {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;  ///< width * height of them

  [[nodiscard]] std::uint8_t at(int x, int y) const {
    return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
  }
  bool operator==(const GrayImage&) const = default;
};

}  // namespace crossfold
