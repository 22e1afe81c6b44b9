#pragma once

#include <utility>
#include <vector>

#include "crossfold/fleet/work.h"

namespace crossfold::fleet {

/// What follows what a source has given.
enum class Supply {
  open,      ///< more: to be asked for when little waits
  waiting,   ///< perhaps more, which hangs on results: to be asked for when further ones are safe
  complete,  ///< nothing
};

/// Items with what follows them. Their ids are the coordinator's to give.
struct SuppliedWork {
  std::vector<WorkItem> items;  ///< not empty where the supply stays open
  Supply then = Supply::complete;
};

/// Where work comes from: all of it at once, a part at a time, or in stages that hang on the
/// results of stages before. Used by the coordinator's thread.
class WorkSource {
 public:
  virtual ~WorkSource() = default;
  /// What is to be done next, as far as can be said by the records that are safe now. Those that
  /// are given first are started first, but for costlier ones that wait with them.
  [[nodiscard]] virtual SuppliedWork next() = 0;
};

/// A list, all at once.
class ListSource final : public WorkSource {
 public:
  explicit ListSource(std::vector<WorkItem> items) : items_(std::move(items)) {}
  [[nodiscard]] SuppliedWork next() override { return {.items = std::exchange(items_, {})}; }

 private:
  std::vector<WorkItem> items_;
};

}  // namespace crossfold::fleet
