#include "crossfold/study/worker_setup.h"

#include <fmt/format.h>

#include "crossfold/core/build_info.h"
#include "crossfold/core/error.h"
#include "crossfold/core/host_info.h"
#include "crossfold/core/log.h"
#include "crossfold/fleet/placement.h"
#include "crossfold/job/names.h"
#include "crossfold/train/engine.h"

#include "cohort_trainer.h"

namespace crossfold {
namespace {

fleet::Placement placement_of(const WorkerSetup& setup, std::uint32_t local) {
  return fleet::place(local, static_cast<std::uint32_t>(setup.gpus), setup.cores);
}

ComputeDevice compute_device(const WorkerSetup& setup, const fleet::Placement& placement) {
  return {.instruction_set = setup.instruction_set, .gpu = placement.gpu};
}

}  // namespace

WorkerSetup make_worker_setup(const WorkerChoices& choices, EngineKind engine) {
  const DeviceChoice device = choices.device;
  WorkerSetup setup{.pinning = choices.pinning,
                    .instruction_set = choices.instruction_set,
                    .cores = usable_cores(),
                    .gpus = 0};
  if (engine == EngineKind::lockstep) {
    CF_VALIDATE(
        device != DeviceChoice::cuda, ErrorCode::usage,
        "--device cuda: the lockstep engine cannot use it (its kernels are for processors). "
        "take --device cpu, or --engine reference");
    return setup;
  }
  if (device != DeviceChoice::cpu) setup.gpus = visible_cuda_devices();
  CF_VALIDATE(device != DeviceChoice::cuda || setup.gpus > 0, ErrorCode::usage,
              "--device cuda: no CUDA device can be used (this LibTorch is built without CUDA, or "
              "CUDA_VISIBLE_DEVICES hides all). use --device cpu, or build against a LibTorch with "
              "CUDA");
  return setup;
}

std::string device_of(const WorkerSetup& setup, std::uint32_t local) {
  const fleet::Placement placement = placement_of(setup, local);
  if (placement.gpu || !placement.core || setup.pinning == Pinning::off)
    return name_of(compute_device(setup, placement));
  return fmt::format("cpu core {}", *placement.core);
}

std::string equivalence_class(const Job& job, const WorkerSetup& setup) {
  const BuildInfo build = build_info();
  std::string text = fmt::format("crossfold {} ({}, {}, {})", build.version, build.git_hash,
                                 build.compiler, build.build_type);
  for (const auto& [name, version] : numeric_libraries(job.engine, setup.instruction_set))
    text += fmt::format("; {} {}", name, version);
  return text + fmt::format("; {}; {} engine, 1 thread", setup.gpus > 0 ? "cuda" : "cpu",
                            name_of(job.engine));
}

CohortTrainer make_cohort_trainer(const SharedStudy& study, const EmbeddingViews& embeddings,
                                  const WorkerSetup& setup, std::uint32_t local,
                                  const EngineFactory& engines) {
  const fleet::Placement placement = placement_of(setup, local);
  if (setup.pinning == Pinning::on && placement.core && !pin_this_thread(*placement.core))
    log_warning(fmt::format("cannot pin a worker to core {} (the system refuses). it runs unpinned",
                            *placement.core));
  return {study, embeddings, engines(study.job.engine, compute_device(setup, placement))};
}

Origin origin_of(const Job& job, const WorkerSetup& setup, std::uint32_t local) {
  return {.host = host_info().name,
          .device = device_of(setup, local),
          .equivalence_class = equivalence_class(job, setup)};
}

}  // namespace crossfold
