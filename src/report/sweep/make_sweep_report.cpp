#include "make_sweep_report.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "crossfold/core/random_stream.h"
#include "crossfold/job/names.h"
#include "crossfold/job/search_space_json.h"
#include "crossfold/sweep/bagged_selection.h"
#include "crossfold/sweep/pareto_front.h"

namespace crossfold {
namespace {

using sweep::HonestScore;
using sweep::Selection;
using sweep::SelectionTables;

constexpr std::size_t kFrontBootstraps = 1000;

std::optional<double> mean_over(const RowFits& fits,
                                std::optional<double> (*get)(const FitResult&)) {
  std::vector<std::optional<double>> scores;
  for (const RecordedFit& fit : fits)
    if (fit.done()) scores.push_back(get(*fit.result));
  return stats::summarize(scores).mean;
}

/// Over all candidates.
std::size_t done_fits(const std::vector<CandidateFits>& candidates, FitsOf of) {
  std::size_t done = 0;
  for (const CandidateFits& candidate : candidates) done += done_fits(candidate.*of);
  return done;
}

/// Everything that the choices of one sweep are told by.
class Chooser {
 public:
  Chooser(const RunRecords& records, const SweptFits& swept, const ReadArtefacts& read)
      : swept_(swept), tables_(selection_tables(swept)), source_tables_(tables_) {
    source_tables_.states = states_with(swept, &CandidateFits::source_out);
    oos_acc_ = table_of(swept.drawn, oos_acc_of);
    if (const auto rules = rules_with(HonestScore::bias_corrected); !rules.empty())
      bagged_ = bag_predictions(records, swept, tables_, &CandidateFits::fits, rules, read);
    if (const auto rules = rules_with(HonestScore::over_sources); !rules.empty())
      source_bagged_ =
          bag_predictions(records, swept, source_tables_, &CandidateFits::source_out, rules, read);
  }

  [[nodiscard]] const SelectionTables& tables() const { return tables_; }

  [[nodiscard]] SweepChoice choice_of(SelectionRule rule) const {
    const Selection selection = sweep::select(rule, tables_for(rule));
    SweepChoice choice = told(selection);
    choice.rule = rule;
    choice.peeks = rule == SelectionRule::oracle;
    choice.honest.kind = sweep::honest_score(rule);
    if (rule == SelectionRule::source_out)
      choice.fits += done_fits(swept_.drawn, &CandidateFits::source_out);
    if (selection.has_choice()) estimate(rule, choice);
    return choice;
  }

  [[nodiscard]] NestedReport nested() const {
    SelectionTables tables = tables_;
    tables.states = states_with(swept_, &CandidateFits::nested);
    const Selection selection = sweep::select_nested(tables);
    NestedReport nested{.folds = swept_.experiment->sweep->nested->folds,
                        .choice = told(selection)};
    nested.choice.fits += done_fits(swept_.drawn, &CandidateFits::nested);
    nested.choice.honest.kind = HonestScore::held_out_fold;
    if (selection.has_choice()) estimate_from_held_out(nested.choice);
    return nested;
  }

  /// A candidate that was not drawn: nothing was chosen, so its own scores are honest.
  [[nodiscard]] SweepChoice beside(const CandidateFits& fixed) const {
    SweepChoice choice;
    choice.candidate = fixed.candidate->name;
    const std::vector<CandidateFits> one{fixed};
    const auto summary = [&](std::optional<double> (*get)(const FitResult&)) {
      const sweep::ScoreTable table = table_of(one, get);
      return stats::summarize(table.of(0));
    };
    choice.in_pool = summary(task_auc_of);
    if (choice.in_pool.n == 0) choice.no_choice = "no fit is done";
    choice.oos_auc = summary(oos_auc_of);
    choice.oos_acc = summary(oos_acc_of);
    choice.domain_auc = summary(probe_auc_of);
    choice.source_out_auc =
        stats::summarize(table_of(one, task_auc_of, &CandidateFits::source_out).of(0));
    choice.fits = done_fits(fixed.fits) + done_fits(fixed.source_out);
    choice.honest.kind = HonestScore::held_out_fold;
    estimate_from_held_out(choice);
    return choice;
  }

 private:
  [[nodiscard]] const SelectionTables& tables_for(SelectionRule rule) const {
    return rule == SelectionRule::source_out ? source_tables_ : tables_;
  }

  /// Those of the sweep's rules that choose something and have this honest score.
  [[nodiscard]] std::vector<SelectionRule> rules_with(HonestScore honest) const {
    std::vector<SelectionRule> rules;
    for (const SelectionRule rule : swept_.experiment->sweep->select)
      if (sweep::honest_score(rule) == honest && sweep::select(rule, tables_for(rule)).has_choice())
        rules.push_back(rule);
    return rules;
  }

