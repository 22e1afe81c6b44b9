#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "crossfold/solve/feature_rows.h"
#include "crossfold/solve/instruction_set.h"
#include "crossfold/solve/logistic_regression.h"

#include "domain_solver.h"
#include "initial_weights.h"

namespace crossfold::train {

/// A split of the embedding set, as the fits on it see it. The caller keeps what it points to
/// alive.
struct CohortSplit {
  const ColumnScaling* scaling = nullptr;            ///< nullptr: as stored
  std::span<const std::uint32_t> train;              ///< [n] rows of the embedding
  std::span<const std::int32_t> classes;             ///< [n] codes
  std::vector<HeadLabels> adversaries;               ///< of which fits take some, see FitNetwork
  std::span<const std::uint32_t> validation;         ///< [v] rows; may be none
  std::span<const std::int32_t> validation_classes;  ///< [v] codes
  // Of the samples in the class loss; empty: all alike.
  std::span<const float> class_weights = {};       ///< [n]
  std::span<const float> validation_weights = {};  ///< [v]
};

/// What the fits of a cohort are trained on.
struct CohortData {
  std::span<const float> embedding;  ///< [N, dim], row-major
  std::size_t dim = 0;
  std::vector<CohortSplit> splits;
};

enum class HeadUpdate { optimiser, none };

/// One fit's network and optimiser.
struct FitNetwork {
  std::size_t split = 0;  ///< its place in CohortData
  const InitialWeights* weights = nullptr;
  /// Which of the split's adversaries have a domain head, in the order of its columns.
  std::vector<std::size_t> adversaries = {};
  double weight_decay = 0;
  HeadUpdate domain_head = HeadUpdate::optimiser;
};

/// Mini-batches of one split, one behind the other.
struct Batches {
  std::span<const std::int64_t> places;  ///< [count() * size] places of training samples
  std::size_t size = 0;                  ///< samples of each

  [[nodiscard]] std::size_t count() const { return size == 0 ? 0 : places.size() / size; }
  [[nodiscard]] std::span<const std::int64_t> at(std::size_t batch) const {
    return places.subspan(batch * size, size);
  }
};

/// An epoch of one fit: an AdamW step for each batch of its split.
struct FitEpoch {
  std::size_t fit = 0;  ///< as add() numbered it
  double learning_rate = 0;
  std::vector<double> lambdas = {};  ///< one for each domain head
};

/// Mean cross-entropies over a batch; of a domain head over its samples whose label is known, 0
/// without any.
struct StepLosses {
  double class_label = 0;
  std::vector<double> domain = {};  ///< of each domain head

  [[nodiscard]] bool is_finite() const {
    return std::isfinite(class_label) && std::all_of(domain.begin(), domain.end(), [](double loss) {
             return std::isfinite(loss);
           });
  }
};

/// What became of a fit in an epoch.
struct EpochLosses {
  StepLosses sum;  ///< over its batches
  /// Losses of the first batch where they were not finite; the fit's numbers are worth nothing
  /// then.
  std::optional<StepLosses> not_finite;

  /// Adds those of the next batch.
  void count(const StepLosses& step) {
    if (!step.is_finite()) {
      not_finite = step;
      return;
    }
    sum.class_label += step.class_label;
    sum.domain.resize(step.domain.size());
    for (std::size_t head = 0; head < step.domain.size(); ++head)
      sum.domain[head] += step.domain[head];
  }
};

/// Rows of the embedding that a fit is to encode.
struct EncodeRequest {
  std::size_t fit = 0;
  std::span<const std::uint32_t> rows;
  float* out = nullptr;  ///< [rows.size(), 64], row-major
};

/// A logistic regression on a fit's z' of some rows.
struct ProbeRequest {
  std::size_t fit = 0;
  std::span<const std::uint32_t> rows;
  std::span<const std::int32_t> labels;  ///< [rows.size()]
  std::size_t levels = 0;
};

/// A logistic regression, or what it failed with.
struct HeadSolve {
  LogisticFit solution;
  std::exception_ptr failure;
};

/// What the training loop asks of a device, for many fits at once. One set of kernels holds the
/// networks, the optimisers' state and the buffers of one cohort, whose fits share embedding set
/// and batch size and may lie on several splits; a fit's numbers do not depend on the others'. What
/// fails as a whole, such as a lack of memory, is thrown. Used by one thread.
class CohortKernels {
 public:
  virtual ~CohortKernels() = default;

  /// Takes in a fit; returns its number, counted from 0.
  virtual std::size_t add(const FitNetwork& network) = 0;
  /// Makes what training needs, for batches of up to `batch` samples; after the last add().
  virtual void begin(std::size_t batch) = 0;
  /// Drops what only training needs of a fit that has ended.
  virtual void end_training(std::size_t fit) = 0;

  /// Trains each fit on the batches of its split, `batches[split]`; outcomes in that order. A fit
  /// is left where its losses are no longer finite. Nothing when `stop`, which is asked now and
  /// then, said so: the fits are then somewhere in the epoch.
  [[nodiscard]] virtual std::optional<std::vector<EpochLosses>> train_epoch(
      std::span<const Batches> batches, std::span<const FitEpoch> fits,
      const std::function<bool()>& stop) = 0;
  /// Solves the domain heads on z' of the training samples (METHODS 4), each from where it stands:
  /// all heads of the first fit, then those of the next.
  virtual std::vector<HeadSolve> solve_domain_heads(std::span<const std::size_t> fits) = 0;
  /// Mean class cross-entropies of the validation samples.
  [[nodiscard]] virtual std::vector<double> validation_losses(
      std::span<const std::size_t> fits) = 0;

  /// Keeps parameters and running statistics as they are now, in place of those kept before.
  virtual void keep(std::span<const std::size_t> fits) = 0;
  /// Brings back what keep() has kept.
  virtual void restore(std::span<const std::size_t> fits) = 0;

  /// z' in evaluation mode.
  virtual void encode(std::span<const EncodeRequest> requests) = 0;
  [[nodiscard]] virtual std::vector<HeadSolve> probe(std::span<const ProbeRequest> requests) = 0;
  /// In float64, from the kernels' own numbers.
  [[nodiscard]] virtual LogisticModel class_head(std::size_t fit) const = 0;

  /// Parameters and running statistics as they are now, as NetworkLayout has them; for checks.
  [[nodiscard]] virtual std::vector<float> snapshot(std::size_t fit) const = 0;
  /// AdamW's moving means of the gradients, in the order of snapshot(): after one step a tenth of
  /// the gradient, for checks.
  [[nodiscard]] virtual std::vector<float> gradient_means(std::size_t fit) const = 0;
};

/// The kernels of the CPU, for one of instruction_sets(); one thread.
[[nodiscard]] std::unique_ptr<CohortKernels> make_cpu_kernels(CohortData data, InstructionSet set);

}  // namespace crossfold::train
