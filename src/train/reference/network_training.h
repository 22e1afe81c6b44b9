#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <torch/optim/adamw.h>

#include "crossfold/job/job.h"

#include "domain_solver.h"
#include "network.h"

namespace crossfold::train {

/// What the domain head of one adversary is to tell of the samples.
struct HeadSamples {
  at::Tensor columns;       ///< int64 [n] of the head; -1: missing
  at::Tensor weights = {};  ///< float [n], 0 where missing; empty: all 1
  std::int64_t levels = 0;  ///< columns of the head
};

/// The samples a network is trained on. Tensors are on the network's device.
struct TrainingSamples {
  at::Tensor features;                        ///< float32 [n, D]
  at::Tensor classes;                         ///< int64 [n]
  at::Tensor class_weights = {};              ///< float [n] in the class loss; empty: all 1
  std::vector<HeadSamples> adversaries = {};  ///< in the order of the domain head's columns
};

/// Mean cross-entropies over some batches, in training mode.
struct BatchLosses {
  double class_label = 0;
  std::vector<double> domain = {};  ///< of each adversary
};

/// Mini-batch steps of AdamW with AMSGrad (METHODS 5) on L_class + L_domain, where a gradient
/// reversal between encoder and domain head turns the encoder's gradient into that of
/// `L_class - lambda L_domain` and leaves the heads theirs, not scaled; of several adversaries
/// each with its own loss, head and lambda.
class NetworkTraining {
 public:
  NetworkTraining(Network network, const Candidate& candidate);

  /// One step. Error{bad_input} when a loss is not finite.
  BatchLosses step(const TrainingSamples& batch, std::span<const double> lambdas);
  void multiply_learning_rate(double factor);
  [[nodiscard]] double learning_rate() const { return learning_rate_; }

 private:
  Network network_;
  const Candidate* candidate_;
  double learning_rate_;
  torch::optim::AdamW optimizer_;
};

/// Puts the solution for `encoded` [n, 64] (float32, on the CPU, contiguous; row i is training
/// sample i) into the head's columns from `first` on, whose present weights are the start.
void solve_domain_head(const DomainSolver& solver, const at::Tensor& encoded,
                       torch::nn::Linear& head, std::int64_t first, SolverFacts& facts);

}  // namespace crossfold::train
