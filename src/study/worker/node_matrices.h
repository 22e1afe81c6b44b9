#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "crossfold/mpi/node_copy.h"
#include "crossfold/mpi/session.h"
#include "crossfold/study/study.h"
#include "crossfold/study/worker_setup.h"

#include "cohort_trainer.h"

namespace crossfold {

/// The matrices that remaining fits need, one copy of each on this node.
struct NodeMatrices {
  std::vector<mpi::NodeCopy> copies;
  EmbeddingViews views;
};

/// Collective. `needed`: which of the study's embedding sets. Error{bad_input} on all ranks where
/// the store holds other numbers than the study was planned on.
[[nodiscard]] NodeMatrices load_matrices(mpi::Session& session, const SharedStudy& study,
                                         const std::vector<bool>& needed);

/// Threads that train when started alone: those `wanted`, else one a device; not more than fits.
[[nodiscard]] std::uint32_t worker_threads(std::optional<std::uint32_t> wanted,
                                           const WorkerSetup& setup, std::size_t fits);

}  // namespace crossfold
