#pragma once

#include <string>

#include <mpi.h>

#include "crossfold/mpi/session.h"

namespace crossfold::mpi {

/// Throws Error{internal} with MPI's own words when a call failed.
void check(int status, const char* call);

/// Waits for a request in growing naps instead of MPI's spinning.
void wait_asleep(MPI_Request request);

struct Session::State {
  int rank = 0;
  int size = 1;
  int local_rank = 0;
  int local_size = 1;
  MPI_Comm world = MPI_COMM_NULL;  ///< ours: collectives, and messages of the fleet
  MPI_Comm node = MPI_COMM_NULL;   ///< the ranks that share this node's memory
  int exceptions = 0;              ///< in flight when the session began
  bool over = false;               ///< all ranks know that the run is over
};

/// What the other sources of this module may see of a session.
struct SessionParts {
  /// Null when started alone.
  static Session::State* state(const Session& session) { return session.state_.get(); }
  /// All ranks know that the run is over: each may leave by itself.
  static void set_over(Session& session) {
    if (session.state_) session.state_->over = true;
  }
};

/// Collective in `group`: the text of its rank `root`.
[[nodiscard]] std::string broadcast_text(std::string text, int root, MPI_Comm group);

}  // namespace crossfold::mpi
