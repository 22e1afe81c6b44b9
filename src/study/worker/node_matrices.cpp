#include "node_matrices.h"

#include <algorithm>
#include <span>

#include "crossfold/store/store.h"

namespace crossfold {

NodeMatrices load_matrices(mpi::Session& session, const SharedStudy& study,
                           const std::vector<bool>& needed) {
  NodeMatrices matrices;
  matrices.views.resize(study.basis.embeddings.size());
  for (std::size_t i = 0; i < study.basis.embeddings.size(); ++i) {
    if (!needed[i]) continue;
    const EmbeddingInfo& info = study.basis.embeddings[i];
    const std::size_t count = info.rows * info.dim;
    matrices.copies.push_back(
        mpi::share_on_node(session, count * sizeof(float), [&](std::span<std::byte> bytes) {
          read_embedding(study.store, info, {reinterpret_cast<float*>(bytes.data()), count});
        }));
    const std::span<const std::byte> bytes = matrices.copies.back().bytes();
    matrices.views[i] = {reinterpret_cast<const float*>(bytes.data()), count};
  }
  return matrices;
}

std::uint32_t worker_threads(std::optional<std::uint32_t> wanted, const WorkerSetup& setup,
                             std::size_t fits) {
  const std::size_t devices =
      setup.gpus > 0 ? static_cast<std::size_t>(setup.gpus) : setup.cores.size();
  const std::size_t threads = wanted.value_or(static_cast<std::uint32_t>(devices));
  return static_cast<std::uint32_t>(std::min(threads, std::max<std::size_t>(fits, 1)));
}

}  // namespace crossfold
