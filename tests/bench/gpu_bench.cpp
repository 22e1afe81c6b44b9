// Table 3 of COVIDx size on one device: every candidate on every split, baseline and disentangled,
// with plateau rule, probe and scores; planted data. tests/gpu/run.sh runs it on a GPU.
//
// usage: gpu_bench cpu|cuda [SPLITS] [EPOCHS] [SCALE] [all]
//        gpu_bench data DIRECTORY [SPLITS] [SCALE]
// The first prints a line of JSON: fits, epochs, seconds, products a second, mean scores. The
// scores of two devices are to agree within 0.003. With "all", all epochs are run, without plateau
// rule. The second writes samples and splits for stacked_torch.py, which trains the same fits.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/validation_errors.h"
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
  bool all_epochs = false;
  std::string directory;  ///< write the data there and train nothing
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
    ValidationErrors errors;
    samples = select_samples(store.samples, experiment, {}, "table3", errors);
    errors.throw_if_any(ErrorCode::internal, "table3");
    for (int i = 0; i < arguments.splits; ++i) {
      keys.push_back({.root_seed = 1,
                      .seed = SeedIndex(static_cast<std::uint32_t>(i / 10)),
                      .fold = FoldIndex(static_cast<std::uint32_t>(i % 10))});
      splits.push_back(make_split(samples, Label::class_label, SplitSettings{}, keys.back(),
                                  Validation::set_aside));
    }
  }

  std::size_t dim = 0;
  std::vector<float> embedding;
  Experiment experiment;
  ExperimentSamples samples;
  std::vector<StreamKey> keys;
  std::vector<Split> splits;
};

std::vector<Candidate> candidates(const Arguments& arguments) {
  std::vector<Candidate> both(2);
  both[0].model = default_model(CandidateKind::baseline);
  both[1].model = default_model(CandidateKind::disentangled);
  std::get<DisentangledModel>(both[1].model).lambda = {.kind = ScheduleKind::constant, .from = 1};
  for (Candidate& candidate : both) {
    training_of(candidate).epochs = arguments.epochs;
    if (arguments.all_epochs) training_of(candidate).plateau.patience = arguments.epochs;
  }
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

template <class T>
void write(const std::filesystem::path& path, std::span<const T> values) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(values.size_bytes()));
  if (!file.flush()) throw Error(ErrorCode::io, "cannot be written", path.string());
}

/// Labels of all samples; rows of the embedding in each split's parts.
int write_data(const Data& data, const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  const auto to = [&](const std::string& name) { return directory / name; };
  write<float>(to("embedding.f32"), data.embedding);
  const std::size_t rows = data.embedding.size() / data.dim;
  std::vector<std::int32_t> classes(rows, 0), domains(rows, 0);
  const auto code = [&](std::span<const std::uint32_t> of) {
    for (const std::uint32_t row : of) {
      classes[row] = data.samples.class_label.codes[row];
      domains[row] = data.samples.domain.codes[row];
    }
  };
  for (std::size_t i = 0; i < data.splits.size(); ++i) {
    code(data.splits[i].train);
    code(data.splits[i].test);
    write<std::uint32_t>(to(fmt::format("train_{}.i32", i)), data.splits[i].train);
    write<std::uint32_t>(to(fmt::format("held_out_{}.i32", i)), data.splits[i].test);
  }
  write<std::int32_t>(to("classes.i32"), classes);
  write<std::int32_t>(to("domains.i32"), domains);
  return 0;
}

int run(const Arguments& arguments) {
  const Data data(arguments);
  if (!arguments.directory.empty()) return write_data(data, arguments.directory);
  const std::vector<Candidate> both = candidates(arguments);
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
    products += result.training.epochs * operations(data, *tasks[i].split, kind_of(both[kind]));
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
  const auto word = [&](int i) { return count > i ? std::string(words[i]) : std::string(); };
  const auto number = [&](int i, double otherwise) {
    return word(i).empty() ? otherwise : std::stod(word(i));
  };
  if (word(1) == "data") {
    arguments.directory = word(2);
    arguments.splits = static_cast<int>(number(3, arguments.splits));
    arguments.scale = number(4, arguments.scale);
    return arguments;
  }
  if (word(1) == "cuda") arguments.device.gpu = 0;
  arguments.splits = static_cast<int>(number(2, arguments.splits));
  arguments.epochs = static_cast<int>(number(3, arguments.epochs));
  arguments.scale = number(4, arguments.scale);
  arguments.all_epochs = word(5) == "all";
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
