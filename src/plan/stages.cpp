#include "crossfold/plan/stages.h"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/error.h"
#include "crossfold/core/hash.h"

namespace crossfold {
namespace {

/// What is known of one fit of a chain.
struct FitScore {
  enum class State { untrained, done, failed } state = State::untrained;
  std::optional<double> value;
  bool asked = false;  ///< for by a stage
};

using FitScores = std::unordered_map<FitId, FitScore>;

/// The scores as one decision sees them: a fit that had failed by then stays undefined, though a
/// later try succeeded.
class ScoresThen final : public ChainScores {
 public:
  ScoresThen(const FitScores& scores, const std::vector<FitId>& failed)
      : scores_(&scores), failed_(failed.begin(), failed.end()) {}

  [[nodiscard]] std::optional<double> of(const FitId& fit) const override {
    return failed_.contains(fit) ? std::nullopt : scores_->at(fit).value;
  }

 private:
  const FitScores* scores_;
  std::unordered_set<FitId> failed_;
};

/// One chain: what it has decided, and what its next decision waits for.
struct ChainState {
  FitScores scores;
  std::vector<Stage> stages;
  std::vector<FitId> asked;                       ///< fits of the stages, each once, in order
  std::unordered_set<FitId> awaited;              ///< those of them that are not recorded yet
  std::map<std::uint32_t, StageRecord> expected;  ///< by number
  FitScores early;  ///< of fits that it does not have, as long as candidates are to come

  [[nodiscard]] bool is_over() const { return !stages.empty() && stages.back().record.over; }
};

std::string name_of(const StageRecord& record) {
  return fmt::format("stage {} of {}", record.number, place_of(record));
}

std::vector<std::string> drawn_in(const StageRecord& record) {
  return record.generation ? record.generation->drawn : std::vector<std::string>{};
}

std::string listed(const std::vector<std::string>& names) {
  return names.empty() ? "nobody" : fmt::format("{}", fmt::join(names, ", "));
}

std::string names_of(const std::vector<StageRecord::GivenUp>& candidates) {
  std::vector<std::string> names;
  names.reserve(candidates.size());
  for (const StageRecord::GivenUp& one : candidates) names.push_back(one.candidate);
  return listed(names);
}

/// The first thing in which a decision is not what was expected: "who is given up: a, b and not a".
std::string difference_of(const StageRecord& expected, const StageRecord& found) {
  const auto differ = [](const char* what, const auto& a, const auto& b) {
    return fmt::format("{}: {} and not {}", what, a, b);
  };
  if (names_of(expected.given_up) != names_of(found.given_up))
    return differ("who is given up", names_of(expected.given_up), names_of(found.given_up));
  if (drawn_in(expected) != drawn_in(found))
    return differ("what is drawn", listed(drawn_in(expected)), listed(drawn_in(found)));
  if (expected.leader != found.leader) return differ("leader", expected.leader, found.leader);
  if (expected.splits != found.splits) return differ("splits", expected.splits, found.splits);
  if (expected.living != found.living)
    return differ("candidates that go on", expected.living, found.living);
  if (expected.fits != found.fits) return differ("fits", expected.fits, found.fits);
  return "the scores that it rests on";
}

}  // namespace

std::string place_of(const StageRecord& record) {
  const std::string on = record.embedding.empty() ? "" : " on " + record.embedding;
  return fmt::format("experiment '{}'{}", record.experiment, on);
}

std::vector<std::uint32_t> StageRule::likely(std::uint32_t /*chain*/,
                                             std::span<const Stage> /*before*/,
                                             const ChainScores& /*scores*/) const {
  return {};
}

struct Stages::State {
  Job& job;
  Plan& plan;
  const StageRule& rule;
  std::vector<ChainState> chains;
  [[nodiscard]] static std::vector<FitId> failed_fits(const ChainState& chain) {
    std::vector<FitId> failed;
    for (const FitId& id : chain.asked)
      if (chain.scores.at(id).state == FitScore::State::failed) failed.push_back(id);
    return failed;
  }

