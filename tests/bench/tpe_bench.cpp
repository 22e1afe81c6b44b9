// What a candidate of the sampler tpe costs, by how many are complete: 6 dimensions, 16 a
// generation.

#include <cstddef>
#include <vector>

#include <benchmark/benchmark.h>

#include "crossfold/job/point_sequence.h"
#include "crossfold/sweep/tpe.h"

namespace {

using namespace crossfold;

void generation(benchmark::State& state) {
  constexpr std::size_t kDimensions = 6, kGeneration = 16;
  const std::vector<SearchDimension> dimensions(
      kDimensions, SearchDimension{.key = "x", .low = 0, .high = 1, .only_if = {}});
  const auto points = make_point_sequence(Sampler::random, kDimensions, 1);
  std::vector<double> point(kDimensions);
  std::vector<sweep::ScoredPoint> completed;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    points->next(point);
    completed.push_back({sweep::TreePoint(point.begin(), point.end()), point[0]});
  }
  for ([[maybe_unused]] auto _ : state) {
    RandomStream stream({.root_seed = 1}, "bench");
    sweep::TpeSearch search(dimensions, completed);
    for (std::size_t i = 0; i < kGeneration; ++i) benchmark::DoNotOptimize(search.next(stream));
  }
  state.counters["candidates"] =
      benchmark::Counter(kGeneration, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(generation)->Arg(100)->Arg(1000)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
