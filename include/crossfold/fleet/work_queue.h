#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>

#include "crossfold/fleet/work.h"

namespace crossfold::fleet {

/// An item with its history.
struct Task {
  WorkItem item;
  std::optional<Rank> failed_on;   ///< set: this is its second try
  std::uint32_t lost_workers = 0;  ///< workers lost while they worked on it
};

/// Waiting tasks: the costliest first, equal ones by id.
class WorkQueue {
 public:
  void push(Task task);
  /// The best task for `worker` that costs at most `most`: with `Others::available`, none that
  /// failed on it before.
  enum class Others { available, none };
  [[nodiscard]] const Task* best_for(Rank worker, Others others, double most = kAnyCost) const;
  /// Takes out what best_for returned.
  [[nodiscard]] Task take(const Task& task);
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] double cost() const { return cost_; }  ///< of all that wait

  static constexpr double kAnyCost = std::numeric_limits<double>::infinity();

 private:
  struct Place {
    double cost;
    ItemId id;
    bool operator<(const Place& other) const {
      return cost != other.cost ? cost > other.cost : id < other.id;
    }
  };
  using Line = std::map<Place, Task>;

  /// One line for each worker that tasks have failed on, and one for the rest: a bad worker's many
  /// failures do not slow the search.
  std::map<std::optional<Rank>, Line> lines_;
  std::size_t size_ = 0;
  double cost_ = 0;
};

}  // namespace crossfold::fleet
