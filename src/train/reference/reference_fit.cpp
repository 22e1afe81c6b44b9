#include "reference_fit.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "adversary_curves.h"
#include "batch_order.h"
#include "domain_solver.h"
#include "fit_features.h"
#include "loss_weights.h"
#include "network_scores.h"
#include "network_training.h"
#include "plateau.h"
#include "score_fit.h"
#include "score_probes.h"

namespace crossfold::train {
namespace {

at::Tensor as_tensor(const std::vector<std::int32_t>& labels, const at::Device& device) {
  return at::tensor(labels).to(at::kLong).to(device);
}

/// Undefined for none.
at::Tensor weights_tensor(std::span<const float> weights, const at::Device& device) {
  if (weights.empty()) return {};
  return at::tensor(at::ArrayRef<float>(weights.data(), weights.size())).to(device);
}
at::Tensor taken(const at::Tensor& weights, const at::Tensor& index) {
  return weights.defined() ? weights.index_select(0, index) : at::Tensor();
}

HeadSamples head_samples(const DomainSolver& adversary, const at::Device& device) {
  HeadSamples head{.columns = as_tensor(adversary.columns(), device),
                   .levels = static_cast<std::int64_t>(adversary.domains())};
  head.weights = weights_tensor(adversary.labels().weights, device);
  return head;
}

HeadSamples taken(const HeadSamples& head, const at::Tensor& index) {
  return {.columns = head.columns.index_select(0, index),
          .weights = taken(head.weights, index),
          .levels = head.levels};
}

/// z' [rows, 64] in evaluation mode, float32 on the CPU.
at::Tensor encode(Network& network, const FitFeatures& features,
                  std::span<const std::uint32_t> rows) {
  constexpr std::size_t kChunk = 1024;  // rows
  const at::NoGradGuard no_grad;
  network->eval();
  at::Tensor encoded =
      at::empty({static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(kEncodedWidth)});
  for (std::size_t first = 0; first < rows.size(); first += kChunk) {
    const auto chunk = rows.subspan(first, std::min(kChunk, rows.size() - first));
    encoded.narrow(0, static_cast<std::int64_t>(first), static_cast<std::int64_t>(chunk.size()))
        .copy_(network->encoder(features.take(features.index(chunk))));
  }
  return encoded;
}

std::vector<float> values_of(const at::Tensor& encoded) {
  const float* first = encoded.data_ptr<float>();
  return {first, first + encoded.numel()};
}

/// Logits of z' [n, 64].
std::vector<double> class_logits(Network& network, const at::Device& device,
                                 std::span<const float> encoded) {
  const at::NoGradGuard no_grad;
  const auto rows = static_cast<std::int64_t>(encoded.size() / kEncodedWidth);
  const at::Tensor input = at::empty({rows, static_cast<std::int64_t>(kEncodedWidth)});
  std::copy(encoded.begin(), encoded.end(), input.data_ptr<float>());
  const at::Tensor logits =
      network->class_head(input.to(device)).to(at::kCPU).to(at::kDouble).contiguous();
  const double* first = logits.data_ptr<double>();
  return {first, first + logits.numel()};
}

/// Parameters and running statistics of the best model so far.
class BestModel {
 public:
  explicit BestModel(ScoredModel scored) : wanted_(scored == ScoredModel::best) {}

  void offer(Network& network, double loss) {
    if (!wanted_ || !(loss < loss_)) return;
    loss_ = loss;
    tensors_.clear();
    for (const at::Tensor& tensor : tensors_of(network))
      tensors_.push_back(tensor.detach().clone());
  }
  /// Brings the best model back; its loss, or nothing when there is none.
  std::optional<double> restore(Network& network) const {
    if (tensors_.empty()) return std::nullopt;
    const at::NoGradGuard no_grad;
    std::vector<at::Tensor> targets = tensors_of(network);
    for (std::size_t i = 0; i < targets.size(); ++i) targets[i].copy_(tensors_[i]);
    return loss_;
  }

 private:
  static std::vector<at::Tensor> tensors_of(Network& network) {
    std::vector<at::Tensor> tensors = network->parameters();
    for (const at::Tensor& buffer : network->buffers()) tensors.push_back(buffer);
    return tensors;
  }
  bool wanted_;
  double loss_ = std::numeric_limits<double>::infinity();
  std::vector<at::Tensor> tensors_;
};

class NetworkFit {
 public:
  NetworkFit(const FitTask& task, const at::Device& device, InstructionSet set)
      : task_(task),
        split_(*task.split),
        settings_(training_of(*task.candidate)),
        target_(task.samples->column(task.experiment->target)),
        set_(set),
        features_(task, device) {
    std::size_t columns = 0;
    for (const Adversary& adversary : adversaries_of(*task.candidate)) {
      adversaries_.emplace_back(
          labels_of(adversary_column(*task.samples, adversary.of), split_.train), set_,
          adversary.of);
      columns += adversaries_.back().domains();
    }
    network_ = Network(draw_initial_weights(task.key, task.dim, target_.levels.size(), columns));
    network_->to(device);
    training_rows_ = features_.index(split_.train);
    classes_ = as_tensor(labels_of(target_, split_.train), device);
    const LossWeights weights(task, split_.train);
    class_weights_ = weights_tensor(weights.of(split_.train), device);
    validation_weights_ = weights.of(split_.validation);
    for (const DomainSolver& adversary : adversaries_)
      heads_.push_back(head_samples(adversary, device));
  }

  FitResult run() {
    count_samples(task_, result_);
    train();
    score();
    if (task_.keep_curves) result_.artefacts.curves = std::move(curves_);
    return std::move(result_);
  }

