#include "crossfold/train/engine.h"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/solve/one_thread.h"
#include "crossfold/solve/products.h"
#include "crossfold/train/product_rate.h"

#include "cuda_part.h"
#include "lockstep_engine.h"
#include "solver_engine.h"
#include "torch_part.h"

namespace crossfold {
namespace {

void add_gpu(std::uint32_t gpu, std::vector<std::pair<std::string, std::string>>& libraries) {
  const train::cuda::CudaPart* const part = train::cuda::cuda_part();
  CF_EXPECT(part != nullptr);  // nothing is trained without it
  const train::cuda::GpuFacts facts = part->facts(gpu);
  libraries.emplace_back("gpu", fmt::format("{} ({}, {} multiprocessors)", facts.name,
                                            facts.architecture, facts.processors));
  libraries.emplace_back("cuda", part->toolkit());
  libraries.emplace_back("driver", part->driver());
}

/// Hands each fit to the engine that its candidate's kind names.
class EngineByKind final : public Engine {
 public:
  EngineByKind(EngineKind networks, std::map<EngineKind, std::unique_ptr<Engine>> engines)
      : networks_(networks), engines_(std::move(engines)) {}

  std::vector<FitOutcome> fit_cohort(std::span<const FitTask> cohort) override {
    std::map<EngineKind, std::vector<std::size_t>> places;
    for (std::size_t i = 0; i < cohort.size(); ++i) {
      CF_EXPECT(cohort[i].candidate != nullptr);
      places[engine_of(*cohort[i].candidate, networks_)].push_back(i);
    }
    std::vector<FitOutcome> outcomes(cohort.size());
    for (const auto& [engine, own] : places) {
      std::vector<FitTask> tasks;
      tasks.reserve(own.size());
      for (const std::size_t place : own) tasks.push_back(cohort[place]);
      std::vector<FitOutcome> trained = engines_.at(engine)->fit_cohort(tasks);
      for (std::size_t i = 0; i < own.size(); ++i) outcomes[own[i]] = std::move(trained[i]);
    }
    return outcomes;
  }

 private:
  EngineKind networks_;
  std::map<EngineKind, std::unique_ptr<Engine>> engines_;
};

}  // namespace

FitResult Engine::fit(const FitTask& task) {
  std::vector<FitOutcome> outcomes = fit_cohort(std::span(&task, 1));
  CF_ENSURE(outcomes.size() == 1);
  if (outcomes.front().failure) std::rethrow_exception(outcomes.front().failure);
  return std::move(outcomes.front().result);
}

std::unique_ptr<Engine> make_engine(EngineKind networks, const ComputeDevice& device) {
  CF_EXPECT(networks != EngineKind::solver);
  std::unique_ptr<Engine> reference;
  if (networks == EngineKind::reference)
    reference = train::torch_part().make_reference_engine(device);  // loads what has threads
  solve::use_one_thread();
  std::map<EngineKind, std::unique_ptr<Engine>> engines;
  engines[EngineKind::solver] = train::make_solver_engine(device);
  engines[networks] = reference ? std::move(reference) : train::make_lockstep_engine(device);
  return std::make_unique<EngineByKind>(networks, std::move(engines));
}

int visible_cuda_devices(EngineKind networks) {
  if (networks == EngineKind::reference) return train::torch_part().visible_cuda_devices();
  const train::cuda::CudaPart* const part = train::cuda::cuda_part();
  return part == nullptr ? 0 : part->visible_gpus();
}

std::vector<std::pair<std::string, std::string>> numeric_libraries(EngineKind networks,
                                                                   const ComputeDevice& device) {
  std::vector<std::pair<std::string, std::string>> libraries = {
      {std::string(kProductLibrary), solve::product_library()},
      {"instruction set", std::string(name_of(device.instruction_set))}};
  if (networks == EngineKind::lockstep) {
    if (device.gpu) add_gpu(*device.gpu, libraries);
    return libraries;
  }
  libraries.emplace_back("libtorch", train::torch_part().version());  // brings its BLAS
  const std::optional<solve::OpenBlas> blas = solve::loaded_open_blas();
  libraries.emplace_back("blas", blas ? blas->build : "inside LibTorch");
  libraries.emplace_back("blas kernels", blas ? blas->kernels : "unknown");
  return libraries;
}

}  // namespace crossfold
