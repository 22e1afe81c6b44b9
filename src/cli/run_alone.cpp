#include "run_alone.h"

#include <algorithm>

#include "crossfold/data/store.h"
#include "crossfold/fleet/fleet.h"

namespace crossfold::cli {

int run_alone(const RunOptions& options) {
  const Study study = load_study(options.job.job, options.job.store);
  const WorkerSetup setup = make_worker_setup(options.device, options.pinning);
  RunSession session(study, options.out.value_or(default_directory(study.job)));

  std::vector<std::vector<float>> matrices(study.plan.embeddings.size());
  EmbeddingViews views(matrices.size());
  const std::vector<bool> needed = session.needed_embeddings();
  for (std::size_t i = 0; i < matrices.size(); ++i) {
    if (!needed[i]) continue;
    const EmbeddingInfo& info = study.plan.embeddings[i];
    matrices[i].resize(info.rows * info.dim);
    read_embedding(study.store, info, matrices[i]);
    views[i] = matrices[i];
  }

  const auto devices = setup.gpus > 0 ? static_cast<std::uint32_t>(setup.gpus)
                                      : static_cast<std::uint32_t>(setup.cores.size());
  const auto useful = std::max<std::size_t>(session.remaining().size(), 1);
  const auto workers =
      static_cast<std::uint32_t>(std::min<std::size_t>(options.workers.value_or(devices), useful));
  session.begin("alone", workers, setup);
  const fleet::RunnerFactory factory = [&](Rank worker) {
    return make_fit_runner(study, views, setup, worker.value);
  };
  return session.finish(fleet::run_in_process(session.remaining(), make_hello(study, setup, 0),
                                              workers, factory, session.sink(),
                                              session.fleet_options()));
}

}  // namespace crossfold::cli