  /// Everything but what depends on the rule.
  [[nodiscard]] SweepChoice told(const Selection& selection) const {
    SweepChoice choice;
    choice.no_choice = selection.no_choice;
    choice.fits = done_fits(swept_.drawn, &CandidateFits::fits);
    if (!selection.has_choice()) return choice;
    if (selection.candidate) choice.candidate = swept_.drawn[*selection.candidate].candidate->name;
    choice.per_split = counted_choices(selection);
    choice.criterion = selection.criterion;
    const auto summary = [&](const sweep::ScoreTable& table) {
      return stats::summarize(sweep::scores_of_choice(selection, table));
    };
    choice.in_pool = summary(tables_.task_auc);
    if (tables_.oos_auc.candidates() > 0) {
      choice.oos_auc = summary(tables_.oos_auc);
      choice.oos_acc = summary(oos_acc_);
    }
    if (tables_.domain_auc.candidates() > 0) choice.domain_auc = summary(tables_.domain_auc);
    if (tables_.source_out_auc.candidates() > 0 && selection.candidate)
      choice.source_out_auc = summary(tables_.source_out_auc);
    return choice;
  }

  void estimate_from_held_out(SweepChoice& choice) const {
    choice.honest.mean = choice.in_pool.mean;
    choice.honest.interval = stats::corrected_interval(choice.in_pool, tables_.test_share);
  }

