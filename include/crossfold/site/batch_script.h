#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/core/validation_errors.h"

namespace crossfold::site {

/// How ranks are started inside an allocation.
enum class Launcher {
  mpirun,  ///< Open MPI's, which lets the others go on when a rank dies
  srun,    ///< Slurm's, with its PMIx plug-in
};

/// What a batch script is made of. Texts may hold anything a file name can, but for line breaks in
/// those that Slurm reads.
struct BatchOptions {
  std::string name;                    ///< of the job
  std::string program;                 ///< crossfold, absolute
  std::vector<std::string> arguments;  ///< of `crossfold run`, the job file first
  std::uint32_t nodes = 1;
  std::optional<std::uint32_t> cores_per_node;  ///< neither: whole nodes, a rank on each core
  std::optional<std::uint32_t> gpus_per_node;   ///< a rank on each
  std::optional<std::string> time;  ///< core/duration.h's forms; a number alone is minutes
  std::optional<std::string> partition;
  std::optional<std::string> account;
  std::optional<std::uint32_t> shards;   ///< an array of so many independent runs
  std::optional<std::uint32_t> at_once;  ///< array tasks that may run at a time
  std::uint32_t grace_s = 120;           ///< between Slurm's signal and the time limit
  std::uint32_t max_restarts = 20;
  Launcher launcher = Launcher::mpirun;
  std::string container;             ///< shell words before the program: "apptainer exec my.sif"
  std::optional<std::string> setup;  ///< a shell file that the script sources first
  std::optional<std::string> log;    ///< Slurm's file name pattern
  std::vector<std::string> more;     ///< options of sbatch, as they stand
};

/// One word for a shell, whatever it holds.
[[nodiscard]] std::string shell_word(std::string_view text);

/// Adds everything that cannot stand in a script, and options that exclude each other.
void check_batch_options(const BatchOptions& options, ValidationErrors& errors);

/// slurm/run.sbatch.in, filled in. Error{usage} naming everything that cannot stand in a script.
[[nodiscard]] std::string batch_script(const BatchOptions& options);

}  // namespace crossfold::site
