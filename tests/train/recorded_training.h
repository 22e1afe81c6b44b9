#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "domain_solver.h"
#include "initial_weights.h"

namespace crossfold::test {

/// The small training of record_network_training.py: its data, weights and batches, bit by bit, and
/// what PyTorch made of them.
struct RecordedTraining {
  static constexpr std::size_t kSamples = 150;
  static constexpr std::size_t kDim = 12;
  static constexpr std::size_t kClasses = 3;
  static constexpr std::size_t kDomains = 4;
  static constexpr std::size_t kSexes = 2;  ///< of the second adversary of "several"
  static constexpr std::size_t kBatch = 16;
  static constexpr int kEpochs = 3;

  /// `kind`: baseline, disentangled, solved, still, several or weighted.
  explicit RecordedTraining(const std::string& kind);

  /// Places of a batch that begins at `first` in an epoch.
  [[nodiscard]] std::vector<std::int64_t> batch(int epoch, std::size_t first) const;
  [[nodiscard]] bool disentangled() const { return kind != "baseline" && kind != "weighted"; }
  [[nodiscard]] bool solved() const {
    return kind == "solved" || kind == "still" || kind == "several";
  }
  /// Of the samples in the class loss; empty: all alike.
  [[nodiscard]] std::vector<float> class_weights() const;
  /// Of each adversary.
  [[nodiscard]] std::vector<double> lambdas(int epoch) const;
  /// What the adversaries tell apart: nothing, the domains, domains and sexes.
  [[nodiscard]] std::vector<train::DomainSolver> adversaries() const;
  /// Columns of the domain heads together.
  [[nodiscard]] std::size_t columns() const;

  std::string kind;
  std::vector<float> features;  ///< [150, 12]
  std::vector<std::int32_t> classes, domains;
  std::vector<std::int32_t> sexes;  ///< -1: missing
  train::InitialWeights weights;
  nlohmann::json recorded;  ///< losses, tensors
};

/// The norm of the difference between `values` and a recorded tensor over the tensor's norm, as
/// estimated from its recorded projections on random signs.
[[nodiscard]] double relative_difference(const std::vector<double>& values,
                                         const nlohmann::json& recorded_tensor);

}  // namespace crossfold::test
