#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "crossfold/fleet/fleet.h"
#include "crossfold/mpi/session.h"

namespace crossfold::mpi {

enum class CoordinatorMode {
  working,    ///< rank 0 coordinates and works, in two threads
  dedicated,  ///< rank 0 only coordinates
};

struct FleetLayout {
  CoordinatorMode coordinator = CoordinatorMode::working;
  std::uint32_t workers = 1;  ///< threads that work, when started alone; else one for each rank
};

/// Collective. Has the source's items done by all ranks, or in this process when started alone.
/// `source`, `sink` and `options` are used on rank 0 only (null elsewhere is right), and it alone
/// gets a report.
/// Nothing here is an MPI collective: only messages with rank 0, so that a silent rank does not
/// hold up the others: one without a heartbeat is done without. Throws on rank 0 as
/// fleet::coordinate; Error{bad_input} on a refused rank; Error{stopped} on a rank that hears
/// nothing of rank 0 any more; Error{usage} on all for a dedicated coordinator without workers.
std::optional<fleet::FleetReport> run_fleet(Session& session, const FleetLayout& layout,
                                            fleet::WorkSource* source, const fleet::Hello& hello,
                                            const fleet::RunnerFactory& make_runner,
                                            fleet::Sink* sink,
                                            const fleet::FleetOptions& options = {});

}  // namespace crossfold::mpi
