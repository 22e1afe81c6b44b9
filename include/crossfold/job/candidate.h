#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "crossfold/job/lambda_schedule.h"
#include "crossfold/job/sweep_settings.h"

namespace crossfold {

/// What trains a model: the solver of logistic regressions; for networks a cohort of fits at a
/// time, or one after another by LibTorch's autograd.
enum class EngineKind { lockstep, reference, solver };

/// Whether the domain head also learns inside an epoch or stands still between its solves.
enum class DomainHead { trained, still };
/// Which model is scored: that of the last epoch or that of the lowest validation class loss.
enum class ScoredModel { last, best };

/// The plateau rule: when the validation class loss has not improved by `min_improvement` for more
/// than `patience` epochs, the learning rate is multiplied by `factor`; at the `stop_after`-th time
/// training stops.
struct PlateauSettings {
  int patience = 10;
  double factor = 0.1;
  int stop_after = 3;
  double min_improvement = 1e-6;
};

/// How an encoder is trained (METHODS 5).
struct TrainingSettings {
  int epochs = 200;
  int batch = 256;  ///< samples
  double learning_rate = 1e-3;
  double weight_decay = 0.01;
  PlateauSettings plateau;
  ScoredModel model = ScoredModel::last;
};

/// What a disentangled candidate is to forget, told by a domain head of its own: a label or an
/// attribute of the store with named levels.
struct Adversary {
  std::string of = "domain";
  std::optional<LambdaSchedule> lambda = {};  ///< empty: the candidate's
};

/// Logistic regression on the embedding (METHODS 4).
struct LinearModel {
  static constexpr EngineKind kEngine = EngineKind::solver;
  double c = 1;  ///< inverse strength of the L2 penalty
};

/// An encoder with a class head (METHODS 4).
struct BaselineModel {
  static constexpr EngineKind kEngine = EngineKind::lockstep;
  TrainingSettings training = {};
};

/// A baseline whose encoder forgets what its adversaries tell, by gradient reversal (METHODS 4).
struct DisentangledModel {
  static constexpr EngineKind kEngine = EngineKind::lockstep;
  TrainingSettings training = {};
  LambdaSchedule lambda = {};
  std::vector<Adversary> adversaries = {{}};  ///< the domain first, then by name
  DomainHead domain_head = DomainHead::trained;
};

/// In the order of CandidateKind.
using CandidateModel = std::variant<LinearModel, BaselineModel, DisentangledModel>;
enum class CandidateKind { linear, baseline, disentangled };

/// A model with all of its hyper-parameters; grids are expanded already.
struct Candidate {
  std::string name;
  CandidateModel model = BaselineModel{};
  /// In a sweep: what was varied, as it stands here; empty for a candidate that was not drawn.
  std::vector<Parameter> parameters = {};
};

[[nodiscard]] CandidateKind kind_of(const Candidate& candidate);
/// A model of the kind with the defaults of all settings.
[[nodiscard]] CandidateModel default_model(CandidateKind kind);
/// Whether it is trained epoch by epoch, and so has TrainingSettings.
[[nodiscard]] bool is_network(const Candidate& candidate);
/// Of a network.
[[nodiscard]] const TrainingSettings& training_of(const Candidate& candidate);
[[nodiscard]] TrainingSettings& training_of(Candidate& candidate);

/// The engine that its kind names; of a network `for_networks`, where a job chooses one.
[[nodiscard]] EngineKind engine_of(const Candidate& candidate,
                                   std::optional<EngineKind> for_networks);

/// The candidate's adversaries; none of a kind that is not disentangled.
[[nodiscard]] std::span<const Adversary> adversaries_of(const Candidate& candidate);
[[nodiscard]] bool is_disentangled_from(const Candidate& candidate, std::string_view of);
/// How its domain heads learn; `trained` where it has none.
[[nodiscard]] DomainHead domain_head_of(const Candidate& candidate);
/// The weight of the adversary's reversed gradient.
[[nodiscard]] const LambdaSchedule& lambda_of(const Candidate& candidate,
                                              const Adversary& adversary);
/// The same candidate in one way of writing it: adversaries have lambdas of their own only where
/// these differ.
[[nodiscard]] Candidate with_shared_lambda(Candidate candidate);

}  // namespace crossfold
