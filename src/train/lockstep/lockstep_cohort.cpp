#include "lockstep_cohort.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/job/lambda_at.h"

#include "batch_order.h"
#include "domain_solver.h"
#include "linear_fit.h"
#include "network_scores.h"
#include "plateau.h"
#include "score_fit.h"

namespace crossfold::train {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// What belongs to one fit alone.
struct Member {
  Member(const FitTask& what, std::size_t number)
      : task(&what), fit(number), plateau(what.candidate->training.plateau) {
    learning_rate = settings().learning_rate;
    count_samples(what, outcome.result);
    outcome.result.training.stop = StopReason::epochs;
  }

  [[nodiscard]] const TrainingSettings& settings() const { return task->candidate->training; }
  [[nodiscard]] bool disentangled() const {
    return task->candidate->kind == CandidateKind::disentangled;
  }

  const FitTask* task;
  std::size_t fit;  ///< the kernels' number of it
  Plateau plateau;
  double learning_rate = 0;
  double lambda = 0;
  StepLosses sums;  ///< over the epoch's batches
  Curves curves;
  double best_loss = std::numeric_limits<double>::infinity();
  std::vector<float> best;  ///< the kernels' snapshot; empty: none wanted, or none yet
  std::vector<float> encoded;
  bool training = true;
  FitOutcome outcome;
};

/// One fit's network for scoring.
class LockstepNetwork final : public TrainedNetwork {
 public:
  LockstepNetwork(CohortKernels& kernels, std::size_t fit) : kernels_(kernels), fit_(fit) {}

  std::vector<float> encode(std::span<const std::uint32_t> rows) override {
    std::vector<float> encoded(rows.size() * kEncodedWidth);
    float* const out = encoded.data();
    kernels_.encode(rows, std::span(&fit_, 1), std::span(&out, 1));
    return encoded;
  }
  std::vector<double> class_logits(std::span<const float> encoded) override {
    return logits(kernels_.class_head(fit_), encoded_rows(encoded));
  }

 private:
  CohortKernels& kernels_;
  std::size_t fit_;
};

class LockstepCohort {
 public:
  LockstepCohort(std::span<const FitTask* const> tasks, MakeKernels make_kernels)
      : split_(*tasks.front()->split),
        batch_(static_cast<std::size_t>(tasks.front()->candidate->training.batch)),
        scaling_(embedding_scaling(*tasks.front())),
        classes_(labels_of(target_of(*tasks.front()), split_.train)),
        order_(tasks.front()->key, split_.train.size(), batch_) {
    const FitTask& first = *tasks.front();
    for (const FitTask* task : tasks) {
      CF_EXPECT(task->split == &split_ || task->split->train == split_.train);
      CF_EXPECT(static_cast<std::size_t>(task->candidate->training.batch) == batch_);
    }
    find_domains(tasks);
    kernels_ = make_kernels(
        {.embedding = first.embedding,
         .dim = first.dim,
         .scaling = scaling_ ? &*scaling_ : nullptr,
         .rows = split_.train,
         .classes = classes_,
         .domains = domains_ ? std::span(domains_->columns()) : std::span<const std::int32_t>()});
    for (const FitTask* task : tasks) add(*task);
  }

  std::vector<FitOutcome> run() {
    for (int epoch = 0; !(running_ = still_training()).empty(); ++epoch) {
      const auto start = Clock::now();
      run_epoch(epoch);
      solve_domain_heads();
      observe_validation();
      for (Member* member : running_) end_epoch(*member, epoch + 1);
      const double share = seconds_since(start) / static_cast<double>(running_.size());
      for (Member* member : running_) {
        member->outcome.result.seconds += share;
        if (!member->training) finish(*member);
      }
    }
    std::vector<FitOutcome> outcomes;
    outcomes.reserve(members_.size());
    for (Member& member : members_) outcomes.push_back(std::move(member.outcome));
    return outcomes;
  }

 private:
  static const CodedColumn& target_of(const FitTask& task) {
    return task.samples->column(task.experiment->target);
  }