 private:
  std::vector<float> encoded(std::span<const std::uint32_t> rows) {
    return values_of(encode(network_, features_, rows));
  }
  std::vector<double> logits_of(std::span<const float> encoded) {
    return class_logits(network_, features_.device(), encoded);
  }

  void score() {
    EncodedSamples samples{
        .held_out = encoded(split_.test), .oos = {}, .validation = encoded(split_.validation)};
    if (task_.experiment->evaluate_oos) samples.oos = encoded(task_.samples->oos);
    for (const std::vector<std::uint32_t>& rows : scored_sets(task_))
      samples.sets.push_back(rows.empty() ? std::vector<float>() : encoded(rows));
    score_classes(
        task_, samples, [this](std::span<const float> of) { return logits_of(of); }, result_);
    if (probes_encoded(task_)) {
      const std::vector<std::uint32_t> rows = all_other_folds(split_);
      const std::vector<float> fitted = encoded(rows);
      score_probes(
          task_, {.other_folds = encoded_rows(fitted), .held_out = encoded_rows(samples.held_out)},
          set_, result_);
    }
    if (probes_embedding(task_)) score_probes_on_embedding(task_, set_, result_);
    if (!task_.keep_features) return;
    Features& kept = result_.artefacts.features.emplace();
    kept = {.rows = rows_of_features(task_), .dim = kEncodedWidth, .values = {}};
    kept.values = encoded(kept.rows);
  }

  void train() {
    NetworkTraining training(network_, *task_.candidate);
    BatchOrder order(task_.key, split_.train.size(), static_cast<std::size_t>(settings_.batch));
    Plateau plateau(settings_.plateau);
    BestModel best(settings_.model);
    TrainingFacts& facts = result_.training;
    facts.stop = StopReason::epochs;
    for (int epoch = 0; epoch < settings_.epochs; ++epoch) {
      CF_VALIDATE(task_.cancel == nullptr || !*task_.cancel, ErrorCode::stopped,
                  fmt::format("stopped after epoch {}", epoch));
      run_epoch(training, order, epoch);
      facts.epochs = epoch + 1;
      solve_domain_heads();
      if (split_.validation.empty()) continue;
      const double loss = mean_cross_entropy(logits_of(encoded(split_.validation)),
                                             labels_of(target_, split_.validation),
                                             target_.levels.size(), validation_weights_);
      check_validation_loss(loss, facts.epochs);
      facts.validation_loss = loss;
      curves_.validation_loss.push_back(loss);
      best.offer(network_, loss);
      const PlateauAction action = plateau.observe(loss);
      facts.learning_rate_drops = plateau.strikes();
      if (action == PlateauAction::stop) {
        facts.stop = StopReason::plateau;
        break;
      }
      if (action == PlateauAction::lower) training.multiply_learning_rate(settings_.plateau.factor);
    }
    if (const std::optional<double> loss = best.restore(network_)) facts.validation_loss = loss;
  }

  void solve_domain_heads() {
    if (adversaries_.empty()) return;
    const at::Tensor encoded = encode(network_, features_, split_.train);
    std::int64_t first = 0;
    for (const DomainSolver& adversary : adversaries_) {
      solve_domain_head(adversary, encoded, network_->domain_head, first, result_.solver);
      first += static_cast<std::int64_t>(adversary.domains());
    }
  }

  void run_epoch(NetworkTraining& training, BatchOrder& order, int epoch) {
    const std::vector<double> lambdas = lambdas_at(*task_.candidate, epoch);
    network_->train();
    order.next_epoch();
    BatchLosses sums{.domain = std::vector<double>(adversaries_.size())};
    for (std::size_t b = 0; b < order.batches(); ++b) {
      const auto places = order.batch(b);
      const at::Tensor index =
          at::tensor(at::ArrayRef<std::int64_t>(places.data(), places.size()), at::kLong)
              .to(features_.device());
      TrainingSamples batch{.features = features_.take(training_rows_.index_select(0, index)),
                            .classes = classes_.index_select(0, index),
                            .class_weights = taken(class_weights_, index)};
      for (const HeadSamples& head : heads_) batch.adversaries.push_back(taken(head, index));
      const BatchLosses losses = training.step(batch, lambdas);
      sums.class_label += losses.class_label;
      for (std::size_t i = 0; i < sums.domain.size(); ++i) sums.domain[i] += losses.domain[i];
    }
    const auto batches = static_cast<double>(order.batches());
    curves_.train_class_loss.push_back(sums.class_label / batches);
    curves_.learning_rate.push_back(training.learning_rate());
    if (adversaries_.empty()) return;
    for (double& loss : sums.domain) loss /= batches;
    add_adversaries(*task_.candidate, sums.domain, lambdas, curves_);
  }

  const FitTask& task_;
  const Split& split_;
  const TrainingSettings& settings_;
  const CodedColumn& target_;
  InstructionSet set_;
  FitFeatures features_;
  std::vector<DomainSolver> adversaries_;  ///< in the candidate's order
  Network network_{nullptr};
  at::Tensor training_rows_;
  at::Tensor classes_;
  at::Tensor class_weights_;  ///< empty: all alike
  std::vector<float> validation_weights_;
  std::vector<HeadSamples> heads_;  ///< of the training samples, likewise
  Curves curves_;
  FitResult result_;
};

}  // namespace

FitResult fit_network(const FitTask& task, const at::Device& device, InstructionSet set) {
  return NetworkFit(task, device, set).run();
}

}  // namespace crossfold::train
