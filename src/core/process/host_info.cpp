#include "crossfold/core/host_info.h"

#include <array>
#include <fstream>
#include <sched.h>
#include <unistd.h>

namespace crossfold {
namespace {

/// The value behind `key :` in a file of `key : value` lines such as those of /proc.
std::string proc_value(const char* path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const auto start = line.find_first_not_of(" \t", line.find(':') + 1);
    return start == std::string::npos ? "" : line.substr(start);
  }
  return "";
}

}  // namespace

HostInfo host_info() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) name[0] = '\0';
  return {.name = name.data(), .cpu_model = proc_value("/proc/cpuinfo", "model name")};
}

std::vector<int> usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cores;
  if (::sched_getaffinity(0, sizeof set, &set) == 0)
    for (int core = 0; core < CPU_SETSIZE; ++core)
      if (CPU_ISSET(core, &set)) cores.push_back(core);
  if (cores.empty()) cores.push_back(0);
  return cores;
}

int usable_threads() { return static_cast<int>(usable_cores().size()); }

bool pin_this_thread(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  return ::sched_setaffinity(0, sizeof set, &set) == 0;
}

std::uint64_t anonymous_memory_bytes() {
  const std::string text = proc_value("/proc/self/status", "RssAnon");
  return text.empty() ? 0 : std::stoull(text) * 1024;
}

}  // namespace crossfold
