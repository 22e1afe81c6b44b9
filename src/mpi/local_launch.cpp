#include "local_launch.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <unistd.h>

#include <fmt/format.h>

namespace crossfold::mpi {
namespace {

// By then the launcher has started all it has to start.
constexpr int kLooksUntilAllAreThere = 10;

std::string line_of(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// The parent of a process; nothing at the root.
std::optional<int> parent_of(int process) {
  const std::string status = line_of(fmt::format("/proc/{}/stat", process));
  const auto name_end = status.rfind(')');  // a name may hold anything
  if (name_end == std::string::npos || name_end + 4 >= status.size()) return std::nullopt;
  const int parent = std::atoi(status.c_str() + name_end + 4);
  if (parent <= 1) return std::nullopt;
  return parent;
}

std::optional<int> find_launcher() {
  const std::set<std::string> names{"mpirun", "mpiexec", "orterun", "orted"};
  for (auto process = parent_of(::getpid()); process; process = parent_of(*process))
    if (names.contains(line_of(fmt::format("/proc/{}/comm", *process)))) return process;
  return std::nullopt;
}

/// Those of a process's main thread, which is the one that starts ranks.
std::size_t count_children(int process) {
  std::ifstream file(fmt::format("/proc/{0}/task/{0}/children", process));
  std::size_t count = 0;
  for (int child = 0; file >> child;) ++count;
  return count;
}

}  // namespace

LocalLaunch::LocalLaunch() : launcher_(find_launcher()) {
  const char* size = std::getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
  if (size != nullptr) expected_ = static_cast<std::size_t>(std::max(0, std::atoi(size)));
}

bool LocalLaunch::misses_one() {
  if (!launcher_ || expected_ < 2) return false;
  const std::size_t there = count_children(*launcher_);
  most_ = std::max(most_, there);
  const bool all_were_started = most_ >= expected_ || ++looks_ > kLooksUntilAllAreThere;
  return all_were_started && there > 0 && there < expected_;
}

}  // namespace crossfold::mpi
