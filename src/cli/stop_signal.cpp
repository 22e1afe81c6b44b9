#include "stop_signal.h"

#include <csignal>
#include <initializer_list>

namespace crossfold::cli {
namespace {

std::atomic<bool> stop_requested = false;  // a signal handler can reach nothing else
static_assert(std::atomic<bool>::is_always_lock_free);

void request_stop(int /*signal*/) { stop_requested = true; }

}  // namespace

const std::atomic<bool>& catch_stop_signals() {
  struct sigaction action {};
  action.sa_handler = request_stop;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGTERM, SIGUSR1, SIGUSR2}) sigaction(signal, &action, nullptr);
  action.sa_flags |= static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  return stop_requested;
}

}  // namespace crossfold::cli
