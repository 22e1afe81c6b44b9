#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "crossfold/train/compute_device.h"
#include "crossfold/train/product_rate.h"

namespace crossfold::cli {

struct BenchSettings {
  std::size_t samples = 14042;  ///< of the pool; a tenth is held out, a tenth of the rest validates
  std::size_t dim = 1024;
  int cohort = 8;   ///< candidates of one split that are trained together
  int epochs = 10;  ///< of each measured training
  int repeats = 5;  ///< medians over so many
};

/// Medians over the repeats of one kind of fit.
struct EpochRate {
  double epoch_s = 0;         ///< per fit and epoch: wall time of all, over fits times epochs
  double roofline_share = 0;  ///< operations over wall time and over the best product rate
  double library_share = 0;   ///< the same over the product library's best; 0 on a GPU
  /// On a GPU: bytes of parameters and moments that the optimiser must move, over wall time and
  /// over the rate of a copy.
  double memory_share = 0;
  double epochs_per_s = 0;
  double samples_per_s = 0;  ///< training samples that went through a step
};

struct BenchVariant {
  std::string name;  ///< "baseline" or "disentangled"
  int cohort = 0;
  double operations = 0;  ///< of one epoch of one fit, as counted in README
  double bytes = 0;       ///< likewise: parameters and moments, read and written in each step
  EpochRate rate;
};

struct BenchResult {
  std::string cpu;
  std::string instruction_set;
  std::string gpu;  ///< its name; empty: trained on the processor
  std::size_t train_samples = 0;
  std::vector<ProductRate> products;  ///< the best of the repeats for each
  double product_gflops = 0;          ///< the highest of them all
  double library_gflops = 0;          ///< the highest of the product library's; 0 on a GPU
  double copied_gb_per_s = 0;         ///< of a GPU: the best of the repeats
  std::vector<BenchVariant> variants;
  std::uint64_t memory_bytes =
      0;  ///< largest RssAnon seen while the cohort trained, beside copy_bytes
  std::uint64_t copy_bytes =
      0;  ///< of the node's one copy of the features, which this process holds
  double memory_limit_bytes = 0;  ///< what is promised: 100 MB and 12 MB for each fit
};

/// What a process holds beside the node's copy: 0 where parts of the copy are not in memory, which
/// may leave less than the copy in all.
[[nodiscard]] constexpr std::uint64_t memory_beside(std::uint64_t peak, std::uint64_t copy) {
  return peak > copy ? peak - copy : 0;
}

/// Measures on one thread, or on a GPU, on planted data: rates of products and trainings in turn,
/// so that a machine that changes its pace changes it for both.
[[nodiscard]] BenchResult bench_engine(const BenchSettings& settings, const ComputeDevice& device);

}  // namespace crossfold::cli
