#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "crossfold/core/random_stream.h"
#include "crossfold/job/job.h"
#include "crossfold/plan/fit_result.h"
#include "crossfold/samples/experiment_samples.h"
#include "crossfold/samples/splits.h"
#include "crossfold/train/compute_device.h"

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

/// What became of one fit: a result, or what it threw.
struct FitOutcome {
  FitResult result;            ///< scores, facts and artefacts; the id is the caller's to fill in
  std::exception_ptr failure;  ///< Error, or bad_alloc; null: the fit succeeded
};

/// Trains fits on one device. Not shared between threads.
class Engine {
 public:
  virtual ~Engine() = default;
  /// Trains the fits of a cohort, which share embedding and batch size; their splits may differ
  /// (those that the plan forms have one, see Cohort in plan/plan.h). One that fails leaves the
  /// others as they are: a loss that is not finite, no memory, a label with a single level. A fit's
  /// numbers do not depend on its cohort. Outcomes in the order of the tasks. Throws DeviceLost.
  [[nodiscard]] virtual std::vector<FitOutcome> fit_cohort(std::span<const FitTask> cohort) = 0;

  /// A cohort of one; throws what it failed with.
  [[nodiscard]] FitResult fit(const FitTask& task);
};

/// An engine for candidates of all kinds: linear models are solved, networks are trained by the
/// engine asked for, the reference engine (METHODS 7: LibTorch modules, autograd,
/// torch::optim::AdamW) or the lockstep engine. Both run on the processor or on a GPU, the
/// reference engine with a LibTorch built for CUDA; Error{usage} when it cannot use `device`. Sets
/// the calling thread's LibTorch, BLAS and OpenMP threads to one, so call it in the thread that
/// trains.
[[nodiscard]] std::unique_ptr<Engine> make_engine(EngineKind networks, const ComputeDevice& device);

/// Makes engines as make_engine does; another one only in tests and planted cases.
using EngineFactory =
    std::function<std::unique_ptr<Engine>(EngineKind, const ComputeDevice& device)>;

/// GPUs that the engine can use in this process; 0 where it is built without CUDA or there is no
/// driver.
[[nodiscard]] int visible_cuda_devices(EngineKind networks);

/// Names and versions of the libraries an engine's numbers hang on (the product library; for the
/// reference engine LibTorch, BLAS and its kernels too), the instruction set, and of a GPU that the
/// lockstep engine trains on what it is, toolkit and driver; in a fixed order, for provenance and
/// the equivalence class.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> numeric_libraries(
    EngineKind networks, const ComputeDevice& device);

}  // namespace crossfold
