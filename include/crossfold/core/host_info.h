#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace crossfold {

/// The machine as this process sees it.
struct HostInfo {
  std::string name;       ///< host name
  std::string cpu_model;  ///< as /proc/cpuinfo gives it
};

[[nodiscard]] HostInfo host_info();

/// The cores this process may run on (its affinity mask), ascending.
[[nodiscard]] std::vector<int> usable_cores();
/// How many these are.
[[nodiscard]] int usable_threads();

/// Confines the calling thread to one core. False when the system refuses.
bool pin_this_thread(int core);

/// This process's anonymous resident memory (RssAnon), bytes; 0 where the system does not say.
[[nodiscard]] std::uint64_t anonymous_memory_bytes();

}  // namespace crossfold
