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
#include "crossfold/train/lambda_at.h"

#include "batch_order.h"
#include "domain_solver.h"
#include "fit_features.h"
#include "linear_fit.h"
#include "network_training.h"
#include "plateau.h"
#include "score_fit.h"

namespace crossfold::train {
namespace {

at::Tensor as_tensor(const std::vector<std::int32_t>& labels, const at::Device& device) {
  return at::tensor(labels).to(at::kLong).to(device);
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

std::vector<double> class_logits(Network& network, const FitFeatures& features,
                                 const at::Tensor& encoded) {
  const at::NoGradGuard no_grad;
  const at::Tensor logits =
      network->class_head(encoded.to(features.device())).to(at::kCPU).to(at::kDouble).contiguous();
  const double* first = logits.data_ptr<double>();
  return {first, first + logits.numel()};
}

FeatureRows rows_of(const at::Tensor& encoded) {
  return {.values = std::span<const float>(encoded.data_ptr<float>(),
                                           static_cast<std::size_t>(encoded.numel())),
          .dim = static_cast<std::size_t>(encoded.size(1)),
          .rows = std::nullopt,
          .scaling = nullptr};
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
  NetworkFit(const FitTask& task, const at::Device& device)
      : task_(task),
        split_(*task.split),
        settings_(task.candidate->training),
        target_(task.samples->column(task.experiment->target)),
        features_(task, device) {
    if (task.candidate->kind == CandidateKind::disentangled) {
      domains_.emplace(labels_of(task.samples->domain, split_.train));
    }
    network_ = Network(draw_initial_weights(task.key, task.dim, target_.levels.size(),
                                            domains_ ? domains_->domains() : 0));
    network_->to(device);
    training_rows_ = features_.index(split_.train);
    classes_ = as_tensor(labels_of(target_, split_.train), device);
    if (domains_) domain_columns_ = as_tensor(domains_->columns(), device);
  }

  FitResult run() {
    count_samples(task_, result_);
    train();
    score();
    return std::move(result_);
  }

 private:
  void train() {
    NetworkTraining training(network_, settings_, task_.candidate->domain_head);
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
      if (domains_) {
        domains_->solve(encode(network_, features_, split_.train), network_->domain_head,
                        result_.solver);
      }
      if (split_.validation.empty()) continue;
      const double loss = validation_loss();
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

  void run_epoch(NetworkTraining& training, BatchOrder& order, int epoch) {
    const double lambda =
        domains_ ? lambda_at(task_.candidate->lambda, epoch, settings_.epochs) : 0.0;
    network_->train();
    order.next_epoch();
    BatchLosses sums;
    for (std::size_t b = 0; b < order.batches(); ++b) {
      const auto places = order.batch(b);
      const at::Tensor index =
          at::tensor(at::ArrayRef<std::int64_t>(places.data(), places.size()), at::kLong)
              .to(features_.device());
      const TrainingSamples batch{
          .features = features_.take(training_rows_.index_select(0, index)),
          .classes = classes_.index_select(0, index),
          .domains = domains_ ? domain_columns_.index_select(0, index) : at::Tensor()};
      const BatchLosses losses = training.step(batch, lambda);
      sums.klass += losses.klass;
      sums.domain += losses.domain;
    }
    const auto batches = static_cast<double>(order.batches());
    curves_.train_class_loss.push_back(sums.klass / batches);
    curves_.learning_rate.push_back(training.learning_rate());
    if (!domains_) return;
    curves_.train_domain_loss.push_back(sums.domain / batches);
    curves_.lambda.push_back(lambda);
  }

  /// Mean class cross-entropy of the validation samples, from float32 logits in float64.
  double validation_loss() {
    const std::vector<double> logits =
        class_logits(network_, features_, encode(network_, features_, split_.validation));
    const std::vector<std::int32_t> labels = labels_of(target_, split_.validation);
    const std::size_t classes = target_.levels.size();
    double sum = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const auto row = std::span(logits).subspan(i * classes, classes);
      const double largest = *std::max_element(row.begin(), row.end());
      double exponentials = 0;
      for (const double logit : row) exponentials += std::exp(logit - largest);
      sum += largest + std::log(exponentials) - row[static_cast<std::size_t>(labels[i])];
    }
    const double loss = sum / static_cast<double>(labels.size());
    CF_VALIDATE(std::isfinite(loss), ErrorCode::bad_input,
                fmt::format("the validation loss is not finite after epoch {} (it is {}). lower "
                            "the learning rate, or check the embedding",
                            result_.training.epochs, loss));
    return loss;
  }

  void score() {
    const at::Tensor held_out = encode(network_, features_, split_.test);
    std::vector<double> oos_logits;
    if (task_.experiment->evaluate_oos) {
      oos_logits =
          class_logits(network_, features_, encode(network_, features_, task_.samples->oos));
    }
    score_target(task_, class_logits(network_, features_, held_out), oos_logits, result_);
    if (task_.experiment->probe) probe(held_out);
    if (task_.keep_features) keep_features();
    if (task_.keep_curves) result_.artefacts.curves = std::move(curves_);
  }

  void probe(const at::Tensor& held_out) {
    const std::vector<std::uint32_t> other_folds = all_other_folds(split_);
    if (task_.experiment->probe_on == ProbeOn::encoded) {
      const at::Tensor fitted = encode(network_, features_, other_folds);
      score_probe(task_, rows_of(fitted), rows_of(held_out), result_);
      return;
    }
    const std::optional<ColumnScaling> scaling = embedding_scaling(task_);
    const ColumnScaling* scale = scaling ? &*scaling : nullptr;
    score_probe(task_, embedding_rows(task_, other_folds, scale),
                embedding_rows(task_, split_.test, scale), result_);
  }

  void keep_features() {
    Features features{.rows = task_.samples->pool, .dim = kEncodedWidth, .values = {}};
    const std::vector<std::uint32_t>& oos = task_.samples->oos;
    features.rows.insert(features.rows.end(), oos.begin(), oos.end());
    const at::Tensor encoded = encode(network_, features_, features.rows);
    const float* first = encoded.data_ptr<float>();
    features.values.assign(first, first + encoded.numel());
    result_.artefacts.features = std::move(features);
  }

  const FitTask& task_;
  const Split& split_;
  const TrainingSettings& settings_;
  const CodedColumn& target_;
  FitFeatures features_;
  std::optional<DomainSolver> domains_;
  Network network_{nullptr};
  at::Tensor training_rows_;
  at::Tensor classes_;
  at::Tensor domain_columns_;
  Curves curves_;
  FitResult result_;
};

}  // namespace

FitResult fit_network(const FitTask& task, const at::Device& device) {
  return NetworkFit(task, device).run();
}

}  // namespace crossfold::train
