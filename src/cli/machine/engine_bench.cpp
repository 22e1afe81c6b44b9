#include "engine_bench.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <exception>
#include <map>
#include <thread>

#include "crossfold/core/host_info.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/mpi/node_copy.h"
#include "crossfold/store/synth.h"
#include "crossfold/train/engine.h"
#include "crossfold/train/gpu_rate.h"

namespace crossfold::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kCovidxSamples = 14042;
constexpr double kHidden = 256;
constexpr double kEncoded = 64;

/// The largest RssAnon while it lives.
class MemoryPeak {
 public:
  MemoryPeak() : thread_([this] { watch(); }) {}
  ~MemoryPeak() { static_cast<void>(end()); }
  MemoryPeak(const MemoryPeak&) = delete;
  MemoryPeak& operator=(const MemoryPeak&) = delete;

  [[nodiscard]] std::uint64_t end() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
    return std::max(peak_, anonymous_memory_bytes());
  }

 private:
  void watch() {
    while (!over_) {
      peak_ = std::max(peak_, anonymous_memory_bytes());
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  std::atomic<bool> over_ = false;
  std::uint64_t peak_ = 0;
  std::jthread thread_;
};

/// One split of planted data, its matrix in the one copy of a node.
struct BenchStudy {
  explicit BenchStudy(const BenchSettings& settings) {
    SynthStore store = synthesize({.kind = SynthKind::covidx,
                                   .dim = settings.dim,
                                   .scale = static_cast<double>(settings.samples) / kCovidxSamples,
                                   .seed = 1});
    const std::vector<float>& values = store.embeddings.front().values;
    copy =
        mpi::share_on_node(session, values.size() * sizeof(float), [&](std::span<std::byte> bytes) {
          std::memcpy(bytes.data(), values.data(), bytes.size());
        });
    experiment.name = "bench";
    ValidationErrors errors;
    samples = select_samples(store.samples, experiment, {}, "bench", errors);
    errors.throw_if_any(ErrorCode::internal, "bench");
    split = make_split(samples, Label::class_label, SplitSettings{}, key, Validation::set_aside);
  }

  [[nodiscard]] std::span<const float> embedding() const {
    return {reinterpret_cast<const float*>(copy.bytes().data()),
            copy.bytes().size() / sizeof(float)};
  }

  mpi::Session session{fleet::Launch::alone};
  mpi::NodeCopy copy;
  StreamKey key{.root_seed = 1, .seed = SeedIndex(0), .fold = FoldIndex(0)};
  Experiment experiment;
  ExperimentSamples samples;
  Split split;
};

std::vector<Candidate> candidates(CandidateKind kind, int count, int epochs) {
  std::vector<Candidate> all(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].model = default_model(kind);
    training_of(all[i]).epochs = epochs;
    if (auto* const model = std::get_if<DisentangledModel>(&all[i].model))
      model->lambda.from = 1 + static_cast<double>(i);
  }
  return all;
}

/// Wall time of a cohort's training.
double train(const BenchStudy& study, Engine& engine, const std::vector<Candidate>& models,
             std::size_t dim) {
  std::vector<FitTask> tasks;
  tasks.reserve(models.size());
  for (const Candidate& model : models)
    tasks.push_back({.experiment = &study.experiment,
                     .candidate = &model,
                     .samples = &study.samples,
                     .split = &study.split,
                     .key = study.key,
                     .embedding = study.embedding(),
                     .dim = dim});
  const auto start = Clock::now();
  const std::vector<FitOutcome> outcomes = engine.fit_cohort(tasks);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  for (const FitOutcome& outcome : outcomes)
    if (outcome.failure) std::rethrow_exception(outcome.failure);
  return seconds;
}

std::size_t batch_of(const BenchStudy& study) {
  return std::min(static_cast<std::size_t>(TrainingSettings{}.batch), study.split.train.size());
}

/// Training samples that an epoch's batches hold: the last partial batch is dropped.
std::size_t stepped_samples(const BenchStudy& study) {
  const std::size_t batches = study.split.train.size() / batch_of(study);
  return batches * batch_of(study);
}

/// Operations of one epoch of one fit: products alone, multiply and add counted as two, over the
/// batches that are run (the last partial one is not), and for the domain head the pass over all
/// training samples that feeds its solver.
double operations_of(const BenchStudy& study, CandidateKind kind, const BenchSettings& settings) {
  const auto dim = static_cast<double>(settings.dim);
  const auto rows = static_cast<double>(study.split.train.size());
  const auto stepped = static_cast<double>(stepped_samples(study));
  double heads = static_cast<double>(study.samples.class_label.levels.size());
  const auto domains = static_cast<double>(study.samples.domain.levels.size());
  const bool disentangled = kind == CandidateKind::disentangled;
  if (disentangled) heads += domains;
  const double steps =
      2 * stepped * (2 * dim * kHidden + 3 * kHidden * kEncoded + 3 * kEncoded * heads);
  const double pass = 2 * rows * (dim * kHidden + kHidden * kEncoded);
  return disentangled ? steps + pass : steps;
}

