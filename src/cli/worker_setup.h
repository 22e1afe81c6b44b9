#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "crossfold/fleet/work.h"

#include "fit_runner.h"
#include "study.h"

namespace crossfold::cli {

enum class DeviceChoice { automatic, cpu, cuda };
enum class Pinning { on, off };

/// How the workers of one process get their devices.
struct WorkerSetup {
  DeviceChoice device = DeviceChoice::automatic;
  Pinning pinning = Pinning::on;
  std::vector<int> cores;  ///< usable by this process when it started
  int gpus = 0;            ///< CUDA devices that workers may take; 0: train on cores
};

/// Error{usage} when CUDA is asked for and there is none, or the engine has no use for it.
[[nodiscard]] WorkerSetup make_worker_setup(DeviceChoice device, Pinning pinning,
                                            EngineKind engine);

/// "cpu core 3" or "cuda:0": what worker number `local` of this node trains on.
[[nodiscard]] std::string device_of(const WorkerSetup& setup, std::uint32_t local);

/// Versions, libraries, instruction set, kind of device: fits of one class are repeatable bit for
/// bit among themselves.
[[nodiscard]] std::string equivalence_class(const Job& job, const WorkerSetup& setup);

/// Makes the runner of worker number `local` of this node, in the thread that will train: pins it
/// and opens its device.
[[nodiscard]] std::unique_ptr<fleet::Runner> make_fit_runner(const Study& study,
                                                             const EmbeddingViews& embeddings,
                                                             const WorkerSetup& setup,
                                                             std::uint32_t local);

}  // namespace crossfold::cli
