#include "lockstep_cohort.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "adversary_curves.h"
#include "network_scores.h"
#include "out_of_device_memory.h"
#include "plateau.h"
#include "score_fit.h"
#include "score_probes.h"
#include "shared_split.h"

namespace crossfold::train {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

const CodedColumn& target_of(const FitTask& task) {
  return task.samples->column(task.experiment->target);
}

/// What belongs to one fit alone.
struct Member {
  explicit Member(const FitTask& what)
      : task(&what), plateau(training_of(*what.candidate).plateau) {
    learning_rate = settings().learning_rate;
    count_samples(what, outcome.result);
    outcome.result.training.stop = StopReason::epochs;
  }

  [[nodiscard]] const TrainingSettings& settings() const { return training_of(*task->candidate); }
  [[nodiscard]] std::span<const Adversary> adversaries() const {
    return adversaries_of(*task->candidate);
  }
  [[nodiscard]] bool disentangled() const { return !adversaries().empty(); }
  [[nodiscard]] bool is_cancelled() const { return task->cancel != nullptr && *task->cancel; }

  const FitTask* task;
  std::size_t split = 0;  ///< its place in the cohort's splits
  std::size_t fit = 0;    ///< the kernels' number of it
  Plateau plateau;
  double learning_rate = 0;
  std::vector<std::size_t> heads;  ///< its adversaries among those of the split
  std::vector<double> lambdas;     ///< of this epoch, one for each
  Curves curves;
  double best_loss = std::numeric_limits<double>::infinity();  ///< of the model that is kept
  bool training = true;
  FitOutcome outcome;
};

using Members = std::vector<Member*>;

/// What `work` throws ends this fit alone.
template <class Work>
void guarded(Member& member, const Work& work) {
  try {
    work();
  } catch (const std::exception&) {
    member.training = false;
    member.outcome.failure = std::current_exception();
  }
}

/// Fails the fits that have not failed yet.
void fail(const Members& members, const std::exception_ptr& failure) {
  for (Member* member : members) {
    member->training = false;
    if (!member->outcome.failure) member->outcome.failure = failure;
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

class LockstepCohort {
 public:
  LockstepCohort(std::span<const FitTask* const> tasks, const MakeKernels& make_kernels,
                 InstructionSet set)
      : set_(set) {
    const FitTask& first = *tasks.front();
    members_.reserve(tasks.size());
    for (const FitTask* task : tasks) {
      CF_EXPECT(task->embedding.data() == first.embedding.data() && task->dim == first.dim);
      CF_EXPECT(training_of(*task->candidate).batch == training_of(*first.candidate).batch);
      Member& member = members_.emplace_back(*task);
      guarded(member, [&] { find_split(member); });
    }
    CohortData data{.embedding = first.embedding, .dim = first.dim, .splits = {}};
    for (const SharedSplit& split : splits_) data.splits.push_back(split.view());
    kernels_ = make_kernels(std::move(data));
    for (Member& member : members_)
      if (member.training) add(member);
    if (!still_training().empty()) kernels_->begin(largest_batch());
  }

  std::vector<FitOutcome> run() {
    for (int epoch = 0; !(running_ = still_training()).empty(); ++epoch) {
      const auto start = Clock::now();
      train_epoch(epoch);
      solve_domain_heads();
      observe_validation();
      for (Member* member : running_) end_epoch(*member, epoch + 1);
      const double share = seconds_since(start) / static_cast<double>(running_.size());
      for (Member* member : running_) member->outcome.result.seconds += share;
      std::erase_if(running_, [](const Member* member) { return member->training; });
      finish(running_);
    }
    std::vector<FitOutcome> outcomes;
    outcomes.reserve(members_.size());
    for (Member& member : members_) outcomes.push_back(std::move(member.outcome));
    return outcomes;
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
          record_solve(solves[i].solution, member->outcome.result.solver);
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
    TrainingFacts& facts = member.outcome.result.training;
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
    member.outcome.result.training.epochs = epochs;
    if (epochs >= member.settings().epochs) member.training = false;
  }

  /// Scores fits whose training has ended, but for those that failed.
  void finish(Members ended) {
    if (ended.empty()) return;
    const auto start = Clock::now();
    const auto count = static_cast<double>(ended.size());
    for (const Member* member : ended) kernels_->end_training(member->fit);
    Members scored = ended;
    std::erase_if(scored, [](const Member* member) { return member->outcome.failure != nullptr; });
    try {
      if (!scored.empty()) score(scored);
    } catch (const DeviceLost&) {
      throw;
    } catch (const OutOfDeviceMemory&) {  // no fault of these fits: a smaller cohort may do
      throw;
    } catch (const std::exception&) {
      fail(scored, std::current_exception());
    }
    const double share = seconds_since(start) / count;
    for (Member* member : ended) member->outcome.result.seconds += share;
  }

  void score(const Members& members) {
    restore_best(members);
    std::vector<EncodedSamples> samples = encode_samples(members);
    for (std::size_t i = 0; i < members.size(); ++i) {
      Member& member = *members[i];
      const LogisticModel head = kernels_->class_head(member.fit);
      const ClassLogits class_logits = [&](std::span<const float> encoded) {
        return logits(head, encoded_rows(encoded), set_);
      };
      guarded(member, [&] {
        score_classes(*member.task, samples[i], class_logits, member.outcome.result);
        if (probes_embedding(*member.task))
          score_probes_on_embedding(*member.task, set_, member.outcome.result);
        if (member.task->keep_curves)
          member.outcome.result.artefacts.curves = std::move(member.curves);
      });
    }
    probe(members, samples);
    for (std::size_t i = 0; i < members.size(); ++i) {
      Member& member = *members[i];
      if (member.outcome.failure || samples[i].other_folds.empty()) continue;
      guarded(member, [&] {
        score_further_probes(*member.task,
                             {.other_folds = encoded_rows(samples[i].other_folds),
                              .held_out = encoded_rows(samples[i].held_out)},
                             set_, member.outcome.result);
      });
    }
  }

  void restore_best(const Members& members) {
    Members kept;
    for (Member* member : members) {
      if (!(member->best_loss < std::numeric_limits<double>::infinity())) continue;
      member->outcome.result.training.validation_loss = member->best_loss;
      kept.push_back(member);
    }
    kernels_->restore(fits_of(kept));
  }

  /// z' of all that the members are scored on, and of what they are to keep.
  std::vector<EncodedSamples> encode_samples(const Members& members) {
    std::vector<EncodedSamples> samples(members.size());
    std::vector<EncodeRequest> requests;
    const auto ask = [&](const Member& member, std::span<const std::uint32_t> rows,
                         std::vector<float>& out) {
      out.resize(rows.size() * kEncodedWidth);
      requests.push_back({.fit = member.fit, .rows = rows, .out = out.data()});
    };
    for (std::size_t i = 0; i < members.size(); ++i) {
      Member& member = *members[i];
      const FitTask& task = *member.task;
      ask(member, task.split->test, samples[i].held_out);
      if (task.experiment->evaluate_oos) ask(member, task.samples->oos, samples[i].oos);
      const auto sets = scored_sets(task);
      samples[i].sets.resize(sets.size());
      for (std::size_t set = 0; set < sets.size(); ++set)
        ask(member, sets[set], samples[i].sets[set]);
      if (probes_encoded(task) && has_further_probes(*task.experiment))
        ask(member, splits_[member.split].probe_rows(), samples[i].other_folds);
      ask(member, task.split->validation, samples[i].validation);
      if (!task.keep_features) continue;
      Features& kept = member.outcome.result.artefacts.features.emplace();
      kept.rows = rows_of_features(task);
      kept.dim = kEncodedWidth;
      ask(member, kept.rows, kept.values);
    }
    kernels_->encode(requests);
    return samples;
  }

  void probe(const Members& members, const std::vector<EncodedSamples>& samples) {
    std::vector<std::size_t> places;
    std::vector<ProbeRequest> requests;
    for (std::size_t i = 0; i < members.size(); ++i) {
      const Member& member = *members[i];
      if (member.outcome.failure || !probes_encoded(*member.task) ||
          !member.task->experiment->probe)
        continue;
      SharedSplit& split = splits_[member.split];
      places.push_back(i);
      requests.push_back(
          {.fit = member.fit,
           .rows = split.probe_rows(),
           .labels = split.probe_labels(),
           .levels = member.task->samples->column(*member.task->experiment->probe).levels.size()});
    }
    if (requests.empty()) return;
    const std::vector<HeadSolve> probes = kernels_->probe(requests);
    for (std::size_t r = 0; r < places.size(); ++r) {
      Member& member = *members[places[r]];
      guarded(member, [&] {
        rethrow(probes.at(r).failure);
        score_probe(*member.task, probes[r].solution, encoded_rows(samples[places[r]].held_out),
                    set_, member.outcome.result);
      });
    }
  }

  InstructionSet set_;
  std::deque<SharedSplit> splits_;
  std::unique_ptr<CohortKernels> kernels_;
  std::vector<Member> members_;
  Members running_;  ///< those that began this epoch
};

}  // namespace

std::vector<FitOutcome> train_in_lockstep(std::span<const FitTask* const> tasks,
                                          const MakeKernels& make_kernels, InstructionSet set) {
  return LockstepCohort(tasks, make_kernels, set).run();
}

}  // namespace crossfold::train
