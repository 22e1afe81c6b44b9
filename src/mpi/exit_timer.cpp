#include "exit_timer.h"

#include <algorithm>
#include <cstdio>
#include <unistd.h>
#include <utility>

#include "crossfold/core/log.h"

namespace crossfold::mpi {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kLookEvery{500};

}  // namespace

ExitTimer::ExitTimer(std::chrono::duration<double> limit, int code, std::string reason,
                     std::function<bool()> is_hopeless)
    : thread_(
          [this, limit, code, reason = std::move(reason), is_hopeless = std::move(is_hopeless)] {
            const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(limit);
            std::unique_lock lock(mutex_);
            while (Clock::now() < end && !is_hopeless())
              if (changed_.wait_until(lock, std::min(end, Clock::now() + kLookEvery),
                                      [&] { return called_off_; }))
                return;
            if (!reason.empty()) log_error(reason);
            exit_process(code);
          }) {}

ExitTimer::~ExitTimer() {
  {
    const std::lock_guard lock(mutex_);
    called_off_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void exit_process(int code) {
  std::fflush(nullptr);
  ::_exit(code);
}

}  // namespace crossfold::mpi
