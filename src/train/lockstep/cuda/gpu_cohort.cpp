#include "gpu_cohort.h"

#include <algorithm>
#include <exception>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "device_kernels.h"
#include "lockstep_cohort.h"

namespace crossfold::train::cuda {
namespace {

/// Of the free memory, what training may take; evaluation needs some beside it.
constexpr double kTrainingShare = 0.6;
constexpr int kHalvings = 2;

/// Tasks with their places among the outcomes.
struct Part {
  std::vector<const FitTask*> tasks;
  std::vector<std::size_t> places;

  [[nodiscard]] Part cut(std::size_t first, std::size_t count) const {
    const auto from = static_cast<std::ptrdiff_t>(first);
    const auto to = static_cast<std::ptrdiff_t>(first + count);
    return {.tasks = {tasks.begin() + from, tasks.begin() + to},
            .places = {places.begin() + from, places.begin() + to}};
  }
};

std::size_t classes_of(const FitTask& task) {
  return task.samples->column(task.experiment->target).levels.size();
}

CohortMemory memory_of(const Part& part) {
  std::size_t domains = 0;
  for (const FitTask* task : part.tasks)
    if (std::holds_alternative<DisentangledModel>(task->candidate->model))
      domains = std::max(domains, task->samples->domain.levels.size());
  const FitTask& first = *part.tasks.front();
  return cohort_memory(first.embedding.size() / first.dim, first.dim,
                       static_cast<std::size_t>(training_of(*first.candidate).batch),
                       classes_of(first), domains);
}

class PartTrainer {
 public:
  PartTrainer(Device& device, InstructionSet set, std::vector<FitOutcome>& outcomes)
      : device_(device), set_(set), outcomes_(outcomes) {}

  /// As many fits at a time as the device's memory should hold.
  void train(const Part& part) {
    const CohortMemory memory = memory_of(part);
    const auto room =
        static_cast<std::size_t>(kTrainingShare * static_cast<double>(device_.free_memory()));
    const std::size_t fits = room > memory.shared ? (room - memory.shared) / memory.per_fit : 1;
    const std::size_t at_once = std::clamp<std::size_t>(fits, 1, part.tasks.size());
    for (std::size_t first = 0; first < part.tasks.size(); first += at_once)
      train_whole(part.cut(first, std::min(at_once, part.tasks.size() - first)), kHalvings);
  }

 private:
  void train_whole(const Part& part, int halvings) {
    try {
      std::vector<FitOutcome> trained = train_in_lockstep(
          part.tasks,
          [this](CohortData data) { return make_device_kernels(std::move(data), device_); }, set_);
      for (std::size_t i = 0; i < trained.size(); ++i)
        outcomes_[part.places[i]] = std::move(trained[i]);
    } catch (const OutOfDeviceMemory&) {
      if (halvings == 0 || part.tasks.size() == 1) {
        fail(part, std::make_exception_ptr(out_of_memory(part)));
        return;
      }
      const std::size_t half = part.tasks.size() / 2;
      train_whole(part.cut(0, half), halvings - 1);
      train_whole(part.cut(half, part.tasks.size() - half), halvings - 1);
    } catch (const DeviceLost&) {
      throw;
    } catch (const std::exception&) {
      fail(part, std::current_exception());
    }
  }

  void fail(const Part& part, const std::exception_ptr& failure) {
    for (const std::size_t place : part.places) outcomes_[place].failure = failure;
  }

  [[nodiscard]] Error out_of_memory(const Part& part) const {
    constexpr double kMegabyte = 1e6;
    const CohortMemory memory = memory_of(part);
    return {
        ErrorCode::io,
        fmt::format("the memory of the GPU does not suffice ({} at a time take {:.0f} MB and "
                    "{:.0f} MB for the embedding set; {:.0f} MB are free). leave the GPU to "
                    "this run alone, or use --device cpu",
                    part.tasks.size() == 1 ? "a fit" : fmt::format("{} fits", part.tasks.size()),
                    static_cast<double>(memory.per_fit * part.tasks.size()) / kMegabyte,
                    static_cast<double>(memory.shared) / kMegabyte,
                    static_cast<double>(device_.free_memory()) / kMegabyte)};
  }

  Device& device_;
  InstructionSet set_;
  std::vector<FitOutcome>& outcomes_;
};

}  // namespace

std::vector<FitOutcome> train_on_device(std::span<const FitTask* const> tasks, Device& device,
                                        InstructionSet set) {
  std::vector<FitOutcome> outcomes(tasks.size());
  std::map<std::size_t, Part> parts;  // by the classes of the target, which shape the networks
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    Part& part = parts[classes_of(*tasks[i])];
    part.tasks.push_back(tasks[i]);
    part.places.push_back(i);
  }
  for (const auto& [classes, part] : parts) PartTrainer(device, set, outcomes).train(part);
  return outcomes;
}

}  // namespace crossfold::train::cuda
