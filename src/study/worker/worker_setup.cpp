#include "crossfold/study/worker_setup.h"

#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/build_info.h"
#include "crossfold/core/error.h"
#include "crossfold/core/host_info.h"
#include "crossfold/core/log.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/fleet/placement.h"
#include "crossfold/job/names.h"
#include "crossfold/train/engine.h"

#include "cohort_trainer.h"

namespace crossfold {
namespace {

fleet::Placement placement_of(const WorkerSetup& setup, std::uint32_t local) {
  return fleet::place(local, static_cast<std::uint32_t>(setup.gpus), setup.cores);
}

/// What the lockstep engine's kernels for GPUs do not know of a candidate.
std::vector<std::string_view> beyond_gpus(const Experiment& experiment,
                                          const Candidate& candidate) {
  std::vector<std::string_view> beyond;
  const auto adversaries = adversaries_of(candidate);
  if (adversaries.size() > 1 ||
      (!adversaries.empty() && adversaries.front().of != name_of(Label::domain)))
    beyond.emplace_back("another adversary than the domain alone");
  if (!experiment.weights.empty() && is_network(candidate))
    beyond.emplace_back("weights in its loss");
  return beyond;
}

ComputeDevice compute_device(const WorkerSetup& setup, const fleet::Placement& placement) {
  return {.instruction_set = setup.instruction_set, .gpu = placement.gpu};
}

}  // namespace

void check_gpus_can_train(const Job& job) {
  ValidationErrors errors;
  for (const Experiment& experiment : job.experiments)
    for (const Candidate& candidate : experiment.candidates)
      for (const std::string_view beyond : beyond_gpus(experiment, candidate))
        errors.add("", fmt::format("candidate '{}' of experiment '{}' has {} (the lockstep "
                                   "engine's kernels for GPUs cannot do that yet). use --device "
                                   "cpu, or the reference engine",
                                   candidate.name, experiment.name, beyond));
  errors.throw_if_any(ErrorCode::usage, "--device cuda");
}

WorkerSetup make_worker_setup(const WorkerChoices& choices, const Job& job) {
  const DeviceChoice device = choices.device;
  WorkerSetup setup{.pinning = choices.pinning,
                    .instruction_set = choices.instruction_set,
                    .cores = usable_cores(),
                    .gpus = 0};
  // The lockstep engine's kernels for GPUs are proven on their twins alone: they are to be asked
  // for.
  const bool takes_gpus =
      device == DeviceChoice::cuda || (device == DeviceChoice::automatic && has_networks(job) &&
                                       network_engine(job) == EngineKind::reference);
  if (takes_gpus) setup.gpus = visible_cuda_devices(network_engine(job));
  CF_VALIDATE(
      device != DeviceChoice::cuda || setup.gpus > 0, ErrorCode::usage,
      network_engine(job) == EngineKind::reference
          ? "--device cuda: no CUDA device can be used (this LibTorch is built without CUDA, "
            "or CUDA_VISIBLE_DEVICES hides all). use --device cpu, or build against a "
            "LibTorch with CUDA"
          : "--device cuda: no GPU can be used (this program is built without CUDA, or there "
            "is no driver, or CUDA_VISIBLE_DEVICES hides all). use --device cpu; 'crossfold "
            "doctor' says what it sees");
  if (setup.gpus == 0 || network_engine(job) != EngineKind::lockstep) return setup;
  check_gpus_can_train(job);
  log_warning(
      "no GPU has run the lockstep engine's kernels yet, only their twins on processors. "
      "compare some fits with those of --device cpu before you believe them");
  return setup;
}

std::string device_of(const WorkerSetup& setup, std::uint32_t local) {
  const fleet::Placement placement = placement_of(setup, local);
  if (placement.gpu || !placement.core || setup.pinning == Pinning::off)
    return name_of(compute_device(setup, placement));
  return fmt::format("cpu core {}", *placement.core);
}

std::string equivalence_class(const Job& job, const WorkerSetup& setup, std::uint32_t local) {
  const BuildInfo build = build_info();
  std::string text = fmt::format("crossfold {} ({}, {}, {})", build.version, build.git_hash,
                                 build.compiler, build.build_type);
  for (const auto& [name, version] :
       numeric_libraries(network_engine(job), compute_device(setup, placement_of(setup, local))))
    text += fmt::format("; {} {}", name, version);
  return text + fmt::format("; {}; {} engine, 1 thread", setup.gpus > 0 ? "cuda" : "cpu",
                            name_of(network_engine(job)));
}

CohortTrainer make_cohort_trainer(const SharedStudy& study, const EmbeddingViews& embeddings,
                                  const WorkerSetup& setup, std::uint32_t local,
                                  const EngineFactory& engines) {
  const fleet::Placement placement = placement_of(setup, local);
  if (setup.pinning == Pinning::on && placement.core && !pin_this_thread(*placement.core))
    log_warning(fmt::format("cannot pin a worker to core {} (the system refuses). it runs unpinned",
                            *placement.core));
  if (placement.gpu && local >= static_cast<std::uint32_t>(setup.gpus))
    log_warning(fmt::format(
        "GPU {} is shared by several ranks of this node (which has fewer GPUs than ranks): each "
        "takes its part of the memory, and all are slower. start as many ranks as there are GPUs",
        *placement.gpu));
  return {study, embeddings, engines(network_engine(study.job), compute_device(setup, placement))};
}

Origin origin_of(const Job& job, const WorkerSetup& setup, std::uint32_t local) {
  return {.host = host_info().name,
          .device = device_of(setup, local),
          .equivalence_class = equivalence_class(job, setup, local)};
}

}  // namespace crossfold
