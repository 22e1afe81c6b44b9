#include "utc_time.h"

#include <chrono>

#include <fmt/chrono.h>

namespace crossfold {

std::string utc_now() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
}

}  // namespace crossfold
