// The parts of an epoch one by one, for each instruction set: what takes the time.
//   engine_parts_bench --benchmark_filter=step/2     # the sets: 0 portable, 1 avx2, 2 avx512, 3
//   amx

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "aligned_floats.h"
#include "batch_kernels.h"
#include "cohort_kernels.h"
#include "initial_weights.h"
#include "sample_block.h"

namespace crossfold::train {
namespace {

constexpr std::size_t kBatch = 256;
constexpr std::size_t kDim = 1024;
constexpr std::size_t kFits = 8;  // whose states do not all fit the second-level cache

AlignedFloats numbers(std::size_t count, bool positive = false) {
  AlignedFloats values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = static_cast<float>(static_cast<double>(i * 7919 % 1021) / 1021 - 0.5);
    if (positive) values[i] = std::abs(values[i]);
  }
  return values;
}

InstructionSet set_of(const benchmark::State& state) {
  return instruction_sets()[static_cast<std::size_t>(state.range(0))];
}

void set_rate(benchmark::State& state, double operations) {
  state.SetLabel(std::string(name_of(set_of(state))));
  if (operations > 0)
    state.counters["FLOP/s"] = benchmark::Counter(
        operations * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

constexpr double kProduct = 2.0 * kBatch * kDim * kHiddenWidth;

struct Adam {
  AlignedFloats w = numbers(kHiddenWidth * kDim), m = w, v = numbers(kHiddenWidth * kDim, true),
                largest = v;
  AdamState at(std::size_t offset) {
    return {w.data() + offset, m.data() + offset, v.data() + offset, largest.data() + offset};
  }
};
constexpr AdamStep kStep{.keep = 0.99F, .rate = 1e-4F, .inverse_correction = 1.0F};

void gather(benchmark::State& state) {
  const auto block = make_sample_block(set_of(state), kBatch, kDim, SampleBlock::Use::training);
  const AlignedFloats store = numbers(4 * kBatch * kDim);
  std::vector<std::uint32_t> rows(kBatch);
  for (std::uint32_t i = 0; i < kBatch; ++i) rows[i] = i * 997 % (4 * kBatch);
  for (auto _ : state)
    block->take({.values = store,
                 .dim = kDim,
                 .rows = std::span<const std::uint32_t>(rows),
                 .scaling = nullptr});
  set_rate(state, 0);
}

void forward(benchmark::State& state) {
  const auto block = make_sample_block(set_of(state), kBatch, kDim, SampleBlock::Use::evaluation);
  const AlignedFloats features = numbers(kBatch * kDim);
  block->take({.values = features, .dim = kDim, .rows = {}, .scaling = nullptr});
  std::vector<AlignedFloats> weights(kFits, numbers(kHiddenWidth * kDim));
  AlignedFloats out(kBatch * kHiddenWidth);
  std::size_t fit = 0;
  for (auto _ : state) {
    block->forward(weights[fit++ % kFits].data(), kHiddenWidth / kPanel, out.data());
  }
  set_rate(state, kProduct);
}

void weight_gradient_and_adamw(benchmark::State& state) {
  const auto block = make_sample_block(set_of(state), kBatch, kDim, SampleBlock::Use::training);
  const AlignedFloats features = numbers(kBatch * kDim);
  block->take({.values = features, .dim = kDim, .rows = {}, .scaling = nullptr});
  std::vector<Adam> fits(kFits);
  const AlignedFloats d = numbers(kBatch * kHiddenWidth);
  std::size_t fit = 0;
  for (auto _ : state) {
    block->gradient_step(d.data(), kHiddenWidth / kPanel, fits[fit++ % kFits].at(0), kStep);
  }
  set_rate(state, kProduct);
}

void adamw_alone(benchmark::State& state) {
  const BatchKernels& kernels = batch_kernels(set_of(state));
  std::vector<Adam> fits(kFits);
  const AlignedFloats gradient = numbers(kHiddenWidth * kDim);
  std::size_t fit = 0;
  for (auto _ : state)
    kernels.adamw(fits[fit++ % kFits].at(0), gradient.data(), gradient.size(), kStep);
  set_rate(state, 0);
}

struct Norm {
  AlignedFloats scale = numbers(kHiddenWidth), shift = scale, running_mean = scale,
                running_variance = numbers(kHiddenWidth, true), mean = scale,
                inverse_sd = running_variance, bias = scale;
  NormUnits units() {
    return {scale.data(), shift.data(),     running_mean.data(), running_variance.data(),
            mean.data(),  inverse_sd.data()};
  }
};

void relu_norm(benchmark::State& state) {
  const BatchKernels& kernels = batch_kernels(set_of(state));
  Norm norm;
  AlignedFloats h = numbers(kBatch * kHiddenWidth), out = h;
  for (auto _ : state)
    kernels.relu_norm(h.data(), out.data(), kHiddenWidth, kBatch, kBatch, norm.bias.data(),
                      norm.units());
  set_rate(state, 0);
}

void relu_norm_backward(benchmark::State& state) {
  const BatchKernels& kernels = batch_kernels(set_of(state));
  Norm norm, gradients;
  const AlignedFloats rectified = numbers(kBatch * kHiddenWidth, true);
  AlignedFloats d = numbers(kBatch * kHiddenWidth);
  for (auto _ : state)
    kernels.relu_norm_backward(
        rectified.data(), d.data(), kHiddenWidth, kBatch, kBatch, norm.units(),
        {gradients.bias.data(), gradients.scale.data(), gradients.shift.data()});
  set_rate(state, 0);
}

void head(benchmark::State& state) {
  const BatchKernels& kernels = batch_kernels(set_of(state));
  constexpr std::size_t kLevels = 5;
  const AlignedFloats features = numbers(kEncodedWidth * kBatch),
                      weight = numbers(kLevels * kEncodedWidth), bias = numbers(kLevels);
  const std::vector<std::int32_t> codes(kBatch, 2);
  AlignedFloats residuals(kLevels * kBatch), feature_gradient(kEncodedWidth * kBatch),
      weight_gradient(kLevels * kEncodedWidth), bias_gradient(kLevels);
  for (auto _ : state)
    benchmark::DoNotOptimize(kernels.head({.width = kEncodedWidth,
                                           .levels = kLevels,
                                           .samples = kBatch,
                                           .weight = weight.data(),
                                           .bias = bias.data(),
                                           .features = features.data(),
                                           .codes = codes.data(),
                                           .factor = -1,
                                           .residuals = residuals.data(),
                                           .feature_gradient = feature_gradient.data(),
                                           .weight_gradient = weight_gradient.data(),
                                           .bias_gradient = bias_gradient.data()}));
  set_rate(state, 0);
}

InitialWeights initial_weights() {
  const auto layer = [](std::size_t outputs, std::size_t inputs) {
    const AlignedFloats weight = numbers(outputs * inputs);
    AffineWeights affine{.weight = {weight.begin(), weight.end()},
                         .bias = std::vector<float>(outputs, 0.0F)};
    for (float& w : affine.weight) w /= std::sqrt(static_cast<float>(inputs));
    return affine;
  };
  return {.hidden = layer(kHiddenWidth, kDim),
          .encoded = layer(kEncodedWidth, kHiddenWidth),
          .class_head = layer(3, kEncodedWidth),
          .domain_head = {}};
}

/// Eight baseline fits of one split.
struct Cohort {
  static constexpr std::size_t kBatches = 16;

  explicit Cohort(InstructionSet set)
      : features(numbers(kBatches * kBatch * kDim)), rows(kBatches * kBatch), classes(rows.size()) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i] = static_cast<std::uint32_t>(i * 997 % rows.size());
      classes[i] = static_cast<std::int32_t>(i % 3);
    }
    const CohortSplit split{.scaling = nullptr,
                            .train = rows,
                            .classes = classes,
                            .adversaries = {},
                            .validation = {},
                            .validation_classes = {}};
    kernels = make_cpu_kernels({.embedding = features, .dim = kDim, .splits = {split}}, set);
    const InitialWeights weights = initial_weights();
    for (std::size_t fit = 0; fit < kFits; ++fit) {
      kernels->add({.weights = &weights, .weight_decay = 1e-4});
      steps.push_back({.fit = fit, .learning_rate = 1e-4});
      fits.push_back(fit);
    }
    kernels->begin(kBatch);
  }

