#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
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
  /// The largest cost that will do, of tasks of a kind.
  using MostOfKind = std::function<double(std::uint32_t kind)>;

  void push(Task task);
  /// The best task for `worker` that costs at most `most` of its kind: with `Others::available`,
  /// none that failed on it before.
  enum class Others { available, none };
  [[nodiscard]] const Task* best_for(Rank worker, Others others,
                                     const MostOfKind& most = any_cost) const;
  /// Takes out what best_for returned.
  [[nodiscard]] Task take(const Task& task);
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] double cost() const { return cost_; }  ///< of all that wait

  static constexpr double kAnyCost = std::numeric_limits<double>::infinity();
  static double any_cost(std::uint32_t /*kind*/) { return kAnyCost; }

 private:
  struct Place {
    double cost;
    ItemId id;
    bool operator<(const Place& other) const {
      return cost != other.cost ? cost > other.cost : id < other.id;
    }
  };
  using Line = std::map<Place, Task>;
  struct LineKey {
    std::optional<Rank> failed_on;
    std::uint32_t kind = 0;
    auto operator<=>(const LineKey&) const = default;
  };
  [[nodiscard]] static LineKey line_of(const Task& task) {
    return {.failed_on = task.failed_on, .kind = task.item.kind};
  }

  /// For each kind one line for each worker that tasks have failed on, and one for the rest: a bad
  /// worker's many failures do not slow the search.
  std::map<LineKey, Line> lines_;
  std::size_t size_ = 0;
  double cost_ = 0;
};

}  // namespace crossfold::fleet
