#pragma once

#include <algorithm>
#include <chrono>

namespace crossfold::train {

/// How often `work` was done a second in the best of many slices of some milliseconds: what else
/// the machine does slows the others.
template <class Work>
double best_rate(const Work& work) {
  using Clock = std::chrono::steady_clock;
  constexpr double kSliceSeconds = 4e-3;
  constexpr int kSlices = 25;
  work();  // the first one also makes kernels and touches memory
  double best = 0;
  for (int slice = 0; slice < kSlices; ++slice) {
    const auto start = Clock::now();
    double seconds = 0;
    int times = 0;
    while (seconds < kSliceSeconds) {
      work();
      ++times;
      seconds = std::chrono::duration<double>(Clock::now() - start).count();
    }
    best = std::max(best, times / seconds);
  }
  return best;
}

}  // namespace crossfold::train
