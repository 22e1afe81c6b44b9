#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "crossfold/job/job.h"
#include "crossfold/results/fit_record.h"
#include "crossfold/solve/instruction_set.h"

namespace crossfold {

enum class DeviceChoice { automatic, cpu, cuda };
enum class Pinning { on, off };

/// What a user may say of the workers.
struct WorkerChoices {
  DeviceChoice device = DeviceChoice::automatic;
  Pinning pinning = Pinning::on;
  InstructionSet instruction_set = best_instruction_set();  ///< at most; one of instruction_sets()
};

/// How the workers of one process get their devices.
struct WorkerSetup {
  Pinning pinning = Pinning::on;
  InstructionSet instruction_set = best_instruction_set();
  std::vector<int> cores;  ///< usable by this process when it started
  int gpus = 0;            ///< CUDA devices that workers may take; 0: train on cores
};

/// What is chosen automatically is a GPU where the reference engine sees one and the job has
/// networks: others are solved on the processor, and the lockstep engine's GPUs are to be asked
/// for. Error{usage} when CUDA is asked for and there is none.
[[nodiscard]] WorkerSetup make_worker_setup(const WorkerChoices& choices, const Job& job);

/// Error{usage} naming all candidates that the lockstep engine cannot train on a GPU, where it can
/// on the processor.
void check_gpus_can_train(const Job& job);

/// Fits that a GPU is given at a time; it trains as many of them together as its memory holds.
inline constexpr std::size_t kFitsOnAGpu = 512;

/// "cpu core 3" or "cuda:0": what worker number `local` of this node trains on.
[[nodiscard]] std::string device_of(const WorkerSetup& setup, std::uint32_t local);

/// Versions, libraries, instruction set, kind of device of worker number `local` of this node: fits
/// of one class are repeatable bit for bit among themselves.
[[nodiscard]] std::string equivalence_class(const Job& job, const WorkerSetup& setup,
                                            std::uint32_t local);

/// What worker number `local` of this node says of the fits that it trains.
[[nodiscard]] Origin origin_of(const Job& job, const WorkerSetup& setup, std::uint32_t local);

}  // namespace crossfold
