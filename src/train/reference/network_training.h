#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <torch/optim/adamw.h>

#include "crossfold/job/job.h"

#include "domain_solver.h"
#include "network.h"

namespace crossfold::train {

/// The samples a network is trained on. Tensors are on the network's device.
struct TrainingSamples {
  at::Tensor features;  ///< float32 [n, D]
  at::Tensor classes;   ///< int64 [n]
  at::Tensor domains;   ///< int64 [n]; columns of the domain head; empty for a baseline
};

/// Mean cross-entropies over some batches, in training mode.
struct BatchLosses {
  double klass = 0;
  double domain = 0;
};

/// Mini-batch steps of AdamW with AMSGrad (METHODS 5) on L_class + L_domain, where a gradient
/// reversal between encoder and domain head turns the encoder's gradient into that of
/// `L_class - lambda L_domain` and leaves the heads theirs, not scaled.
class NetworkTraining {
 public:
  NetworkTraining(Network network, const TrainingSettings& settings, DomainHead domain_head);

  /// One step. Error{bad_input} when a loss is not finite.
  BatchLosses step(const TrainingSamples& batch, double lambda);
  void multiply_learning_rate(double factor);
  [[nodiscard]] double learning_rate() const { return learning_rate_; }

 private:
  Network network_;
  double learning_rate_;
  torch::optim::AdamW optimizer_;
};

/// Puts the solution for `encoded` [n, 64] (float32, on the CPU, contiguous; row i is training
/// sample i) into the head, whose present weights are the start.
void solve_domain_head(const DomainSolver& solver, const at::Tensor& encoded,
                       torch::nn::Linear& head, SolverFacts& facts);

}  // namespace crossfold::train
