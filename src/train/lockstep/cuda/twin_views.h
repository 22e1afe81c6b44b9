#pragma once

#include <cstddef>
#include <span>

#include "network_bank.h"

// What a twin may touch of the arrays that a launch is told: the numbers of one fit. Where the
// standard library checks its spans (debug builds, sanitizers, twin_bounds_test), a twin that
// leaves them ends the program; an address sanitizer alone would not see it in the next fit's
// numbers.

namespace crossfold::train::cuda::twin {

/// Entry `at` of an array [entries, count].
template <class T>
std::span<T> entry_of(T* array, std::size_t at, std::size_t count) {
  return {array + at * count, count};
}

inline std::span<const FitPlace> all_of(const Places& places) { return {places.at, places.count}; }

}  // namespace crossfold::train::cuda::twin
