#include "run_heartbeat.h"

#include <algorithm>
#include <exception>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/host_info.h"
#include "crossfold/core/log.h"
#include "crossfold/core/slurm_job.h"
#include "crossfold/study/time_limits.h"

namespace crossfold {
namespace {

constexpr std::chrono::seconds kPause{3};
constexpr std::chrono::seconds kMinute{60};

}  // namespace

RunHeartbeat::RunHeartbeat(std::filesystem::path directory) : directory_(std::move(directory)) {
  remove_heartbeat(directory_);  // that of a killed run, should this one be unable to write its own
  writer_ = std::jthread([this](const std::stop_token& stop) { write_what_comes(stop); });
}

RunHeartbeat::~RunHeartbeat() {
  writer_.request_stop();
  writer_.join();
  remove_heartbeat(directory_);
}

void RunHeartbeat::write_what_comes(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [&] { return latest_.has_value(); }) && !stop.stop_requested()) {
    const Heartbeat heartbeat = *std::exchange(latest_, std::nullopt);
    writes_ = true;
    lock.unlock();
    try {
      write_heartbeat(directory_, heartbeat);
    } catch (const std::exception& error) {
      log_detail(fmt::format("no heartbeat could be left: {}", error.what()));
    }
    lock.lock();
    writes_ = false;
    changed_.notify_all();
  }
}

void RunHeartbeat::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !latest_ && !writes_; });
}

double RunHeartbeat::busy_share(const fleet::WorkerReport& worker, Clock::time_point now) const {
  const Sample& oldest = samples_.front();
  const double passed_s = std::chrono::duration<double>(now - oldest.time).count();
  const auto before = oldest.busy_s.find(worker.worker.value);
  if (passed_s <= 0 || before == oldest.busy_s.end()) return worker.at_hand ? 1 : 0;
  return std::clamp((worker.busy_s - before->second) / passed_s, 0.0, 1.0);
}

void RunHeartbeat::update(const fleet::Coordinator& coordinator, const ProgressState& state) {
  const Clock::time_point now = Clock::now();
  const std::uint32_t known = coordinator.status().workers;
  const bool many_joined = known >= std::max(1U, 2 * shown_);
  if (now < next_ && !many_joined) return;
  next_ = now + kPause;
  shown_ = known;
  Heartbeat heartbeat{.written_s = unix_time_s(),
                      .host = host_info().name,
                      .process = ::getpid(),
                      .slurm_job = slurm_job().id,
                      .elapsed_s = std::chrono::duration<double>(now - start_).count(),
                      .trained = state.fresh - state.failed,
                      .failed = state.failed,
                      .share = state.fresh_share,
                      .workers = {},
                      .at = state.at,
                      .rate_per_s = state.rate_per_s,
                      .expected_left = state.left};
  Sample sample{.time = now, .busy_s = {}};
  const std::vector<fleet::WorkerReport> workers = coordinator.workers();
  for (const fleet::WorkerReport& worker : workers)
    sample.busy_s[worker.worker.value] = worker.busy_s;
  samples_.push_back(std::move(sample));
  while (samples_.size() > 2 && now - samples_[1].time >= kMinute) samples_.pop_front();
  for (const fleet::WorkerReport& worker : workers) {
    if (worker.hello.host.empty()) continue;  // has not joined yet
    heartbeat.workers.push_back({.rank = worker.worker.value,
                                 .host = worker.hello.host,
                                 .device = worker.hello.device,
                                 .done = worker.items,
                                 .held = worker.held,
                                 .lost = worker.lost,
                                 .busy = busy_share(worker, now),
                                 .at_it_s = worker.at_hand ? worker.at_hand->since_s : 0});
  }
  {
    const std::lock_guard lock(mutex_);
    latest_ = std::move(heartbeat);
  }
  changed_.notify_all();
}

}  // namespace crossfold
