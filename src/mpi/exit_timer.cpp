#include "exit_timer.h"

#include <cstdio>
#include <unistd.h>
#include <utility>

#include "crossfold/core/log.h"

namespace crossfold::mpi {

ExitTimer::ExitTimer(std::chrono::duration<double> limit, int code, std::string reason)
    : thread_([this, limit, code, reason = std::move(reason)] {
        std::unique_lock lock(mutex_);
        if (changed_.wait_for(lock, limit, [&] { return called_off_; })) return;
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
