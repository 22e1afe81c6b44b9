#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "crossfold/core/validation_errors.h"
#include "crossfold/fleet/events.h"
#include "crossfold/fleet/hello.h"
#include "crossfold/fleet/sink.h"
#include "crossfold/fleet/work.h"
#include "crossfold/fleet/work_queue.h"
#include "crossfold/fleet/work_source.h"

namespace crossfold::fleet {

/// Counts of items; a failure that is tried again is an item of its own.
struct FleetStatus {
  std::size_t waiting = 0;    ///< supplied, not handed out
  bool more = false;          ///< there is work that was not supplied yet
  std::size_t assigned = 0;   ///< with a worker, running or one ahead
  std::size_t unsaved = 0;    ///< records submitted that are not safe yet
  std::size_t saved = 0;      ///< records that are safe, failures included
  std::size_t given_up = 0;   ///< failures among `saved`
  std::size_t retries = 0;    ///< failures that were given a second try
  std::uint32_t workers = 0;  ///< ready to work
  std::uint32_t lost = 0;     ///< workers lost
};

/// What a worker works on.
struct ItemAtHand {
  std::uint32_t kind = 0;  ///< as WorkItem::kind
  double cost = 0;
  double since_s = 0;  ///< how long by now
};

/// What is known of one worker, for provenance and progress.
struct WorkerReport {
  Rank worker;
  Hello hello;
  std::size_t items = 0;  ///< outcomes taken from it
  std::size_t held = 0;   ///< items it has now, running or ahead
  bool lost = false;
  double busy_s = 0;  ///< with an item in its hands, so far
  std::optional<ItemAtHand> at_hand = std::nullopt;
};

enum class FleetEnd {
  running,
  completed,         ///< every item is recorded, as results or as given up
  stopped,           ///< on request, with work left
  refused,           ///< some worker does not fit; nothing was handed out
  no_workers,        ///< none is left, work is
  recording_failed,  ///< see RecordingFailed
  stalled,           ///< the source waits for results, and none is to come: its error
};

struct CoordinatorLimits {
  double join_s = 120;             ///< workers not heard of by then are declared lost
  double silence_s = 20;           ///< likewise those without a heartbeat for so long
  std::uint32_t lost_workers = 3;  ///< an item that cost so many workers is given up
  double stop_within_s = 20;       ///< from a request to stop to the end
  /// The run stops by itself so long after its begin, `stop_within_s` included.
  std::optional<double> time_limit_s = std::nullopt;

  /// When, after a request to stop, items at hand are cancelled: then an epoch may still end and
  /// MPI come down in time.
  [[nodiscard]] double cancel_after_s() const {
    return std::max(0.0, std::min(0.75 * stop_within_s, stop_within_s - 4));
  }
  /// When the run ends without whoever has not left.
  [[nodiscard]] double leave_after_s() const {
    return std::max(0.5 * stop_within_s, std::min(0.95 * stop_within_s, stop_within_s - 2));
  }
};

/// Decides who does what. A pure state machine: events in, actions out; no clock, no thread, no
/// message in it. An item is waiting, then assigned, then recorded, and counts as recorded only
/// when the sink has it safe.
///
/// - Nothing is handed out before every expected worker has joined or is lost, so that a mixed
///   fleet is found before any work.
/// - Work is asked for when little waits, and where it hangs on results, when further ones are
/// safe.
/// - Longest first of those that wait, equal ones in the order in which they were supplied; each
///   worker holds the item it works on and one ahead. An item is put ahead only where it keeps the
///   worker's load within an even share of all that remains, so that at the end none waits behind a
///   busy worker while another is idle.
/// - What a worker holds and what of its records is not safe yet are together two at most before it
///   gets new work: that is what a kill of everything can cost, however slow the disk is.
/// - A failure becomes an item of its own and is tried once more, by another worker if there is
///   one; a second failure is recorded.
/// - The items of a lost worker go back. That is no failure, but the item it was working on is
///   given up when it has cost `lost_workers` of them, unless they left by themselves or the run
///   ended without them. A late answer is dropped, its sender sent home.
/// - A stop lets workers finish the item at hand until `cancel_after_s`; who has not left by
///   `leave_after_s` is declared lost.
/// - With a time limit, an item is handed out only where, at the slowest pace of its kind seen
///   lately, it ends before the stop; the run ends when nothing that is left does.
class Coordinator {
 public:
  /// `workers` are expected, with ranks `first_worker` and up.
  Coordinator(Hello own, Rank first_worker, std::uint32_t workers, CoordinatorLimits limits = {});

  [[nodiscard]] std::vector<Action> handle(Event event);