/// Bytes that an epoch of one fit moves at least: each step reads and writes the parameters and the
/// three moments of AdamW with AMSGrad.
double bytes_of(const BenchStudy& study, CandidateKind kind, const BenchSettings& settings) {
  const auto dim = static_cast<double>(settings.dim);
  double heads = static_cast<double>(study.samples.class_label.levels.size());
  if (kind == CandidateKind::disentangled)
    heads += static_cast<double>(study.samples.domain.levels.size());
  const double parameters = (dim + 3) * kHidden + (kHidden + 3) * kEncoded + (kEncoded + 1) * heads;
  const double steps =
      static_cast<double>(stepped_samples(study)) / static_cast<double>(batch_of(study));
  return steps * 2 * 4 * sizeof(float) * parameters;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void keep_best(std::vector<ProductRate>& best, std::vector<ProductRate> rates) {
  if (best.empty()) {
    best = std::move(rates);
    return;
  }
  for (std::size_t i = 0; i < best.size(); ++i)
    best[i].gflops = std::max(best[i].gflops, rates[i].gflops);
}

/// The rates of what trains, into `result`, where they are better than those before.
void measure_rates(BenchResult& result, const BenchStudy& study, const BenchSettings& settings,
                   const ComputeDevice& device) {
  if (!device.gpu) {
    keep_best(result.products,
              measure_product_rates(settings.dim, batch_of(study), device.instruction_set));
    return;
  }
  GpuRates rates = measure_gpu_rates(*device.gpu, settings.dim, batch_of(study),
                                     static_cast<std::size_t>(settings.cohort));
  keep_best(result.products, std::move(rates.products));
  result.copied_gb_per_s = std::max(result.copied_gb_per_s, rates.copied_gb_per_s);
}

/// `operations` or bytes a second, over a rate in 1e9 a second; 0 where that is not known.
double share_of(double amount, double seconds, double rate) {
  return rate > 0 ? amount / seconds / (rate * 1e9) : 0;
}

}  // namespace

BenchResult bench_engine(const BenchSettings& settings, const ComputeDevice& device) {
  BenchResult result;
  if (device.gpu) result.gpu = gpu_name(*device.gpu);
  const BenchStudy study(settings);
  const auto engine = make_engine(EngineKind::lockstep, device);
  result.cpu = host_info().cpu_model;
  result.instruction_set = name_of(device.instruction_set);
  result.train_samples = study.split.train.size();
  result.copy_bytes = study.copy.bytes().size();
  result.memory_limit_bytes = 100e6 + 12e6 * settings.cohort;
  std::vector<std::vector<double>> seconds;
  for (const int cohort : {settings.cohort, 1}) {
    for (const CandidateKind kind : {CandidateKind::baseline, CandidateKind::disentangled}) {
      if (cohort == 1 && settings.cohort == 1 && seconds.size() >= 2) continue;
      BenchVariant variant;
      variant.name = kind == CandidateKind::baseline ? "baseline" : "disentangled";
      variant.cohort = cohort;
      variant.operations = operations_of(study, kind, settings);
      variant.bytes = bytes_of(study, kind, settings);
      result.variants.push_back(variant);
      seconds.emplace_back();
    }
  }
  for (int repeat = 0; repeat < settings.repeats; ++repeat) {
    measure_rates(result, study, settings, device);
    for (std::size_t v = 0; v < result.variants.size(); ++v) {
      const BenchVariant& variant = result.variants[v];
      const CandidateKind kind =
          variant.name == "baseline" ? CandidateKind::baseline : CandidateKind::disentangled;
      MemoryPeak peak;
      seconds[v].push_back(
          train(study, *engine, candidates(kind, variant.cohort, settings.epochs), settings.dim));
      result.memory_bytes =
          std::max(result.memory_bytes, memory_beside(peak.end(), result.copy_bytes));
    }
  }
  for (const ProductRate& rate : result.products) {
    result.product_gflops = std::max(result.product_gflops, rate.gflops);
    if (rate.by == kProductLibrary)
      result.library_gflops = std::max(result.library_gflops, rate.gflops);
  }
  for (std::size_t v = 0; v < result.variants.size(); ++v) {
    BenchVariant& variant = result.variants[v];
    const double epoch_s = median(seconds[v]) / (variant.cohort * settings.epochs);
    variant.rate = {.epoch_s = epoch_s,
                    .roofline_share = share_of(variant.operations, epoch_s, result.product_gflops),
                    .library_share = share_of(variant.operations, epoch_s, result.library_gflops),
                    .memory_share = share_of(variant.bytes, epoch_s, result.copied_gb_per_s),
                    .epochs_per_s = 1 / epoch_s,
                    .samples_per_s = static_cast<double>(stepped_samples(study)) / epoch_s};
  }
  return result;
}

}  // namespace crossfold::cli
