// Seconds of one multinomial logistic regression, for versus_sklearn.py.
//
//   logistic_bench FEATURES LABELS DIM LEVELS PROBABILITIES [REPEATS]
//
// FEATURES is float32 [n, DIM], LABELS int32 [n], both raw and little-endian. Writes the class
// probabilities, float64 [n, LEVELS], and prints the median of the repeats, the largest gradient
// entry at the end and the Newton steps.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "crossfold/core/files.h"
#include "crossfold/solve/logistic_regression.h"
#include "crossfold/train/engine.h"

namespace {

template <class T>
std::vector<T> read_numbers(const char* path) {
  const std::string bytes = crossfold::read_file(path, std::uint64_t{1} << 34);
  std::vector<T> values(bytes.size() / sizeof(T));
  std::copy_n(bytes.data(), values.size() * sizeof(T), reinterpret_cast<char*>(values.data()));
  return values;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    std::fputs("usage: logistic_bench FEATURES LABELS DIM LEVELS PROBABILITIES [REPEATS]\n",
               stderr);
    return 2;
  }
  const auto features = read_numbers<float>(argv[1]);
  const auto labels = read_numbers<std::int32_t>(argv[2]);
  const auto dim = static_cast<std::size_t>(std::atoll(argv[3]));
  const auto levels = static_cast<std::size_t>(std::atoll(argv[4]));
  const int repeats = argc > 6 ? std::atoi(argv[6]) : 5;
  // Sets this thread's libraries to one thread.
  const auto engine = crossfold::make_engine(crossfold::EngineKind::lockstep, {});
  const crossfold::FeatureRows rows{
      .values = features, .dim = dim, .rows = std::nullopt, .scaling = nullptr};
  std::vector<double> seconds;
  crossfold::LogisticFit fit;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    fit = crossfold::fit_logistic(rows, labels, levels);
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(seconds.begin(), seconds.end());
  const std::vector<double> probabilities = crossfold::probabilities(fit.model, rows);
  std::ofstream out(argv[5], std::ios::binary);
  out.write(reinterpret_cast<const char*>(probabilities.data()),
            static_cast<std::streamsize>(probabilities.size() * sizeof(double)));
  std::printf("{\"seconds\": %.6f, \"gradient\": %.3g, \"steps\": %d, \"products\": %d}\n",
              seconds[seconds.size() / 2], fit.gradient, fit.iterations, fit.products);
  return 0;
}
