#include "lockstep_cohort.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <future>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "adversary_curves.h"
#include "network_scores.h"
#include "out_of_device_memory.h"
#include "plateau.h"
#include "score_fit.h"
#include "shared_split.h"
#include "trained_fit.h"

namespace crossfold::train {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// What belongs to one fit alone.
struct Member {
  explicit Member(const LockstepFit& fit_of)
      : task(fit_of.task), outcome(fit_of.outcome), plateau(settings().plateau) {
    learning_rate = settings().learning_rate;
    *outcome = {};
    count_samples(*task, result());
    result().training.stop = StopReason::epochs;
  }

  [[nodiscard]] const TrainingSettings& settings() const { return training_of(*task->candidate); }
  [[nodiscard]] std::span<const Adversary> adversaries() const {
    return adversaries_of(*task->candidate);
  }
  [[nodiscard]] bool disentangled() const { return !adversaries().empty(); }
  [[nodiscard]] bool is_cancelled() const { return task->cancel != nullptr && *task->cancel; }
  [[nodiscard]] FitResult& result() const { return outcome->result; }

  const FitTask* task;
  FitOutcome* outcome;    ///< whoever scores the fit has it, once it is handed over
  std::size_t split = 0;  ///< its place in the cohort's splits
  std::size_t fit = 0;    ///< the kernels' number of it
  Plateau plateau;
  double learning_rate = 0;
  std::vector<std::size_t> heads;  ///< its adversaries among those of the split
  std::vector<double> lambdas;     ///< of this epoch, one for each
  Curves curves;
  double best_loss = std::numeric_limits<double>::infinity();  ///< of the model that is kept
  bool training = true;
};

using Members = std::vector<Member*>;

/// What `work` throws ends this fit alone.
template <class Work>
void guarded(Member& member, const Work& work) {
  try {
    work();
  } catch (const std::exception&) {
    member.training = false;
    member.outcome->failure = std::current_exception();
  }
}

/// Fails the fits that have not failed yet.
void fail(const Members& members, const std::exception_ptr& failure) {
  for (Member* member : members) {
    member->training = false;
    if (!member->outcome->failure) member->outcome->failure = failure;
  }
}

void rethrow(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

std::vector<std::size_t> fits_of(const Members& members) {
  std::vector<std::size_t> fits;
  fits.reserve(members.size());
  for (const Member* member : members) fits.push_back(member->fit);
  return fits;
}

void score_all(const std::vector<TrainedFit>& fits, InstructionSet set) {
  for (const TrainedFit& fit : fits) score_trained(fit, set);
}

class LockstepCohort {
 public:
  LockstepCohort(std::span<const LockstepFit> fits, const MakeKernels& make_kernels,
                 InstructionSet set, ScoringThread* scoring)
      : set_(set), scoring_(scoring) {
    const FitTask& first = *fits.front().task;
    members_.reserve(fits.size());
    for (const LockstepFit& fit : fits) {
      CF_EXPECT(fit.task->embedding.data() == first.embedding.data() && fit.task->dim == first.dim);
      CF_EXPECT(training_of(*fit.task->candidate).batch == training_of(*first.candidate).batch);
      Member& member = members_.emplace_back(fit);
      guarded(member, [&] { find_split(member); });
    }
    CohortData data{.embedding = first.embedding, .dim = first.dim, .splits = {}};
    for (const SharedSplit& split : splits_) data.splits.push_back(split.view());
    kernels_ = make_kernels(std::move(data));
    for (Member& member : members_)
      if (member.training) add(member);
    if (!still_training().empty()) kernels_->begin(largest_batch());
  }

  void run() {
    for (int epoch = 0; !(running_ = still_training()).empty(); ++epoch) {
      const auto start = Clock::now();
      train_epoch(epoch);
      solve_domain_heads();
      observe_validation();
      for (Member* member : running_) end_epoch(*member, epoch + 1);
      const double share = seconds_since(start) / static_cast<double>(running_.size());
      for (Member* member : running_) member->result().seconds += share;
      std::erase_if(running_, [](const Member* member) { return member->training; });
      finish(running_);
    }
  }

 private:
  /// Where an adversary does not work out, the fits that have it fail, and only they.
  void find_split(Member& member) {
    const auto known = std::find_if(splits_.begin(), splits_.end(), [&](const SharedSplit& split) {
      return split.holds(*member.task);
    });
    member.split = static_cast<std::size_t>(known - splits_.begin());
    if (known == splits_.end()) splits_.emplace_back(*member.task, set_);
    for (const Adversary& adversary : member.adversaries())
      member.heads.push_back(splits_[member.split].need(adversary.of));
  }

  void add(Member& member) {
    const FitTask& task = *member.task;
    std::size_t domains = 0;
    for (const std::size_t head : member.heads) domains += splits_[member.split].columns(head);
    const InitialWeights weights =
        draw_initial_weights(task.key, task.dim, target_of(task).levels.size(), domains);
    const HeadUpdate update = domain_head_of(*task.candidate) == DomainHead::trained
                                  ? HeadUpdate::optimiser
                                  : HeadUpdate::none;
    member.fit = kernels_->add({.split = member.split,
                                .weights = &weights,
                                .adversaries = member.heads,
                                .weight_decay = member.settings().weight_decay,
                                .domain_head = update});
  }

  [[nodiscard]] std::size_t largest_batch() const {
    std::size_t largest = 0;
    for (const SharedSplit& split : splits_) largest = std::max(largest, split.batch_size());
    return largest;
  }

  Members still_training() {
    Members running;
    for (Member& member : members_)
      if (member.training) running.push_back(&member);
    return running;
  }
  /// Of those that began this epoch.
  template <class Wanted>
  [[nodiscard]] Members running_that(const Wanted& wanted) const {
    Members some;
    for (Member* member : running_)
      if (member->training && wanted(*member)) some.push_back(member);
    return some;
  }

  void train_epoch(int epoch) {
    stop_those_told();
    const Members stepping = running_that([](const Member&) { return true; });
    if (stepping.empty()) return;
    std::vector<bool> needed(splits_.size());
    std::vector<FitEpoch> fits;
    for (Member* member : stepping) {
      member->lambdas = lambdas_at(*member->task->candidate, epoch);
      fits.push_back(
          {.fit = member->fit, .learning_rate = member->learning_rate, .lambdas = member->lambdas});
      needed[member->split] = true;
    }
    std::vector<Batches> batches(splits_.size());
    for (std::size_t split = 0; split < splits_.size(); ++split) {
      if (!needed[split]) continue;
      splits_[split].next_epoch();
      batches[split] = splits_[split].batches();
    }
    const auto losses = kernels_->train_epoch(batches, fits, [&] {
      return std::all_of(stepping.begin(), stepping.end(),
                         [](const Member* member) { return member->is_cancelled(); });
    });
    if (!losses) {
      stop_those_told();
      return;
    }
    for (std::size_t i = 0; i < stepping.size(); ++i) {
      Member& member = *stepping[i];
      guarded(member, [&] { record_epoch(member, losses->at(i), batches[member.split].count()); });
    }
  }

  /// Ends the fits whose tasks say so.
  void stop_those_told() {
    for (Member* member : running_) {
      guarded(*member, [member] {
        CF_VALIDATE(!member->is_cancelled(), ErrorCode::stopped,
                    "stopped on request (the fit is not finished). run again to go on");
      });
    }
  }

  static void record_epoch(Member& member, const EpochLosses& losses, std::size_t batches) {
    if (losses.not_finite)
      throw loss_not_finite(*member.task->candidate, {.class_label = losses.not_finite->class_label,
                                                      .domain = losses.not_finite->domain,
                                                      .learning_rate = member.learning_rate,
                                                      .lambdas = member.lambdas});
    const auto count = static_cast<double>(batches);
    Curves& curves = member.curves;
    curves.train_class_loss.push_back(losses.sum.class_label / count);
    curves.learning_rate.push_back(member.learning_rate);
    if (!member.disentangled()) return;
    std::vector<double> domain = losses.sum.domain;
    for (double& loss : domain) loss /= count;
    add_adversaries(*member.task->candidate, domain, member.lambdas, curves);
  }

  void solve_domain_heads() {
    const Members disentangled =
        running_that([](const Member& member) { return member.disentangled(); });
    if (disentangled.empty()) return;
    const std::vector<HeadSolve> solves = kernels_->solve_domain_heads(fits_of(disentangled));
    std::size_t next = 0;
    for (Member* member : disentangled) {
      const std::size_t first = std::exchange(next, next + member->heads.size());
      guarded(*member, [&] {
        for (std::size_t i = first; i < next; ++i) {
          rethrow(solves.at(i).failure);
          record_solve(solves[i].solution, member->result().solver);
        }
      });
    }
  }

  void observe_validation() {
    const Members observed =
        running_that([](const Member& member) { return !member.task->split->validation.empty(); });
    if (observed.empty()) return;
    const std::vector<double> losses = kernels_->validation_losses(fits_of(observed));
    Members improved;
    for (std::size_t i = 0; i < observed.size(); ++i) {
      Member& member = *observed[i];
      guarded(member, [&] {
        observe(member, losses.at(i));
        if (member.settings().model != ScoredModel::best || !(losses[i] < member.best_loss)) return;
        member.best_loss = losses[i];
        improved.push_back(&member);
      });
    }
    kernels_->keep(fits_of(improved));
  }

  static void observe(Member& member, double loss) {
    TrainingFacts& facts = member.result().training;
    check_validation_loss(loss, facts.epochs + 1);
    facts.validation_loss = loss;
    member.curves.validation_loss.push_back(loss);
    const PlateauAction action = member.plateau.observe(loss);
    facts.learning_rate_drops = member.plateau.strikes();
    if (action == PlateauAction::stop) {
      facts.stop = StopReason::plateau;
      member.training = false;
    }
    if (action == PlateauAction::lower) member.learning_rate *= member.settings().plateau.factor;
  }

  static void end_epoch(Member& member, int epochs) {
    member.result().training.epochs = epochs;
    if (epochs >= member.settings().epochs) member.training = false;
  }

  /// Has fits scored whose training has ended, but for those that failed.
  void finish(const Members& ended) {
    if (ended.empty()) return;
    const auto start = Clock::now();
    const auto count = static_cast<double>(ended.size());
    for (const Member* member : ended) kernels_->end_training(member->fit);
    Members successes = ended;
    std::erase_if(successes,
                  [](const Member* member) { return member->outcome->failure != nullptr; });
    std::vector<TrainedFit> trained;
    try {
      if (!successes.empty()) trained = fetch(successes);
    } catch (const DeviceLost&) {
      throw;
    } catch (const OutOfDeviceMemory&) {  // no fault of these fits: a smaller cohort may do
      throw;
    } catch (const std::exception&) {
      fail(successes, std::current_exception());
    }
    const double share = seconds_since(start) / count;
    for (Member* member : ended) member->result().seconds += share;
    if (!trained.empty()) score(std::move(trained));
  }

  /// From here on the outcomes are with the scoring thread, if there is one.
  void score(std::vector<TrainedFit> fits) {
    if (scoring_ == nullptr) {
      score_all(fits, set_);
      return;
    }
    scoring_->post(
        std::packaged_task<void()>([fits = std::move(fits), set = set_] { score_all(fits, set); }));
  }

  /// What the members are scored from, once the kernels have brought their best models back.
  std::vector<TrainedFit> fetch(const Members& members) {
    restore_best(members);
    std::vector<TrainedFit> fits(members.size());
    for (std::size_t i = 0; i < members.size(); ++i) {
      Member& member = *members[i];
      fits[i].task = member.task;
      fits[i].outcome = member.outcome;
      fits[i].class_head = kernels_->class_head(member.fit);
      if (member.task->keep_curves) member.result().artefacts.curves = std::move(member.curves);
    }
    encode_samples(members, fits);
    probe(members, fits);
    return fits;
  }

  void restore_best(const Members& members) {
    Members kept;
    for (Member* member : members) {
      if (!(member->best_loss < std::numeric_limits<double>::infinity())) continue;
      member->result().training.validation_loss = member->best_loss;
      kept.push_back(member);
    }
    kernels_->restore(fits_of(kept));
  }

  /// z' of all that the members are scored on, and of what they are to keep.
  void encode_samples(const Members& members, std::vector<TrainedFit>& fits) {
    std::vector<EncodeRequest> requests;
    const auto ask = [&](const Member& member, std::span<const std::uint32_t> rows,
                         std::vector<float>& out) {
      out.resize(rows.size() * kEncodedWidth);
      requests.push_back({.fit = member.fit, .rows = rows, .out = out.data()});
    };
    for (std::size_t i = 0; i < members.size(); ++i) {
      Member& member = *members[i];
      const FitTask& task = *member.task;
      EncodedSamples& samples = fits[i].samples;
      ask(member, task.split->test, samples.held_out);
      if (task.experiment->evaluate_oos) ask(member, task.samples->oos, samples.oos);
      const auto sets = scored_sets(task);
      samples.sets.resize(sets.size());
      for (std::size_t set = 0; set < sets.size(); ++set) ask(member, sets[set], samples.sets[set]);
      if (probes_encoded(task) && has_further_probes(*task.experiment))
        ask(member, splits_[member.split].probe_rows(), samples.other_folds);
      ask(member, task.split->validation, samples.validation);
      if (!task.keep_features) continue;
      Features& kept = member.result().artefacts.features.emplace();
      kept.rows = rows_of_features(task);
      kept.dim = kEncodedWidth;
      ask(member, kept.rows, kept.values);
    }
    kernels_->encode(requests);
  }

  void probe(const Members& members, std::vector<TrainedFit>& fits) {
    std::vector<std::size_t> places;
    std::vector<ProbeRequest> requests;
    for (std::size_t i = 0; i < members.size(); ++i) {
      const FitTask& task = *members[i]->task;
      if (!probes_encoded(task) || !task.experiment->probe) continue;
      SharedSplit& split = splits_[members[i]->split];
      places.push_back(i);
      requests.push_back({.fit = members[i]->fit,
                          .rows = split.probe_rows(),
                          .labels = split.probe_labels(),
                          .levels = task.samples->column(*task.experiment->probe).levels.size()});
    }
    if (requests.empty()) return;
    std::vector<HeadSolve> probes = kernels_->probe(requests);
    for (std::size_t r = 0; r < places.size(); ++r) fits[places[r]].probe = std::move(probes.at(r));
  }

  InstructionSet set_;
  ScoringThread* scoring_;  ///< null: fits are scored at once
  std::deque<SharedSplit> splits_;
  std::unique_ptr<CohortKernels> kernels_;
  std::vector<Member> members_;
  Members running_;  ///< those that began this epoch
};

}  // namespace

void train_in_lockstep(std::span<const LockstepFit> fits, const MakeKernels& make_kernels,
                       InstructionSet set, ScoringThread* scoring) {
  LockstepCohort(fits, make_kernels, set, scoring).run();
}

}  // namespace crossfold::train