  /// Not `running` once all workers are gone and every submitted record is safe.
  [[nodiscard]] FleetEnd end() const;
  [[nodiscard]] FleetStatus status() const;
  [[nodiscard]] std::vector<WorkerReport> workers() const;
  /// Workers that do not fit, with the reasons.
  [[nodiscard]] const ValidationErrors& refusals() const { return refusals_; }
  /// Why the last worker was lost.
  [[nodiscard]] const std::optional<WorkerLost>& last_loss() const { return last_loss_; }

 private:
  enum class WorkerState { expected, active, leaving, gone };
  struct Worker {
    WorkerState state = WorkerState::expected;
    WorkerReport report;
    std::deque<Task> tasks;         ///< in the order in which they were given
    std::optional<ItemId> at_hand;  ///< the last that it has started with
    double load = 0;                ///< sum of their costs
    double began_s = 0;             ///< when it began with the first of them
    std::size_t unflushed = 0;      ///< records of its work that are not safe yet
    bool cancelled = false;
    bool left_by_itself = false;
  };
  enum class Phase { gathering, working, ending };
  struct UnsavedRecord {
    Rank worker;
    bool failure = false;
  };

  void on(WorkerJoined&& event);
  void on(WorkStarted&& event);
  void on(ResultArrived&& event);
  void on(WorkerLost&& event);
  void on(WorkerLeft&& event);
  void on(RecordsDurable&& event);
  void on(RecordingFailed&& event);
  void on(WorkSupplied&& event);
  void on(StopRequested&& event);
  void on(TimePassed&& event);

  void lose_those_not_joined();
  void stop_in_time();
  void press_for_the_end();
  void learn_pace(const Worker& worker, const WorkItem& item);
  /// Seconds per cost; 0: not known yet.
  [[nodiscard]] double pace_of(std::uint32_t kind) const;
  /// Until the run stops by itself, where it has a time limit.
  [[nodiscard]] double seconds_left() const;
  /// Until `worker` has done what it holds, as far as is known.
  [[nodiscard]] double seconds_at_hand(const Worker& worker) const;
  /// The largest cost of an item of the kind that `worker` can still do in time.
  [[nodiscard]] double affordable_cost(const Worker& worker, std::uint32_t kind) const;
  void begin_if_all_are_known();
  void ask_if_little_waits();
  void ask();
  void end_with(FleetEnd end);
  void end_if_done();
  /// Gives work until the worker holds `depth` items.
  void serve(Worker& worker, std::size_t depth);
  void serve_all();
  void serve_all(const std::set<Rank>& ranks);
  [[nodiscard]] bool keeps_even_share(const Worker& worker, double cost) const;
  void assign(Worker& worker, Task task);
  void take_failure(Failure failure, std::uint32_t kind, bool retried, Rank worker);
  void put_back(Task task);
  /// All that the worker holds, for it is gone.
  void take_back_all(Worker& worker);
  /// Counts the time since the worker began with what it has in its hands.
  void count_as_busy(Worker& worker);
  /// Notes against the item at hand that a worker was lost over it.
  static void suspect(Worker& worker);
  void tell_of_lost_host(const Worker& last);
  void record(Record record);
  [[nodiscard]] std::string name_of(Rank worker) const;

  Hello own_;
  CoordinatorLimits limits_;
  Phase phase_ = Phase::gathering;
  FleetEnd end_ = FleetEnd::running;  ///< how it will have ended, once in phase `ending`
  std::map<Rank, Worker> workers_;
  std::uint32_t expected_ = 0;  ///< workers in that state
  std::uint32_t active_ = 0;
  std::uint32_t leaving_ = 0;
  WorkQueue queue_;
  std::uint64_t next_id_ = 0;
  Supply supply_ = Supply::open;
  bool asked_ = false;
  double assigned_cost_ = 0;
  std::size_t assigned_ = 0;
  std::deque<UnsavedRecord> unsaved_;
  std::uint64_t durable_ = 0;
  std::size_t given_up_ = 0;
  std::size_t retries_ = 0;
  std::uint32_t lost_ = 0;
  std::optional<double> started_s_;  ///< when the clock was first read
  double now_s_ = 0;
  double stood_still_before_s_ = 0;        ///< until the clock was first read
  double stood_still_s_ = 0;               ///< since then
  double stopped_s_ = 0;                   ///< when the run began to end
  std::map<std::uint32_t, double> paces_;  ///< seconds per cost of each kind: the slowest of late
  ValidationErrors refusals_;
  std::optional<WorkerLost> last_loss_;
  std::vector<Action> actions_;
};

}  // namespace crossfold::fleet
