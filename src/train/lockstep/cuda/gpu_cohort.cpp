#include "gpu_cohort.h"

#include <algorithm>
#include <exception>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "device_kernels.h"
#include "lockstep_cohort.h"

namespace crossfold::train::cuda {
namespace {

/// Of the free memory, what training may take; evaluation needs some beside it.
constexpr double kTrainingShare = 0.6;
constexpr int kCohortHalvings = 2;

using Part = std::span<const LockstepFit>;

std::size_t classes_of(const FitTask& task) {
  return task.samples->column(task.experiment->target).levels.size();
}

CohortMemory memory_of(Part part) {
  std::size_t domains = 0;
  for (const LockstepFit& fit : part)
    if (std::holds_alternative<DisentangledModel>(fit.task->candidate->model))
      domains = std::max(domains, fit.task->samples->domain.levels.size());
  const FitTask& first = *part.front().task;
  return cohort_memory(first.embedding.size() / first.dim, first.dim,
                       static_cast<std::size_t>(training_of(*first.candidate).batch),
                       classes_of(first), domains);
}

class PartTrainer {
 public:
  PartTrainer(Device& device, InstructionSet set, ScoringThread& scoring)
      : device_(device), set_(set), scoring_(scoring) {}

  /// As many fits at a time as the device's memory should hold.
  void train(Part all) {
    const CohortMemory memory = memory_of(all);
    const auto room =
        static_cast<std::size_t>(kTrainingShare * static_cast<double>(device_.free_memory()));
    const std::size_t fits = room > memory.shared ? (room - memory.shared) / memory.per_fit : 1;
    const std::size_t at_once = std::clamp<std::size_t>(fits, 1, all.size());
    for (std::size_t first = 0; first < all.size(); first += at_once)
      train_whole(all.subspan(first, std::min(at_once, all.size() - first)), kCohortHalvings);
  }

 private:
  void train_whole(Part part, int halvings) {
    try {
      train_in_lockstep(
          part, [this](CohortData data) { return make_device_kernels(std::move(data), device_); },
          set_, &scoring_);
    } catch (const OutOfDeviceMemory&) {
      scoring_.drain();  // of these fits some are being scored
      if (halvings == 0 || part.size() == 1) {
        fail(part, std::make_exception_ptr(out_of_memory(part)));
        return;
      }
      const std::size_t half = part.size() / 2;
      train_whole(part.first(half), halvings - 1);
      train_whole(part.subspan(half), halvings - 1);
    } catch (const DeviceLost&) {
      throw;
    } catch (const std::exception&) {
      scoring_.drain();
      fail(part, std::current_exception());
    }
  }

  static void fail(Part part, const std::exception_ptr& failure) {
    for (const LockstepFit& fit : part) *fit.outcome = {.result = {}, .failure = failure};
  }

  [[nodiscard]] Error out_of_memory(Part part) const {
    constexpr double kMegabyte = 1e6;
    const CohortMemory memory = memory_of(part);
    return {ErrorCode::io,
            fmt::format("the memory of the GPU does not suffice ({} at a time take {:.0f} MB and "
                        "{:.0f} MB for the embedding set; {:.0f} MB are free). leave the GPU to "
                        "this run alone, or use --device cpu",
                        part.size() == 1 ? "a fit" : fmt::format("{} fits", part.size()),
                        static_cast<double>(memory.per_fit * part.size()) / kMegabyte,
                        static_cast<double>(memory.shared) / kMegabyte,
                        static_cast<double>(device_.free_memory()) / kMegabyte)};
  }

  Device& device_;
  InstructionSet set_;
  ScoringThread& scoring_;
};

/// Waits for the scores, however the training ends.
class Drained {
 public:
  explicit Drained(ScoringThread& scoring) : scoring_(scoring) {}
  ~Drained() { scoring_.drain(); }
  Drained(const Drained&) = delete;
  Drained& operator=(const Drained&) = delete;

 private:
  ScoringThread& scoring_;
};

}  // namespace

void train_on_device(std::span<const LockstepFit> fits, Device& device, InstructionSet set,
                     ScoringThread& scoring) {
  const Drained drained(scoring);
  std::map<std::size_t, std::vector<LockstepFit>> parts;  // by classes, which shape the networks
  for (const LockstepFit& fit : fits) parts[classes_of(*fit.task)].push_back(fit);
  for (const auto& [classes, part] : parts) PartTrainer(device, set, scoring).train(part);
}

}  // namespace crossfold::train::cuda
