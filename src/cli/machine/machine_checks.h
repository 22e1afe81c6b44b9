#pragma once

#include <vector>

#include "crossfold/site/finding.h"

namespace crossfold::cli {

/// Whether mpirun is there, fits this program and starts ranks that find each other: tried with two
/// of them, which run `doctor --ranks`. Then, in some seconds, whether they outlive one another and
/// with which option of mpirun (`doctor --lose-rank`).
[[nodiscard]] std::vector<site::Finding> check_mpi();
/// As one rank of several: prints a line that says which GPU or core it would train on. Where no
/// GPU can be used, those that the launcher gives this rank (CUDA_VISIBLE_DEVICES) count as well.
[[nodiscard]] int describe_rank();

/// As one rank of several: all but rank 0 are killed, by themselves. Rank 0 says so if it is still
/// there some seconds later.
[[nodiscard]] int lose_a_rank();

/// GPUs that this process sees.
[[nodiscard]] std::vector<site::Finding> check_devices();
/// Cores that workers may use, and room for a node's copy of the matrices.
[[nodiscard]] std::vector<site::Finding> check_threads();

}  // namespace crossfold::cli
