#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "crossfold/core/random_stream.h"
#include "crossfold/imaging/gray_image.h"

namespace crossfold::test {

/// Soft blobs of all sizes at random places: no two seeds are alike.
inline GrayImage blobs(std::uint64_t seed, int width = 200, int height = 240) {
  RandomStream random({.root_seed = seed}, "test-blobs");
  struct Blob {
    double x, y, radius, weight;
  };
  std::vector<Blob> all;
  all.reserve(220);
  for (int blob = 0; blob < 220; ++blob) {
    const double x = random.uniform(0, width);
    const double y = random.uniform(0, height);
    const double radius = random.uniform(3, blob < 12 ? 60 : 9);
    all.push_back({x, y, radius, random.uniform(-1, 1)});
  }
  GrayImage image{width, height, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      double value = 0;
      for (const Blob& blob : all) {
        const double d = ((x - blob.x) * (x - blob.x) + (y - blob.y) * (y - blob.y)) /
                         (blob.radius * blob.radius);
        if (d < 9) value += blob.weight * std::exp(-d);
      }
      image.pixels.push_back(static_cast<std::uint8_t>(std::clamp(127 + 60 * value, 0.0, 255.0)));
    }
  return image;
}

/// An image of that size, each pixel as `pick(from, x, y)` gives it.
template <class Pick>
GrayImage remade(const GrayImage& from, int width, int height, Pick pick) {
  GrayImage image{width, height, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) image.pixels.push_back(pick(from, x, y));
  return image;
}

}  // namespace crossfold::test
