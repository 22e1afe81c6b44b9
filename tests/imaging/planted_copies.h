#pragma once

#include <string>

#include "crossfold/core/random_stream.h"
#include "crossfold/imaging/gray_image.h"

namespace crossfold::test {

/// A copy of a film as other collections hold it.
struct PlantedCopy {
  std::string file;  ///< the bytes of a PNG or JPEG file
  std::string how;   ///< what was done, in words
};

/// Any combination of these, at least one: cut to 80 to 100 % of its width and of its height, at
/// any place; rescaled to 60 to 160 %; left and right exchanged; gamma from 1/2 to 2; JPEG of
/// quality 40 to 95. All are drawn from `random` alone.
[[nodiscard]] PlantedCopy planted_copy(const GrayImage& film, RandomStream& random);

}  // namespace crossfold::test
