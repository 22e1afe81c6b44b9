#pragma once

#include <new>

namespace crossfold::train {

/// The memory of a device does not suffice for what a cohort needs there; a smaller cohort may fit.
class OutOfDeviceMemory : public std::bad_alloc {
 public:
  [[nodiscard]] const char* what() const noexcept override {
    return "the memory of the GPU does not suffice";
  }
};

}  // namespace crossfold::train
