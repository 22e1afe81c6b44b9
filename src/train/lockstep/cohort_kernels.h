#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "crossfold/solve/feature_rows.h"
#include "crossfold/solve/instruction_set.h"
#include "crossfold/solve/logistic_regression.h"

#include "initial_weights.h"

namespace crossfold::train {

/// What all fits of a cohort train on: one split of one embedding set.
struct CohortData {
  std::span<const float> embedding;  ///< [N, dim], row-major
  std::size_t dim = 0;
  const ColumnScaling* scaling = nullptr;  ///< nullptr: as stored
  std::span<const std::uint32_t> rows;     ///< [n] training samples: rows of the embedding
  std::span<const std::int32_t> classes;   ///< [n] codes
  std::span<const std::int32_t> domains;   ///< [n] columns of the domain head; empty: none
};

enum class HeadUpdate { optimiser, none };

/// One fit's network and optimiser, apart from what CohortData says.
struct FitNetwork {
  const InitialWeights* weights = nullptr;
  double weight_decay = 0;
  HeadUpdate domain_head = HeadUpdate::optimiser;
};

/// One optimiser step of one fit.
struct FitStep {
  std::size_t fit = 0;  ///< as add() numbered it
  double learning_rate = 0;
  double lambda = 0;
};

/// Mean cross-entropies over a batch.
struct StepLosses {
  double klass = 0;
  double domain = 0;  ///< 0 without a domain head
};

/// What the training loop asks of a device. One set of kernels holds the networks, the optimisers'
/// state and the buffers of one cohort; a fit's numbers do not depend on the others'. Used by one
/// thread.
class CohortKernels {
 public:
  virtual ~CohortKernels() = default;

  /// Takes in a fit; returns its number, counted from 0.
  virtual std::size_t add(const FitNetwork& network) = 0;
  /// Drops what only training needs of a fit that has ended.
  virtual void end_training(std::size_t fit) = 0;

  /// One AdamW step of each fit named on the training samples at `places`; losses in that order.
  virtual std::vector<StepLosses> step(std::span<const std::int64_t> places,
                                       std::span<const FitStep> fits) = 0;
  /// z' in evaluation mode of `rows` of the embedding; out[i] is fits[i]'s [rows.size(), 64],
  /// row-major.
  virtual void encode(std::span<const std::uint32_t> rows, std::span<const std::size_t> fits,
                      std::span<float* const> out) = 0;

  /// Heads in float64, from and to the kernels' own numbers.
  [[nodiscard]] virtual LogisticModel class_head(std::size_t fit) const = 0;
  [[nodiscard]] virtual LogisticModel domain_head(std::size_t fit) const = 0;
  virtual void set_domain_head(std::size_t fit, const LogisticModel& head) = 0;

  /// Parameters and running statistics as they are now, as NetworkLayout has them; for restore().
  [[nodiscard]] virtual std::vector<float> snapshot(std::size_t fit) const = 0;
  virtual void restore(std::size_t fit, std::span<const float> snapshot) = 0;
  /// AdamW's moving means of the gradients, in the order of snapshot(): after one step a tenth of
  /// the gradient, for checks.
  [[nodiscard]] virtual std::vector<float> gradient_means(std::size_t fit) const = 0;
};

/// The kernels of the CPU, for one of instruction_sets(); one thread.
[[nodiscard]] std::unique_ptr<CohortKernels> make_cpu_kernels(const CohortData& data,
                                                              InstructionSet set);

}  // namespace crossfold::train
