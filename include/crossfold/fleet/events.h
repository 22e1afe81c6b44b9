#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "crossfold/core/error.h"
#include "crossfold/core/ids.h"
#include "crossfold/fleet/hello.h"
#include "crossfold/fleet/sink.h"
#include "crossfold/fleet/work.h"
#include "crossfold/fleet/work_source.h"

namespace crossfold::fleet {

// What the coordinator hears.
struct WorkerJoined {
  Rank worker;
  Hello hello;
};
/// The worker has started with this item; results of others may still be on their way.
struct WorkStarted {
  Rank worker;
  ItemId item;
};
struct ResultArrived {
  Rank worker;
  ItemId item;
  Outcome outcome;
};
/// The worker will not be heard of again, and not by our wish.
struct WorkerLost {
  Rank worker;
  std::string reason;
  ErrorCode code = ErrorCode::stopped;  ///< of the run, should it end because of this
  /// It said so itself (a full disk, say): what it worked on is not suspected of having killed it.
  bool left_by_itself = false;
};
/// A worker that was dismissed or refused says goodbye.
struct WorkerLeft {
  Rank worker;
};
/// The first `total` records submitted are safe.
struct RecordsDurable {
  std::uint64_t total = 0;
};
/// Nothing further can be recorded.
struct RecordingFailed {};
/// What the source gave, asked by AskForWork.
struct WorkSupplied {
  SuppliedWork work;
};
/// Hand out nothing more, and end within CoordinatorLimits::stop_within_s.
struct StopRequested {};
/// The caller's clock, seconds from any start; never runs backwards. It may stand still while its
/// process does (see PatientClock); what passed meanwhile counts for the time limit alone.
struct TimePassed {
  double now_s = 0;
  double stood_still_s = 0;  ///< in all
};
using Event =
    std::variant<WorkerJoined, WorkStarted, ResultArrived, WorkerLost, WorkerLeft, RecordsDurable,
                 RecordingFailed, WorkSupplied, StopRequested, TimePassed>;

// What the coordinator wants done, in this order.
struct SendWork {
  Rank worker;
  WorkItem item;
};
/// Finish the item at hand, drop those ahead, say goodbye.
struct DismissWorker {
  Rank worker;
};
/// Leave the item at hand as well.
struct CancelWork {
  Rank worker;
};
struct RefuseWorker {
  Rank worker;
  std::string reason;
};
struct SubmitRecord {
  Record record;
};
/// A WorkSupplied is to follow: what the source gives next. Never asked twice at a time.
struct AskForWork {};
/// Something that people should read.
struct Warn {
  std::string message;
};
using Action =
    std::variant<SendWork, DismissWorker, CancelWork, RefuseWorker, SubmitRecord, AskForWork, Warn>;

}  // namespace crossfold::fleet
