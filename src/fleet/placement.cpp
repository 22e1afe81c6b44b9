#include "crossfold/fleet/placement.h"

#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

#include "crossfold/core/error.h"

namespace crossfold::fleet {
namespace {

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
  return Launch::alone;
}

bool is_first_rank(const Environment& environment) {
  if (detect_launch(environment) == Launch::alone) return true;
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "SLURM_PROCID"})
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
