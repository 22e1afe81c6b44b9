#pragma once

#include <cstdint>

namespace crossfold {

/// How values of interest become grays (DICOM PS3.3 C.11.2.1).
struct VoiWindow {
  enum class Shape {
    linear,        ///< C.11.2.1.2.1
    linear_exact,  ///< C.11.2.1.3.2
    sigmoid,       ///< C.11.2.1.3.1
  };
  double center = 0;
  double width = 1;  ///< at least 1 for linear, above 0 otherwise
  Shape shape = Shape::linear;

  /// 0 to 255, rounded to the nearest, halves up.
  [[nodiscard]] std::uint8_t gray(double value) const;
};

}  // namespace crossfold