  AlignedFloats features;
  std::vector<std::uint32_t> rows;
  std::vector<std::int32_t> classes;
  std::unique_ptr<CohortKernels> kernels;
  std::vector<FitEpoch> steps;
  std::vector<std::size_t> fits;
};

/// All of a step of eight fits.
void step(benchmark::State& state) {
  Cohort cohort(set_of(state));
  std::vector<std::int64_t> places(kBatch);
  std::size_t batch = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < kBatch; ++i)
      places[i] = static_cast<std::int64_t>(batch % Cohort::kBatches * kBatch + i);
    const Batches one{.places = places, .size = kBatch};
    benchmark::DoNotOptimize(
        cohort.kernels->train_epoch(std::span(&one, 1), cohort.steps, [] { return false; }));
    ++batch;
  }
  set_rate(state, kFits * (2 * kProduct + 3 * 2.0 * kBatch * kHiddenWidth * kEncodedWidth));
}

/// And of a pass in evaluation mode.
void encode(benchmark::State& state) {
  Cohort cohort(set_of(state));
  std::vector<std::vector<float>> encoded(kFits, std::vector<float>(kBatch * kEncodedWidth));
  std::vector<EncodeRequest> requests(kFits);
  std::size_t batch = 0;
  for (auto _ : state) {
    const auto rows = std::span(cohort.rows).subspan(batch++ % Cohort::kBatches * kBatch, kBatch);
    for (std::size_t i = 0; i < kFits; ++i)
      requests[i] = {.fit = cohort.fits[i], .rows = rows, .out = encoded[i].data()};
    cohort.kernels->encode(requests);
  }
  set_rate(state, kFits * (kProduct + 2.0 * kBatch * kHiddenWidth * kEncodedWidth));
}

void every_set(benchmark::internal::Benchmark* bench) {
  bench->DenseRange(0, static_cast<int>(instruction_sets().size()) - 1);
}
BENCHMARK(gather)->Apply(every_set);
BENCHMARK(forward)->Apply(every_set);
BENCHMARK(weight_gradient_and_adamw)->Apply(every_set);
BENCHMARK(adamw_alone)->Apply(every_set);
BENCHMARK(relu_norm)->Apply(every_set);
BENCHMARK(relu_norm_backward)->Apply(every_set);
BENCHMARK(head)->Apply(every_set);
BENCHMARK(step)->Apply(every_set);
BENCHMARK(encode)->Apply(every_set);

}  // namespace
}  // namespace crossfold::train

BENCHMARK_MAIN();
