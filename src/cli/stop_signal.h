#pragma once

#include <atomic>

namespace crossfold::cli {

/// Makes SIGINT, SIGTERM, SIGUSR1 and SIGUSR2 requests to stop: the first one sets the flag that
/// is returned. More change nothing, since batch systems and launchers both send them; only a
/// second SIGINT, from an impatient user, ends the process as usual.
[[nodiscard]] const std::atomic<bool>& catch_stop_signals();

}  // namespace crossfold::cli
