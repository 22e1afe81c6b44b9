#pragma once

#include <string>

namespace crossfold {

/// The Slurm job that this process belongs to.
struct SlurmJob {
  std::string id;          ///< "1234", of a task of an array "1234_5"; empty outside of Slurm
  bool restarted = false;  ///< Slurm has begun it anew: it was preempted, or its node was lost
};

/// As the environment says (SLURM_JOB_ID and others).
[[nodiscard]] SlurmJob slurm_job();

}  // namespace crossfold
