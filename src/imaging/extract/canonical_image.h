#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace crossfold {

/// The square that the texture blocks are taken from (texture_extractor.h).
struct CanonicalImage {
  static constexpr int kSide = 128;
  std::array<std::uint8_t, static_cast<std::size_t>(kSide) * kSide> pixels{};

  [[nodiscard]] int at(int x, int y) const {
    return pixels[static_cast<std::size_t>(y) * kSide + static_cast<std::size_t>(x)];
  }
};

}  // namespace crossfold