  /// Where the domains do not work out, the disentangled fits fail, and only they.
  void find_domains(std::span<const FitTask* const> tasks) {
    const auto disentangled = std::find_if(tasks.begin(), tasks.end(), [](const FitTask* task) {
      return task->candidate->kind == CandidateKind::disentangled;
    });
    if (disentangled == tasks.end()) return;
    try {
      domains_.emplace(labels_of((*disentangled)->samples->domain, split_.train));
    } catch (const Error&) {
      no_domains_ = std::current_exception();
    }
  }

  void add(const FitTask& task) {
    const bool disentangled = task.candidate->kind == CandidateKind::disentangled;
    if (disentangled && no_domains_) {
      Member& member = members_.emplace_back(task, 0);
      member.training = false;
      member.outcome.failure = no_domains_;
      return;
    }
    const InitialWeights weights = draw_initial_weights(
        task.key, task.dim, target_of(task).levels.size(), disentangled ? domains_->domains() : 0);
    const HeadUpdate update = task.candidate->domain_head == DomainHead::trained
                                  ? HeadUpdate::optimiser
                                  : HeadUpdate::none;
    const std::size_t fit = kernels_->add({.weights = &weights,
                                           .weight_decay = task.candidate->training.weight_decay,
                                           .domain_head = update});
    members_.emplace_back(task, fit);
  }

  std::vector<Member*> still_training() {
    std::vector<Member*> running;
    for (Member& member : members_)
      if (member.training) running.push_back(&member);
    return running;
  }

  /// What `work` throws ends this fit alone.
  template <class Work>
  static void guarded(Member& member, const Work& work) {
    if (!member.training) return;
    try {
      work();
    } catch (const std::exception&) {
      fail(member);
    }
  }
  /// Inside a handler.
  static void fail(Member& member) {
    member.training = false;
    member.outcome.failure = std::current_exception();
  }

  void run_epoch(int epoch) {
    for (Member* member : running_) {
      if (member->disentangled())
        member->lambda =
            lambda_at(member->task->candidate->lambda, epoch, member->settings().epochs);
      member->sums = {};
    }
    order_.next_epoch();
    std::vector<Member*> stepping = running_;
    for (std::size_t b = 0; b < order_.batches(); ++b) {
      stop_if_cancelled(stepping);
      std::vector<FitStep> steps;
      steps.reserve(stepping.size());
      for (const Member* member : stepping)
        steps.push_back(
            {.fit = member->fit, .learning_rate = member->learning_rate, .lambda = member->lambda});
      const std::vector<StepLosses> losses = kernels_->step(order_.batch(b), steps);
      for (std::size_t i = 0; i < stepping.size(); ++i) {
        Member& member = *stepping[i];
        guarded(member, [&] { count_losses(member, losses[i]); });
      }
      std::erase_if(stepping, [](const Member* member) { return !member->training; });
    }
    const auto batches = static_cast<double>(order_.batches());
    for (Member* member : stepping) {
      Curves& curves = member->curves;
      curves.train_class_loss.push_back(member->sums.klass / batches);
      curves.learning_rate.push_back(member->learning_rate);
      if (!member->disentangled()) continue;
      curves.train_domain_loss.push_back(member->sums.domain / batches);
      curves.lambda.push_back(member->lambda);
    }
  }

  /// Ends all fits where their tasks say so.
  static void stop_if_cancelled(std::vector<Member*>& members) {
    for (Member* member : members) {
      guarded(*member, [member] {
        const std::atomic<bool>* const cancel = member->task->cancel;
        CF_VALIDATE(cancel == nullptr || !*cancel, ErrorCode::stopped,
                    "stopped on request (the fit is not finished). run again to go on");
      });
    }
    std::erase_if(members, [](const Member* member) { return !member->training; });
  }

