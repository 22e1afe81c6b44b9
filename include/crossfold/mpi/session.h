#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "crossfold/core/ids.h"
#include "crossfold/fleet/placement.h"

namespace crossfold::mpi {

/// This process's part in an MPI run, from MPI_Init to MPI_Finalize. Started alone it is rank 0 of
/// 1 and MPI is not touched. Only the thread that made it may use it, and what is marked as
/// collective must be called by all ranks in the same order. Waiting ranks sleep.
class Session {
 public:
  /// Error{internal} when MPI cannot be used.
  explicit Session(fleet::Launch launch);
  /// MPI_Finalize; during an exception that passes, see end_after_error.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] Rank rank() const;
  [[nodiscard]] std::uint32_t size() const;
  [[nodiscard]] std::uint32_t local_rank() const;  ///< among the ranks of this node
  [[nodiscard]] std::uint32_t local_size() const;
  [[nodiscard]] bool is_root() const { return rank() == Rank{0}; }

  /// Collective. Does `step` on every rank; where it throws on any, all ranks throw the Error of
  /// the lowest such rank, once all are done with it.
  void agree(const std::function<void()>& step);
  /// Collective. What `make` gives on rank 0, on every rank; what it throws there, everywhere.
  [[nodiscard]] std::string broadcast(const std::function<std::string()>& make);

  /// True where an error should be told to the user: on rank 0, and on any rank that is the only
  /// one to know.
  [[nodiscard]] bool reports_errors() const;
  /// How a rank leaves after an error: `code`, for main to return, when all ranks know that the run
  /// is over. Otherwise the others would wait for ever, and MPI_Abort ends them all with `code`.
  [[nodiscard]] int end_after_error(int code);

 private:
  friend struct SessionParts;
  struct State;
  std::unique_ptr<State> state_;  ///< nothing when started alone
};

}  // namespace crossfold::mpi
