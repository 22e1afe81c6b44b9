#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace crossfold::fleet {

/// Looks up an environment variable; nothing when it is not set.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// The process's own.
[[nodiscard]] Environment process_environment();

enum class Launch {
  alone,    ///< started by hand: MPI is not touched
  as_rank,  ///< started by mpirun, or by srun with an MPI plug-in
};

/// How this process was started. Error{usage} where a launcher started several tasks without
/// telling MPI of each other (`srun --mpi=none`, those of other MPIs): each would take itself for
/// the only one.
[[nodiscard]] Launch detect_launch(const Environment& environment);

/// How many processes the launcher says it started; nothing where it does not say. What MPI finds
/// is to be compared with it: a launcher that MPI does not know leaves every process alone.
[[nodiscard]] std::optional<std::uint32_t> started_processes(const Environment& environment);

/// Whether this is rank 0, as the launcher says it: nothing else knows before MPI starts. True for
/// a process started alone.
[[nodiscard]] bool is_first_rank(const Environment& environment);

/// This rank's number among those of its node, as the launcher tells: Open MPI's is preferred,
/// because under mpirun within a Slurm job SLURM_LOCALID is the same for all. Nothing if it does
/// not tell.
[[nodiscard]] std::optional<std::uint32_t> local_rank(const Environment& environment);

/// Where a worker computes: on one GPU, or on one core.
struct Placement {
  std::optional<std::uint32_t> gpu;  ///< index among the devices this process sees
  std::optional<int> core;
};

/// Spreads the workers of a node over its devices in turn. `visible_gpus` is what the GPU library
/// counts in this process, so CUDA_VISIBLE_DEVICES is respected, and where the launcher gave each
/// rank one device, each takes its device 0. Without GPUs: over `cores`, those usable by this
/// process (none: no core is chosen).
[[nodiscard]] Placement place(std::uint32_t local_worker, std::uint32_t visible_gpus,
                              std::span<const int> cores);

}  // namespace crossfold::fleet
