#include "crossfold/fleet/hello.h"

#include <fmt/format.h>

namespace crossfold::fleet {

std::optional<std::string> incompatibility(const Hello& coordinator, const Hello& worker) {
  if (worker.build != coordinator.build)
    return fmt::format(
        "runs '{}', but the coordinator on {} runs '{}' (another build can give other numbers). "
        "start the same build on all nodes",
        worker.build, coordinator.host, coordinator.build);
  if (worker.plan != coordinator.plan)
    return fmt::format(
        "has the plan {}, but the coordinator on {} has the plan {} (they would not do the same "
        "work). let all nodes see the same job file and the same store",
        worker.plan, coordinator.host, coordinator.plan);
  return std::nullopt;
}

}  // namespace crossfold::fleet
