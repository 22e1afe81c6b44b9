#include "crossfold/fleet/placement.h"

#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

#include "crossfold/core/error.h"

namespace crossfold::fleet {
namespace {

/// Sizes told by launchers that speak neither PMIx nor PMI: MVAPICH, Hydra's own, IBM's jsrun,
/// PALS.
constexpr const char* kOtherSizes[] = {"MV2_COMM_WORLD_SIZE", "MPI_LOCALNRANKS",
                                       "JSM_NAMESPACE_SIZE", "PALS_LOCAL_SIZE"};

std::optional<std::uint32_t> number_in(const Environment& environment, const char* name) {
  const auto text = environment(name);
  if (!text) return std::nullopt;
  std::uint32_t value = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

}  // namespace

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

Launch detect_launch(const Environment& environment) {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"})
    if (environment(name)) return Launch::as_rank;
  const auto tasks = number_in(environment, "SLURM_STEP_NUM_TASKS");
  CF_VALIDATE(!tasks || *tasks < 2, ErrorCode::usage,
              fmt::format("srun started {} tasks without telling them of each other (each would "
                          "take itself for the only one). use 'srun --mpi=pmix' or mpirun",
                          *tasks));
  for (const char* name : kOtherSizes) {
    const auto size = number_in(environment, name);
    CF_VALIDATE(
        !size || *size < 2, ErrorCode::usage,
        fmt::format("a launcher of another MPI started {} processes ({} says so; each would "
                    "take itself for the only one). use Open MPI's mpirun, or 'srun "
                    "--mpi=pmix'",
                    *size, name));
  }
  return Launch::alone;
}

std::optional<std::uint32_t> started_processes(const Environment& environment) {
  // The launcher nearest to MPI first: mpirun may itself be a task of srun.
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"})
    if (const auto size = number_in(environment, name)) return size;
  for (const char* name : kOtherSizes)
    if (const auto size = number_in(environment, name)) return size;
  return std::nullopt;
}

bool is_first_rank(const Environment& environment) {
  if (detect_launch(environment) == Launch::alone) return true;
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"})
    if (const auto rank = environment(name)) return *rank == "0";
  return true;
}

std::optional<std::uint32_t> local_rank(const Environment& environment) {
  const auto open_mpi = number_in(environment, "OMPI_COMM_WORLD_LOCAL_RANK");
  return open_mpi ? open_mpi : number_in(environment, "SLURM_LOCALID");
}

Placement place(std::uint32_t local_worker, std::uint32_t visible_gpus,
                std::span<const int> cores) {
  if (visible_gpus > 0) return {.gpu = local_worker % visible_gpus, .core = {}};
  if (!cores.empty()) return {.gpu = {}, .core = cores[local_worker % cores.size()]};
  return {};
}

}  // namespace crossfold::fleet