  [[nodiscard]] static Digest hash_inputs(const ChainState& chain, const ChainScores& scores) {
    Hasher hasher;
    hasher.text("crossfold-stage");
    for (const FitId& id : chain.asked) {
      const std::optional<double> score = scores.of(id);
      hasher.bytes(std::as_bytes(std::span(id.bytes)))
          .number(score ? 1 : 0)
          .number(std::bit_cast<std::uint64_t>(score.value_or(0)));
    }
    return hasher.finish();
  }

  /// Whether all that the next decision needs is recorded.
  [[nodiscard]] static bool is_ready(const ChainState& chain, const StageRecord* expected) {
    if (!expected) return chain.awaited.empty();
    const std::unordered_set<FitId> failed(expected->failed.begin(), expected->failed.end());
    return std::all_of(chain.awaited.begin(), chain.awaited.end(),
                       [&](const FitId& id) { return failed.contains(id); });
  }

  Stage decide(std::uint32_t index, const StageRecord* expected) const {
    const ChainState& chain = chains[index];
    const std::vector<FitId> failed = expected ? expected->failed : failed_fits(chain);
    const ScoresThen scores(chain.scores, failed);
    Stage stage = rule.next(index, chain.stages, scores);
    const Chain& of = plan.chains[index];
    stage.chain = index;
    StageRecord& record = stage.record;
    record.experiment = job.experiments[of.experiment].name;
    if (of.embedding) record.embedding = job.embeddings[*of.embedding];
    record.number = static_cast<std::uint32_t>(chain.stages.size());
    record.failed = failed;
    record.inputs_sha256 = hash_inputs(chain, scores).hex();
    return stage;
  }

  /// The chain has these fits of the plan.
  void take_in(std::uint32_t index, std::span<const std::uint32_t> fits) {
    ChainState& chain = chains[index];
    for (const std::uint32_t fit : fits) {
      const FitId& id = plan.fits[fit].id;
      const auto early = chain.early.find(id);
      const FitScore score = early == chain.early.end() ? FitScore{} : early->second;
      chain.scores.emplace(id, score);
    }
  }

  void take(std::uint32_t index, const FitResult& result) {
    ChainState& chain = chains[index];
    const auto found = chain.scores.find(result.id);
    const bool is_early = found == chain.scores.end();
    if (is_early && plan.chains[index].to_come == 0) return;
    FitScore& score = is_early ? chain.early[result.id] : found->second;
    if (score.state == FitScore::State::done) return;
    score.state = result.failed() ? FitScore::State::failed : FitScore::State::done;
    if (!result.failed()) score.value = rule.score(index, result);
    chain.awaited.erase(result.id);
  }

  void add(ChainState& chain, Stage stage) {
    Chain& of = plan.chains[stage.chain];
    if (!stage.drawn.empty()) {
      stage.fits = add_candidates(job, plan, stage.chain, std::exchange(stage.drawn, {}));
      take_in(stage.chain, stage.fits);
    }
    if (stage.record.over) of.to_come = 0;
    stage.record.fits_of_all = chain.scores.size() + of.to_come;
    for (const std::uint32_t index : stage.fits) {
      const FitId& id = plan.fits[index].id;
      FitScore& score = chain.scores.at(id);
      if (std::exchange(score.asked, true)) continue;
      chain.asked.push_back(id);
      if (score.state == FitScore::State::untrained) chain.awaited.insert(id);
    }
    stage.record.fits = chain.asked.size();
    if (stage.record.generation) stage.record.fits_at_most = stage.record.fits_of_all;
    if (stage.record.over) stage.record.fits_at_most = stage.record.fits;
    chain.stages.push_back(std::move(stage));
  }

