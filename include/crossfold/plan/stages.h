#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "crossfold/core/ids.h"
#include "crossfold/job/job.h"
#include "crossfold/plan/fit_result.h"
#include "crossfold/plan/plan.h"

namespace crossfold {

/// What is told of a stage, in the journal and to people: names, no indices.
struct StageRecord {
  /// A candidate that is trained no further.
  struct GivenUp {
    std::string candidate;
    std::string reason;          ///< a word
    std::uint32_t n = 0;         ///< defined scores so far
    std::optional<double> mean;  ///< of them
    bool operator==(const GivenUp&) const = default;
  };
  /// Of a search by generations.
  struct Generation {
    std::vector<std::string> drawn;  ///< candidates that the stage begins to train
    std::uint32_t candidates = 0;    ///< drawn so far, these too
    std::uint32_t of = 0;            ///< that are asked for
    bool operator==(const Generation&) const = default;
  };

  std::string experiment;
  std::string embedding;      ///< empty: all of the job's
  std::uint32_t number = 0;   ///< in its chain, from 0: what every candidate begins with
  bool over = false;          ///< the chain's end: nothing is trained in this stage or after it
  std::uint32_t splits = 0;   ///< that each living candidate has when this stage is done
  std::uint32_t living = 0;   ///< candidates that are trained in it
  std::string leader;         ///< by the scores before; empty in stage 0, and where none is defined
  bool leader_stays = false;  ///< others were given up for it: it is never given up itself
  std::vector<GivenUp> given_up;    ///< by the scores before
  std::uint64_t dropped_pairs = 0;  ///< comparisons on a split without a score of one of the two
  std::vector<FitId> failed;        ///< before; their scores counted as undefined
  std::string inputs_sha256;        ///< over ids and scores of all fits before
  std::uint64_t fits = 0;           ///< of the chain, this stage and all before
  std::uint64_t fits_at_most = 0;   ///< of the chain, if nobody is given up any more
  std::uint64_t fits_of_all = 0;    ///< of the chain, if nobody had been given up
  std::optional<Generation> generation;  ///< empty: a race
  bool operator==(const StageRecord&) const = default;
};

/// "experiment 'task' on z", or, on all embedding sets, "experiment 'task'".
[[nodiscard]] std::string place_of(const StageRecord& record);

/// What is trained once the stages before it are complete.
struct Stage {
  std::uint32_t chain = 0;          ///< index into Plan::chains
  std::vector<std::uint32_t> fits;  ///< indices into Plan::fits
  std::vector<Candidate> drawn;     ///< StageRule::next: to be added to the job, and their fits
  StageRecord record;
  bool was_expected = false;  ///< see Stages::expect
};

/// The scores of a chain's completed stages.
class ChainScores {
 public:
  virtual ~ChainScores() = default;
  /// Empty where the score is undefined or the fit has failed.
  [[nodiscard]] virtual std::optional<double> of(const FitId& fit) const = 0;
};

/// Decides what a chain goes on with. Pure: nothing but the job, the plan and scores of completed
/// stages enters, so that all ranks and all restarts come to the same stages.
class StageRule {
 public:
  virtual ~StageRule() = default;
  /// The score of a fit by which this chain decides.
  [[nodiscard]] virtual std::optional<double> score(std::uint32_t chain,
                                                    const FitResult& result) const = 0;
  /// The stage after those of `before`, all of whose fits are done or have failed; the last one is
  /// `over`. It trains either fits of the plan or, where candidates are `drawn`, theirs. Of its
  /// record the rule fills in what is not the same for all rules: over, splits, living, leader,
  /// leader_stays, given_up, dropped_pairs, fits_at_most and generation.
  [[nodiscard]] virtual Stage next(std::uint32_t chain, std::span<const Stage> before,
                                   const ChainScores& scores) const = 0;
  /// Fits that stages after those of `before` are likely to ask for, the likeliest first, by the
  /// scores so far, of which those of the last stage are incomplete: what may be trained ahead of
  /// its stage where a worker would be idle. The order in which fits were done may enter, so no
  /// decision rests on it. Empty: the rule does not foresee any.
  [[nodiscard]] virtual std::vector<std::uint32_t> likely(std::uint32_t chain,
                                                          std::span<const Stage> before,
                                                          const ChainScores& scores) const;
};

/// The stages of a plan's chains, as far as results permit.
class Stages {
 public:
  /// `job`, `plan` and `rule` must outlive it. Candidates that the rule draws are added to job and
  /// plan, inside advance().
  Stages(Job& job, Plan& plan, const StageRule& rule);
  ~Stages();
  Stages(Stages&&) noexcept;
  Stages& operator=(Stages&&) noexcept;

  /// Tells what was decided already: when this stage is reached, it must come out the same, with
  /// the failures that it names. Error{bad_input} for a chain that the plan has not, or two records
  /// of one stage that differ.
  void expect(StageRecord record);
  /// A fit is done, or has failed and will not be tried again before the next decision: a failure
  /// of an earlier session, which is tried again, is not to be told. Of no meaning where no chain
  /// has it, nor will have it. A success is final: a fit that is trained again keeps its first
  /// score.
  void take(const FitResult& result);
  /// Decides what can be decided now, and returns the new stages, by chain and number.
  /// Error{bad_input} where one is not what was expected.
  [[nodiscard]] std::vector<Stage> advance();

  /// All stages so far, by chain and number.
  [[nodiscard]] std::vector<Stage> decided() const;
  /// Fits that no stage has asked for yet and that nobody has trained, though stages to come are
  /// likely to ask for them (StageRule::likely); chains take turns, the likeliest of each first. A
  /// fit that `is_settled` is left out. At most `most`.
  [[nodiscard]] std::vector<std::uint32_t> likely(
      std::size_t most, const std::function<bool(const FitId&)>& is_settled) const;
  /// Nothing more will be decided.
  [[nodiscard]] bool complete() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The rules of a job's races and generations (SweepSettings). Of no use where the plan has no
/// chains. `job` and `plan` must outlive it.
[[nodiscard]] std::unique_ptr<StageRule> make_stage_rule(const Job& job, const Plan& plan);
/// Makes the rule by which stages are decided.
using StageRuleFactory = std::function<std::unique_ptr<StageRule>(const Job&, const Plan&)>;

/// Puts fits that were added to a plan among the others, in the order of those that a plan begins
/// with. Stages that hold indices of fits go along.
void sort_fits(Plan& plan, std::vector<Stage>& stages);

/// For each fit of the plan whether it is to be trained, or was: those of no chain, and those of
/// `stages`. A fit of a candidate that was given up is to be trained no more: it counts only where
/// it `is_done`.
[[nodiscard]] std::vector<bool> fits_to_train(const Job& job, const Plan& plan,
                                              std::span<const Stage> stages,
                                              const std::function<bool(const FitId&)>& is_done);
/// The fits that are to be trained, or may yet be: fits_to_train(), and those of candidates that
/// were not given up.
[[nodiscard]] std::unordered_set<FitId> possible_fits(
    const Job& job, const Plan& plan, std::span<const Stage> stages,
    const std::function<bool(const FitId&)>& is_done);
/// How many these are.
[[nodiscard]] std::size_t fits_at_most(const Job& job, const Plan& plan,
                                       std::span<const Stage> stages,
                                       const std::function<bool(const FitId&)>& is_done);

}  // namespace crossfold
