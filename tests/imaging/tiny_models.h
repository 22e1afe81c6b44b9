#pragma once

#include <filesystem>

#include "crossfold/imaging/gray_image.h"

namespace crossfold::test {

/// The models of make_tiny_model.py, and what PyTorch computed with them.
inline const std::filesystem::path models_folder =
    std::filesystem::path(CROSSFOLD_TEST_DATA) / "models";

/// The image that it computed them for.
inline GrayImage models_pattern() {
  GrayImage image{48, 32, {}};
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 48; ++x)
      image.pixels.push_back(static_cast<std::uint8_t>((x * 7 + y * 13 + x * y) % 256));
  return image;
}

}  // namespace crossfold::test