  /// Decides one stage of a chain; null where nothing can be decided.
  const Stage* advance(std::uint32_t index) {
    ChainState& chain = chains[index];
    if (chain.is_over()) return nullptr;
    const auto found = chain.expected.find(static_cast<std::uint32_t>(chain.stages.size()));
    const StageRecord* expected = found == chain.expected.end() ? nullptr : &found->second;
    if (!is_ready(chain, expected)) return nullptr;
    add(chain, decide(index, expected));
    Stage& stage = chain.stages.back();
    if (!expected) return &stage;
    CF_VALIDATE(*expected == stage.record, ErrorCode::bad_input,
                fmt::format("tells of {} otherwise than the results in it say ({}). the journal "
                            "was changed, or another version of the program decided: restore the "
                            "journal from a copy, or start again in another directory",
                            name_of(stage.record), difference_of(*expected, stage.record)));
    stage.was_expected = true;
    return &stage;
  }
};

Stages::Stages(Job& job, Plan& plan, const StageRule& rule)
    : state_(std::make_unique<State>(State{.job = job, .plan = plan, .rule = rule, .chains = {}})) {
  state_->chains.resize(plan.chains.size());
  for (std::uint32_t i = 0; i < plan.chains.size(); ++i) state_->take_in(i, plan.chains[i].fits);
}
Stages::~Stages() = default;
Stages::Stages(Stages&&) noexcept = default;
Stages& Stages::operator=(Stages&&) noexcept = default;

void Stages::expect(StageRecord record) {
  for (std::size_t i = 0; i < state_->chains.size(); ++i) {
    const Chain& chain = state_->plan.chains[i];
    if (state_->job.experiments[chain.experiment].name != record.experiment ||
        (chain.embedding ? state_->job.embeddings[*chain.embedding] : "") != record.embedding)
      continue;
    const auto [known, fresh] = state_->chains[i].expected.emplace(record.number, record);
    CF_VALIDATE(fresh || known->second == record, ErrorCode::bad_input,
                fmt::format("tells of {} twice and differently (lines of another run were added). "
                            "restore the journal from a copy, or let `crossfold run --salvage` "
                            "decide anew",
                            name_of(record)));
    return;
  }
  throw Error(ErrorCode::bad_input,
              fmt::format("tells of {}, which this run does not have (lines of another run were "
                          "added). restore the journal from a copy, or let `crossfold run "
                          "--salvage` leave them out",
                          name_of(record)));
}

void Stages::take(const FitResult& result) {
  for (std::uint32_t i = 0; i < state_->chains.size(); ++i) state_->take(i, result);
}

std::vector<Stage> Stages::advance() {
  std::vector<Stage> decided;
  for (std::uint32_t i = 0; i < state_->chains.size(); ++i)
    while (const Stage* stage = state_->advance(i)) decided.push_back(*stage);
  return decided;
}

std::vector<Stage> Stages::decided() const {
  std::vector<Stage> stages;
  for (const ChainState& chain : state_->chains)
    stages.insert(stages.end(), chain.stages.begin(), chain.stages.end());
  return stages;
}

std::vector<std::uint32_t> Stages::likely(
    std::size_t most, const std::function<bool(const FitId&)>& is_settled) const {
  std::vector<std::vector<std::uint32_t>> foreseen;  // of each chain
  for (std::uint32_t i = 0; i < state_->chains.size(); ++i) {
    const ChainState& chain = state_->chains[i];
    std::vector<std::uint32_t>& fits = foreseen.emplace_back();
    if (chain.is_over()) continue;
    for (const std::uint32_t fit :
         state_->rule.likely(i, chain.stages, ScoresThen(chain.scores, {}))) {
      const FitId& id = state_->plan.fits[fit].id;
      const FitScore& score = chain.scores.at(id);
      if (score.asked || score.state != FitScore::State::untrained || is_settled(id)) continue;
      fits.push_back(fit);
      if (fits.size() == most) break;
    }
  }
  std::vector<std::uint32_t> taken;
  std::unordered_set<FitId> known;
  for (std::size_t turn = 0; turn < most; ++turn)
    for (const std::vector<std::uint32_t>& fits : foreseen)
      if (turn < fits.size() && taken.size() < most &&
          known.insert(state_->plan.fits[fits[turn]].id).second)
        taken.push_back(fits[turn]);
  return taken;
}

bool Stages::complete() const {
  return std::all_of(state_->chains.begin(), state_->chains.end(),
                     [](const ChainState& chain) { return chain.is_over(); });
}

namespace {

/// For each chain the candidates that its stages gave up, and whether it is over.
struct ChainEnd {
  std::set<std::string> given_up;
  bool over = false;
};

std::vector<ChainEnd> ends_of(const Plan& plan, std::span<const Stage> stages) {
  std::vector<ChainEnd> ends(plan.chains.size());
  for (const Stage& stage : stages) {
    for (const StageRecord::GivenUp& one : stage.record.given_up)
      ends[stage.chain].given_up.insert(one.candidate);
    ends[stage.chain].over = ends[stage.chain].over || stage.record.over;
  }
  return ends;
}

}  // namespace

void sort_fits(Plan& plan, std::vector<Stage>& stages) {
  const auto is_before = [](const Fit& a, const Fit& b) {
    return std::tuple(a.experiment, a.embedding, a.candidate) <
           std::tuple(b.experiment, b.embedding, b.candidate);
  };
  if (std::is_sorted(plan.fits.begin(), plan.fits.end(), is_before)) return;
  std::vector<std::uint32_t> order(plan.fits.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return is_before(plan.fits[a], plan.fits[b]);
  });
  std::vector<Fit> sorted;
  sorted.reserve(order.size());
  std::vector<std::uint32_t> place(order.size());  // of a fit, by where it stood
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    sorted.push_back(plan.fits[order[i]]);
    place[order[i]] = i;
  }
  plan.fits = std::move(sorted);
  const auto move_all = [&](std::vector<std::uint32_t>& fits) {
    for (std::uint32_t& fit : fits) fit = place[fit];
  };
  for (Cohort& cohort : plan.cohorts) move_all(cohort.fits);
  for (Stage& stage : stages) move_all(stage.fits);
  for (Chain& chain : plan.chains) {
    move_all(chain.fits);
    std::sort(chain.fits.begin(), chain.fits.end());
  }
}

