#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "crossfold/job/job.h"
#include "crossfold/results/fit_record.h"

namespace crossfold {

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

/// What worker number `local` of this node says of the fits that it trains.
[[nodiscard]] Origin origin_of(const Job& job, const WorkerSetup& setup, std::uint32_t local);

}  // namespace crossfold
