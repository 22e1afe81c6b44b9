#include "crossfold/train/engine.h"

#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/solve/one_thread.h"
#include "crossfold/solve/products.h"
#include "crossfold/train/product_rate.h"

#include "cuda_part.h"
#include "lockstep_engine.h"
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

}  // namespace

FitResult Engine::fit(const FitTask& task) {
  std::vector<FitOutcome> outcomes = fit_cohort(std::span(&task, 1));
  CF_ENSURE(outcomes.size() == 1);
  if (outcomes.front().failure) std::rethrow_exception(outcomes.front().failure);
  return std::move(outcomes.front().result);
}

std::unique_ptr<Engine> make_engine(EngineKind kind, const ComputeDevice& device) {
  std::unique_ptr<Engine> reference;
  if (kind == EngineKind::reference)
    reference = train::torch_part().make_reference_engine(device);  // loads what has threads
  solve::use_one_thread();
  if (reference) return reference;
  return train::make_lockstep_engine(device);
}

int visible_cuda_devices(EngineKind kind) {
  if (kind == EngineKind::reference) return train::torch_part().visible_cuda_devices();
  const train::cuda::CudaPart* const part = train::cuda::cuda_part();
  return part == nullptr ? 0 : part->visible_gpus();
}

std::vector<std::pair<std::string, std::string>> numeric_libraries(EngineKind kind,
                                                                   const ComputeDevice& device) {
  std::vector<std::pair<std::string, std::string>> libraries = {
      {std::string(kProductLibrary), solve::product_library()},
      {"instruction set", std::string(name_of(device.instruction_set))}};
  if (kind == EngineKind::lockstep) {
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
