#include "run_heartbeat.h"

#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/host_info.h"
#include "crossfold/core/log.h"
#include "crossfold/fleet/placement.h"
#include "crossfold/results/heartbeat.h"
#include "crossfold/study/time_limits.h"

namespace crossfold {
namespace {

constexpr std::chrono::seconds kPause{3};

std::string slurm_job() {
  const fleet::Environment environment = fleet::process_environment();
  const auto array = environment("SLURM_ARRAY_JOB_ID");
  const auto task = environment("SLURM_ARRAY_TASK_ID");
  if (array && task) return fmt::format("{}_{}", *array, *task);
  return environment("SLURM_JOB_ID").value_or("");
}

}  // namespace

RunHeartbeat::RunHeartbeat(std::filesystem::path directory) : directory_(std::move(directory)) {}

RunHeartbeat::~RunHeartbeat() { remove_heartbeat(directory_); }

void RunHeartbeat::update(const fleet::Coordinator& coordinator, const RunTally& tally,
                          double share) {
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + kPause;
  Heartbeat heartbeat{.written_s = unix_time_s(),
                      .host = host_info().name,
                      .process = ::getpid(),
                      .slurm_job = slurm_job(),
                      .elapsed_s = std::chrono::duration<double>(now - start_).count(),
                      .trained = tally.trained,
                      .failed = tally.failed,
                      .share = share,
                      .workers = {}};
  for (const fleet::WorkerReport& worker : coordinator.workers())
    heartbeat.workers.push_back({.rank = worker.worker.value,
                                 .host = worker.hello.host,
                                 .device = worker.hello.device,
                                 .done = worker.items,
                                 .held = worker.held,
                                 .lost = worker.lost});
  try {
    write_heartbeat(directory_, heartbeat);
  } catch (const Error& error) {
    log_detail(fmt::format("no sign of life could be left: {}", error.what()));
  }
}

}  // namespace crossfold