std::vector<bool> fits_to_train(const Job& job, const Plan& plan, std::span<const Stage> stages,
                                const std::function<bool(const FitId&)>& is_done) {
  std::vector<bool> to_train(plan.fits.size(), true);
  for (const Chain& chain : plan.chains)
    for (const std::uint32_t fit : chain.fits) to_train[fit] = false;
  const std::vector<ChainEnd> ends = ends_of(plan, stages);
  for (const Stage& stage : stages)
    for (const std::uint32_t index : stage.fits) {
      const Fit& fit = plan.fits[index];
      const std::string& name = job.experiments[fit.experiment].candidates[fit.candidate].name;
      to_train[index] = !ends[stage.chain].given_up.contains(name) || is_done(fit.id);
    }
  return to_train;
}

std::unordered_set<FitId> possible_fits(const Job& job, const Plan& plan,
                                        std::span<const Stage> stages,
                                        const std::function<bool(const FitId&)>& is_done) {
  std::vector<bool> possible = fits_to_train(job, plan, stages, is_done);
  const std::vector<ChainEnd> ends = ends_of(plan, stages);
  for (std::size_t i = 0; i < plan.chains.size(); ++i) {
    if (ends[i].over) continue;
    for (const std::uint32_t index : plan.chains[i].fits) {
      const Fit& fit = plan.fits[index];
      const std::string& name = job.experiments[fit.experiment].candidates[fit.candidate].name;
      if (!ends[i].given_up.contains(name)) possible[index] = true;
    }
  }
  std::unordered_set<FitId> distinct;
  for (std::size_t i = 0; i < possible.size(); ++i)
    if (possible[i]) distinct.insert(plan.fits[i].id);
  return distinct;
}

std::size_t fits_at_most(const Job& job, const Plan& plan, std::span<const Stage> stages,
                         const std::function<bool(const FitId&)>& is_done) {
  return possible_fits(job, plan, stages, is_done).size() + fits_to_come(plan);
}

}  // namespace crossfold
