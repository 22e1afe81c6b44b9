#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "crossfold/core/error.h"
#include "crossfold/core/ids.h"

namespace crossfold::fleet {

using ItemId = StrongId<struct ItemIdTag, std::uint64_t>;

/// A piece of work. Only the runner knows what the bytes mean: a cohort of fits, a batch of images.
struct WorkItem {
  ItemId id;
  double cost = 0;  ///< expected effort in any unit, finite and not negative; longest goes first
  std::string bytes;
  /// Items of one kind take time in proportion to their costs. Does not travel to the worker.
  std::uint32_t kind = 0;
};

/// A part of an item that failed (the whole item, if need be), as a piece of work of its own.
struct Failure {
  std::string bytes;
  double cost = 0;
  std::string error;
  static void fields(auto& wire, auto& f) { wire(f.bytes, f.cost, f.error); }
};

/// A part of an item that was not done because the runner was told to stop.
struct Leftover {
  std::string bytes;
  double cost = 0;
  static void fields(auto& wire, auto& l) { wire(l.bytes, l.cost); }
};

/// What running an item came to.
struct Outcome {
  std::string results;              ///< for the sink; empty when nothing succeeded
  std::vector<Failure> failures;    ///< each is tried once more, elsewhere if there is one
  std::vector<Leftover> left = {};  ///< work for another time
};

/// Thrown by a runner: the item is not at fault, but this worker cannot go on (its disk is full,
/// say). It leaves the fleet, and what it holds goes to others.
class WorkerUnfit : public Error {
 public:
  explicit WorkerUnfit(const Error& why) : Error(why) {}
};

/// Does the work. Built and used in one worker's thread, but for settle().
class Runner {
 public:
  virtual ~Runner() = default;
  /// An exception other than WorkerUnfit counts as one failure of the whole item. Once `cancel` is
  /// true, what is not done yet is soon given back as Outcome::left.
  [[nodiscard]] virtual Outcome run(const WorkItem& item, const std::atomic<bool>& cancel) = 0;
  /// Returns once what the runs that have ended left on this worker's disk is safe; only then their
  /// outcomes are sent. Called on a thread of its own, beside the next run. An exception means that
  /// this worker cannot go on.
  virtual void settle() {}
};

/// Makes a worker's runner, in that worker's thread: the place to pin the thread and to open the
/// device. An exception means that this worker cannot work; the others go on.
using RunnerFactory = std::function<std::unique_ptr<Runner>(Rank worker)>;

}  // namespace crossfold::fleet
