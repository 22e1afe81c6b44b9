#include "crossfold/train/engine.h"

#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/solve/one_thread.h"
#include "crossfold/solve/products.h"
#include "crossfold/train/product_rate.h"

#include "lockstep_engine.h"
#include "torch_part.h"

namespace crossfold {

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
  CF_VALIDATE(
      !device.gpu, ErrorCode::usage,
      fmt::format("the lockstep engine cannot train on {} (its kernels are for processors). "
                  "take --device cpu, or --engine reference",
                  name_of(device)));
  return train::make_lockstep_engine(device.instruction_set);
}

int visible_cuda_devices() { return train::torch_part().visible_cuda_devices(); }

std::vector<std::pair<std::string, std::string>> numeric_libraries(EngineKind kind,
                                                                   InstructionSet set) {
  std::vector<std::pair<std::string, std::string>> libraries = {
      {std::string(kProductLibrary), solve::product_library()},
      {"instruction set", std::string(name_of(set))}};
  if (kind == EngineKind::lockstep) return libraries;
  libraries.emplace_back("libtorch", train::torch_part().version());  // brings its BLAS
  const std::optional<solve::OpenBlas> blas = solve::loaded_open_blas();
  libraries.emplace_back("blas", blas ? blas->build : "inside LibTorch");
  libraries.emplace_back("blas kernels", blas ? blas->kernels : "unknown");
  return libraries;
}

}  // namespace crossfold
