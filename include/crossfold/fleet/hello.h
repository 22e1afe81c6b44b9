#pragma once

#include <optional>
#include <string>

namespace crossfold::fleet {

/// How a worker introduces itself.
struct Hello {
  std::string build;   ///< program version, git hash, compiler: equal on all workers
  std::string plan;    ///< hash of what is to be done: equal on all workers
  std::string host;    ///< host name
  std::string device;  ///< "cpu core 3", "cuda:1", for people to read
};

/// Why `worker` may not work with `coordinator` (another build, another plan); nothing if it may.
[[nodiscard]] std::optional<std::string> incompatibility(const Hello& coordinator,
                                                         const Hello& worker);

}  // namespace crossfold::fleet
