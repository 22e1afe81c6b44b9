// Table 3 of COVIDx size on one device: every candidate on every split, baseline and disentangled,
// with plateau rule, probe and scores; planted data. tests/gpu/run.sh runs it on a GPU.
//
// usage: gpu_bench cpu|cuda [SPLITS] [EPOCHS] [SCALE]
// A line of JSON: fits, epochs, seconds, products a second, mean scores. The scores of two devices
// are to agree within 0.003.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/mistakes.h"
#include "crossfold/store/synth.h"
#include "crossfold/train/engine.h"

namespace crossfold {
namespace {

using Clock = std::chrono::steady_clock;

struct Arguments {
  ComputeDevice device;
  int splits = 50;
  int epochs = 200;
  double scale = 1;
};

/// The pool and its splits: ten folds of as many seeds as it takes.
struct Data {
  explicit Data(const Arguments& arguments) {
    SynthStore store =
        synthesize({.kind = SynthKind::covidx, .dim = {}, .scale = arguments.scale, .seed = 1});
    dim = store.embeddings.front().info.dim;
    embedding = std::move(store.embeddings.front().values);
    experiment.name = "table3";
    experiment.evaluate_oos = true;
    experiment.probe = Label::domain;
    Mistakes mistakes;
    samples = select_samples(store.samples, experiment, {}, "table3", mistakes);
    mistakes.throw_if_any(ErrorCode::internal, "table3");
    for (int i = 0; i < arguments.splits; ++i) {
      keys.push_back({.root_seed = 1,
                      .seed = SeedIndex(static_cast<std::uint32_t>(i / 10)),
                      .fold = FoldIndex(static_cast<std::uint32_t>(i % 10))});
      splits.push_back(
          make_split(samples, Label::klass, SplitSettings{}, keys.back(), Validation::set_aside));
    }
  }

  std::size_t dim = 0;
  std::vector<float> embedding;
  Experiment experiment;
  ExperimentSamples samples;
  std::vector<StreamKey> keys;
  std::vector<Split> splits;
};

std::vector<Candidate> candidates(int epochs) {
  std::vector<Candidate> both(2);
  for (Candidate& candidate : both) candidate.training.epochs = epochs;
  both[0].kind = CandidateKind::baseline;
  both[1].kind = CandidateKind::disentangled;
  both[1].lambda.kind = ScheduleKind::constant;
  both[1].lambda.from = 1;
  return both;
}

/// Multiplications and additions of an epoch of a fit.
double operations(const Data& data, const Split& split, CandidateKind kind) {
  constexpr double kHidden = 256, kEncoded = 64, kHeads = 8;
  const auto dim = static_cast<double>(data.dim), rows = static_cast<double>(split.train.size());
  const double steps =
      2 * rows * (2 * dim * kHidden + 3 * kHidden * kEncoded + 3 * kEncoded * kHeads);
  const double pass = 2 * rows * (dim * kHidden + kHidden * kEncoded);
  return kind == CandidateKind::disentangled ? steps + pass : steps;
}

int run(const Arguments& arguments) {
  const Data data(arguments);
  const std::vector<Candidate> both = candidates(arguments.epochs);
  std::vector<FitTask> tasks;
  for (const Candidate& candidate : both)
    for (std::size_t i = 0; i < data.splits.size(); ++i)
      tasks.push_back({.experiment = &data.experiment,
                       .candidate = &candidate,
                       .samples = &data.samples,
                       .split = &data.splits[i],
                       .key = data.keys[i],
                       .embedding = data.embedding,
                       .dim = data.dim});
  const auto engine = make_engine(EngineKind::lockstep, arguments.device);
  const auto start = Clock::now();
  const std::vector<FitOutcome> outcomes = engine->fit_cohort(tasks);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  double sums[2] = {}, probes[2] = {}, products = 0;
  int epochs = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i].failure) std::rethrow_exception(outcomes[i].failure);
    const FitResult& result = outcomes[i].result;
    const std::size_t kind = i / data.splits.size();
    sums[kind] += result.held_out.auc.value_or(0) / static_cast<double>(data.splits.size());
    probes[kind] += result.probe->auc.value_or(0) / static_cast<double>(data.splits.size());
    epochs += result.training.epochs;
    products += result.training.epochs * operations(data, *tasks[i].split, both[kind].kind);
  }
  fmt::print(R"({{"device": "{}", "fits": {}, "epochs": {}, "seconds": {:.3f}, "tflops": {:.3f}, )"
             R"("task_auc": [{:.5f}, {:.5f}], "domain_auc": [{:.5f}, {:.5f}]}})"
             "\n",
             name_of(arguments.device), outcomes.size(), epochs, seconds, products / seconds / 1e12,
             sums[0], sums[1], probes[0], probes[1]);
  return 0;
}

Arguments parse(int count, char** words) {
  Arguments arguments;
  if (count > 1 && std::string(words[1]) == "cuda") arguments.device.gpu = 0;
  if (count > 2) arguments.splits = std::atoi(words[2]);
  if (count > 3) arguments.epochs = std::atoi(words[3]);
  if (count > 4) arguments.scale = std::atof(words[4]);
  return arguments;
}

}  // namespace
}  // namespace crossfold

int main(int count, char** words) {
  try {
    return crossfold::run(crossfold::parse(count, words));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