  [[nodiscard]] std::vector<std::pair<std::string, std::size_t>> counted_choices(
      const Selection& selection) const {
    std::map<std::size_t, std::size_t> counts;
    for (const std::optional<std::size_t>& candidate : selection.per_split)
      if (candidate) ++counts[*candidate];
    std::vector<std::pair<std::string, std::size_t>> named;
    named.reserve(counts.size());
    for (const auto& [candidate, count] : counts)
      named.emplace_back(swept_.drawn[candidate].candidate->name, count);
    std::stable_sort(named.begin(), named.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    return named;
  }

  void estimate(SelectionRule rule, SweepChoice& choice) const {
    HonestEstimate& honest = choice.honest;
    if (honest.kind == HonestScore::held_out_fold) estimate_from_held_out(choice);
    const bool over_sources = honest.kind == HonestScore::over_sources;
    if (honest.kind != HonestScore::bias_corrected && !over_sources) return;
    const BaggedCandidates& bagged = over_sources ? source_bagged_ : bagged_;
    honest.why_not = bagged.why_not;
    if (!honest.why_not.empty()) return;
    const auto corrected = sweep::bias_corrected_score(rule, tables_for(rule), bagged.scores);
    if (!corrected) {
      honest.why_not = "no bootstrap has a choice with a score";
      return;
    }
    honest.mean = corrected->mean;
    honest.interval = corrected->interval;
  }

  const SweptFits& swept_;
  SelectionTables tables_;
  SelectionTables source_tables_;  ///< for the rule source_out: with its own fits complete
  sweep::ScoreTable oos_acc_;
  BaggedCandidates bagged_;
  BaggedCandidates source_bagged_;
};

std::optional<RaceReport> race_of(const RunRecords& records, const SweptFits& swept) {
  const std::optional<RaceSettings>& settings = swept.experiment->sweep->race;
  if (!settings) return std::nullopt;
  RaceReport race;
  race.by = name_of(settings->by);
  race.risk = settings->risk;
  race.all_splits = static_cast<std::uint32_t>(records.job.splits.seeds * records.job.splits.folds);
  race.candidates = swept.drawn.size();
  for (const Stage& stage : swept.stages) race.stages.push_back(stage.record);
  race.over = !race.stages.empty() && race.stages.back().over;
  race.fits_trained = done_fits(swept.drawn, &CandidateFits::fits) +
                      done_fits(swept.drawn, &CandidateFits::source_out);
  return race;
}

std::optional<SearchReport> search_of(const RunRecords& records, std::uint32_t experiment) {
  const SweepSettings& settings = *records.job.experiments[experiment].sweep;
  if (settings.sampler != Sampler::tpe) return std::nullopt;
  SearchReport search;
  search.by = name_of(settings.by);
  for (const Stage& stage : records.stages) {
    const StageRecord& record = stage.record;
    if (records.plan.chains[stage.chain].experiment != experiment || !record.generation) continue;
    search.candidates = record.generation->candidates;
    search.of = record.generation->of;
    search.over = record.over;
    if (record.over)
      search.best = record.leader;
    else
      search.generations.push_back(record);
  }
  return search;
}

std::vector<SweptCandidate> candidates_of(const RunRecords& records, const SweptFits& swept,
                                          const SelectionTables& tables) {
  std::vector<SweptCandidate> candidates;
  for (std::size_t i = 0; i < swept.drawn.size(); ++i) {
    const CandidateFits& drawn = swept.drawn[i];
    SweptCandidate one;
    one.name = drawn.candidate->name;
    one.parameters = drawn.candidate->parameters;
    one.state = swept.states[i];
    one.splits = done_fits(drawn.fits);
    one.task_auc = mean_over(drawn.fits, task_auc_of);
    one.task_acc = mean_over(drawn.fits, task_acc_of);
    one.validation_auc = mean_over(drawn.fits, validation_auc_of);
    one.oos_auc = mean_over(drawn.fits, oos_auc_of);
    one.oos_acc = mean_over(drawn.fits, oos_acc_of);
    one.domain_auc = mean_over(drawn.fits, probe_auc_of);
    one.source_out_auc = mean_over(drawn.source_out, task_auc_of);
    candidates.push_back(std::move(one));
  }
  if (tables.domain_auc.candidates() == 0) return candidates;
  RandomStream stream({.root_seed = records.job.seed}, "bootstrap of splits");
  for (const sweep::FrontPoint& point : sweep::pareto_front(tables, kFrontBootstraps, stream)) {
    candidates[point.candidate].on_front = point.place == sweep::FrontPlace::on_front;
    candidates[point.candidate].front_share = point.share;
  }
  return candidates;
}

/// Whether each number of the key has a logarithm: one space may draw what another lists with a 0.
bool is_positive(const std::vector<CandidateFits>& drawn, const std::string& key) {
  for (const CandidateFits& one : drawn)
    for (const Parameter& parameter : one.candidate->parameters)
      if (const auto* number = std::get_if<double>(&parameter.value);
          parameter.key == key && number != nullptr && *number <= 0)
        return false;
  return true;
}

/// Parameters that were drawn on a logarithmic scale, in any of the spaces.
std::vector<std::string> logarithmic_keys(const SweptFits& swept) {
  std::vector<std::string> keys;
  ValidationErrors errors;  // none: the job was read before
  for (const std::string& text : swept.experiment->sweep->spaces) {
    const SearchSpace space = SearchSpace::read(nlohmann::json::parse(text), "", errors);
    for (const SearchDimension& dimension : space.dimensions())
      if (dimension.kind == DimensionKind::log && is_positive(swept.drawn, dimension.key))
        keys.push_back(dimension.key);
  }
  return keys;
}

/// Importance rests on the splits that every candidate has: those of the race's first rung.
void add_importance(const RunRecords& records, const SweptFits& swept, SweepReport& report) {
  std::set<std::pair<SeedIndex, FoldIndex>> shared;
  if (!swept.stages.empty())
    for (const std::uint32_t index : swept.stages.front().fits)
      shared.insert({records.plan.fits[index].seed, records.plan.fits[index].fold});
  std::vector<sweep::ScoredParameters> scored;
  for (const CandidateFits& drawn : swept.drawn) {
    RowFits fits = drawn.fits;
    if (!shared.empty())
      std::erase_if(fits, [&](const RecordedFit& fit) {
        return !shared.contains({fit.fit->seed, fit.fit->fold});
      });
    report.importance_splits = fits.size();
    const bool whole =
        std::all_of(fits.begin(), fits.end(), [](const RecordedFit& fit) { return fit.done(); });
    scored.push_back({.parameters = drawn.candidate->parameters,
                      .score = whole ? mean_over(fits, task_auc_of) : std::nullopt});
  }
  report.importance = sweep::parameter_importance(scored, {.logarithmic = logarithmic_keys(swept)});
}

}  // namespace

std::uint64_t RaceReport::fits_of_all() const {
  return stages.empty() ? 0 : stages.back().fits_of_all;
}

SweepReport make_sweep_report(const RunRecords& records, std::uint32_t experiment,
                              std::uint32_t embedding, const ReadArtefacts& read) {
  const SweptFits swept = swept_fits(records, experiment, embedding);
  SweepReport report;
  report.embedding = records.job.embeddings[embedding];
  report.sampler = swept.experiment->sweep->sampler;
  report.candidates = swept.drawn.size();
  report.race = race_of(records, swept);
  report.search = search_of(records, experiment);
  if (swept.drawn.empty()) return report;
  const Chooser chooser(records, swept, read);
  for (const SelectionRule rule : swept.experiment->sweep->select)
    report.choices.push_back(chooser.choice_of(rule));
  for (const CandidateFits& fixed : swept.fixed) report.choices.push_back(chooser.beside(fixed));
  if (swept.experiment->sweep->nested) report.nested = chooser.nested();
  report.swept = candidates_of(records, swept, chooser.tables());
  add_importance(records, swept, report);
  return report;
}

}  // namespace crossfold
