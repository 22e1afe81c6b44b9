#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "crossfold/core/ids.h"
#include "crossfold/fleet/placement.h"

namespace crossfold::mpi {

/// How long a rank may be silent. A rank that died is known by its silence alone.
struct SessionLimits {
  /// From then on it is taken for dead; rank 0 is given half as long again.
  double silence_s = 20;
  [[nodiscard]] double root_silence_s() const { return 1.5 * silence_s; }
};

struct SessionState;

/// This process's part in an MPI run, from MPI_Init to MPI_Finalize. Started alone it is rank 0 of
/// 1 and MPI is not touched. Only the thread that made it may use it, and what is marked as
/// collective must be called by all ranks in the same order. Waiting ranks sleep.
class Session {
 public:
  /// Error{internal} when MPI cannot be used. Where MPI does not come up, because a rank died
  /// before it was there, the process ends with 75.
  explicit Session(fleet::Launch launch, SessionLimits limits = {});
  /// As `finish`; during an exception that passes, see end_after_error.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] Rank rank() const;
  [[nodiscard]] std::uint32_t size() const;
  [[nodiscard]] std::uint32_t local_rank() const;  ///< among the ranks of this node
  [[nodiscard]] std::uint32_t local_size() const;
  [[nodiscard]] bool is_root() const { return rank() == Rank{0}; }
  [[nodiscard]] const SessionLimits& limits() const { return limits_; }

  /// Collective. Does `step` on every rank, in another thread; where it throws on any, all ranks
  /// throw the Error of the lowest such rank, once all are done with it. Error{stopped} on a rank
  /// that waits for one without a heartbeat.
  void agree(const std::function<void()>& step);
  /// Collective. What `make` gives on rank 0, on every rank; what it throws there, everywhere.
  [[nodiscard]] std::string broadcast(const std::function<std::string()>& make);

  /// True where an error should be told to the user: on rank 0, and on any rank that is the only
  /// one to know.
  [[nodiscard]] bool reports_errors() const;
  /// How a rank leaves after an error: `code`, for main to return, when all ranks know that the run
  /// is over. Otherwise the others would wait for ever, and MPI_Abort ends them all with `code`.
  [[nodiscard]] int end_after_error(int code);
  /// MPI_Finalize; gives `code` back, for main to return. Where ranks were lost MPI may not come to
  /// an end: then the process exits here, with `code`.
  [[nodiscard]] int finish(int code);
  /// Likewise, but ends the process in any case and destroys nothing: for one with a thread that
  /// cannot be stopped.
  [[noreturn]] void exit_after(int code);

 private:
  friend struct SessionParts;
  SessionLimits limits_;
  std::unique_ptr<SessionState> state_;  ///< nothing when started alone
};

}  // namespace crossfold::mpi
