#pragma once

#include <algorithm>
#include <chrono>

namespace crossfold::mpi {

/// How long to sleep before looking again when nothing has come for `quiet`: a sixteenth of it,
/// 20 us to 5 ms. So looking late costs little beside the wait itself (with naps that double, two
/// ranks that wait for each other in turn drive each other to the longest nap), and a rank that
/// has waited for long costs 0.4 % of a core.
[[nodiscard]] inline std::chrono::microseconds nap_after(
    std::chrono::steady_clock::duration quiet) {
  using std::chrono::microseconds;
  return std::clamp(std::chrono::duration_cast<microseconds>(quiet / 16), microseconds(20),
                    microseconds(5000));
}

}  // namespace crossfold::mpi