  static void count_losses(Member& member, const StepLosses& losses) {
    CF_VALIDATE(std::isfinite(losses.klass) && std::isfinite(losses.domain), ErrorCode::bad_input,
                fmt::format("a training loss is not finite (class {}, domain {}; learning rate {}, "
                            "lambda {}). lower the learning rate or lambda, or check the embedding",
                            losses.klass, losses.domain, member.learning_rate, member.lambda));
    member.sums.klass += losses.klass;
    member.sums.domain += losses.domain;
  }

  /// z' of `rows` for each of `members`, into Member::encoded.
  void encode(std::span<const std::uint32_t> rows, const std::vector<Member*>& members) {
    std::vector<std::size_t> fits;
    std::vector<float*> out;
    for (Member* member : members) {
      member->encoded.resize(rows.size() * kEncodedWidth);
      fits.push_back(member->fit);
      out.push_back(member->encoded.data());
    }
    kernels_->encode(rows, fits, out);
  }

  void solve_domain_heads() {
    std::vector<Member*> disentangled;
    for (Member* member : running_)
      if (member->training && member->disentangled()) disentangled.push_back(member);
    if (disentangled.empty()) return;
    encode(split_.train, disentangled);
    for (Member* member : disentangled) {
      guarded(*member, [&] {
        kernels_->set_domain_head(
            member->fit, domains_->solve(member->encoded, kernels_->domain_head(member->fit),
                                         member->outcome.result.solver));
      });
    }
  }

  void observe_validation() {
    if (split_.validation.empty()) return;
    std::vector<Member*> observed;
    for (Member* member : running_)
      if (member->training) observed.push_back(member);
    if (observed.empty()) return;
    encode(split_.validation, observed);
    for (Member* member : observed) guarded(*member, [&] { observe(*member); });
  }

  void observe(Member& member) {
    LockstepNetwork network(*kernels_, member.fit);
    TrainingFacts& facts = member.outcome.result.training;
    const double loss = validation_loss(*member.task, network, member.encoded, facts.epochs + 1);
    facts.validation_loss = loss;
    member.curves.validation_loss.push_back(loss);
    if (member.settings().model == ScoredModel::best && loss < member.best_loss) {
      member.best_loss = loss;
      member.best = kernels_->snapshot(member.fit);
    }
    const PlateauAction action = member.plateau.observe(loss);
    facts.learning_rate_drops = member.plateau.strikes();
    if (action == PlateauAction::stop) {
      facts.stop = StopReason::plateau;
      member.training = false;
    }
    if (action == PlateauAction::lower) member.learning_rate *= member.settings().plateau.factor;
  }

  static void end_epoch(Member& member, int epochs) {
    member.outcome.result.training.epochs = epochs;
    if (epochs >= member.settings().epochs) member.training = false;
  }

  /// Scores a fit whose training has ended, unless it failed.
  void finish(Member& member) {
    const auto start = Clock::now();
    kernels_->end_training(member.fit);
    member.encoded = {};
    if (member.outcome.failure) return;
    FitResult& result = member.outcome.result;
    try {
      if (!member.best.empty()) {
        kernels_->restore(member.fit, member.best);
        result.training.validation_loss = member.best_loss;
      }
      LockstepNetwork network(*kernels_, member.fit);
      score_network(*member.task, network, result);
      if (member.task->keep_curves) result.artefacts.curves = std::move(member.curves);
    } catch (const std::exception&) {
      fail(member);
    }
    result.seconds += seconds_since(start);
  }

  const Split& split_;
  std::size_t batch_;
  std::optional<ColumnScaling> scaling_;
  std::vector<std::int32_t> classes_;
  BatchOrder order_;
  std::optional<DomainSolver> domains_;
  std::exception_ptr no_domains_;
  std::unique_ptr<CohortKernels> kernels_;
  std::vector<Member> members_;
  std::vector<Member*> running_;  ///< those that began this epoch
};

}  // namespace

std::vector<FitOutcome> train_in_lockstep(std::span<const FitTask* const> tasks,
                                          MakeKernels make_kernels) {
  return LockstepCohort(tasks, make_kernels).run();
}

}  // namespace crossfold::train
