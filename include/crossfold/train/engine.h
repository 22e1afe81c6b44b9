#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "crossfold/core/random_stream.h"
#include "crossfold/data/experiment_samples.h"
#include "crossfold/data/splits.h"
#include "crossfold/job/job.h"
#include "crossfold/plan/fit_result.h"

namespace crossfold {

/// Everything one fit is trained from. Views: the caller keeps what they point to alive.
struct FitTask {
  const Experiment* experiment = nullptr;
  const Candidate* candidate = nullptr;
  const ExperimentSamples* samples = nullptr;
  const Split* split = nullptr;
  StreamKey key;                     ///< of the streams "init" and "order"
  std::span<const float> embedding;  ///< [N, dim], row-major, all rows of the store
  std::size_t dim = 0;
  bool keep_predictions = false;
  bool keep_curves = false;
  bool keep_features = false;
  /// Looked at before every epoch: once true, the fit ends with Error{stopped}. Null: never.
  const std::atomic<bool>* cancel = nullptr;
};

/// Trains fits one at a time on one device. Not shared between threads.
class Engine {
 public:
  virtual ~Engine() = default;
  /// Scores, facts and artefacts (the id is the caller's to fill in). Throws Error when the fit
  /// fails: a loss that is not finite, no memory, a label with a single level; Error{stopped} when
  /// it was cancelled.
  [[nodiscard]] virtual FitResult fit(const FitTask& task) = 0;
};

/// The reference engine (DESIGN 4): LibTorch modules, autograd, torch::optim::AdamW. `device` is
/// "cpu" or "cuda:N"; Error{usage} when this LibTorch cannot use it. Sets the calling thread's
/// LibTorch and BLAS threads to one, so call it in the thread that trains.
[[nodiscard]] std::unique_ptr<Engine> make_reference_engine(const std::string& device);

/// CUDA devices this LibTorch can use; 0 for a build without CUDA.
[[nodiscard]] int visible_cuda_devices();

/// Names and versions of the libraries the numbers hang on (LibTorch, BLAS and its kernels), in a
/// fixed order, for provenance and the equivalence class.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> numeric_libraries();

}  // namespace crossfold
