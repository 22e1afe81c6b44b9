#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <mpi.h>

#include "crossfold/mpi/session.h"

#include "pulse.h"

namespace crossfold::mpi {

/// Throws Error{internal} with MPI's own words when a call failed.
void check(int status, const char* call);

struct SessionState {
  int rank = 0;
  int size = 1;
  int local_rank = 0;
  int local_size = 1;
  MPI_Comm world = MPI_COMM_NULL;  ///< ours: collectives, and messages of the fleet
  MPI_Comm node = MPI_COMM_NULL;   ///< the ranks that share this node's memory
  int exceptions = 0;              ///< in flight when the session began
  bool over = false;               ///< all ranks know that the run is over
  bool lossy = false;              ///< ranks were lost: MPI_Finalize may not return
  SessionLimits limits;
  std::optional<Pulse> pulse;
  std::vector<std::shared_ptr<void>> kept;  ///< what MPI may still read, of any type

  /// Waits for a request in growing naps instead of MPI's spinning, and sends heartbeats.
  /// Error{stopped} when those that would have to answer give none.
  void wait(MPI_Request request);
  /// After losses, so that none leaves before rank 0 has written what it has to: a rank that leaves
  /// without MPI_Finalize can make the launcher end all others.
  void await_the_end();
};

/// What the other sources of this module may see of a session.
struct SessionParts {
  /// Null when started alone.
  static SessionState* state(const Session& session) { return session.state_.get(); }
};

/// Collective in `group`: the text of its rank `root`.
[[nodiscard]] std::string broadcast_text(SessionState& state, std::string text, int root,
                                         MPI_Comm group);

}  // namespace crossfold::mpi
