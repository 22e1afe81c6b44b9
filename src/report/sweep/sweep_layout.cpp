#include "sweep_layout.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/job/names.h"

namespace crossfold {
namespace {

/// Rows of the longer lists that people are shown; CSV and JSON have all.
constexpr std::size_t kShown = 20;

std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }

std::string rule_text(const SweepChoice& choice) {
  if (!choice.rule) return "(not chosen)";
  return name_of(*choice.rule) + (choice.peeks ? " (PEEKS)" : "");
}

/// "d[...]", or "by split: d[...] in 31 splits, 6 candidates in all"
std::string chosen_text(const SweepChoice& choice) {
  if (!choice.no_choice.empty()) return "none: " + choice.no_choice;
  if (choice.per_split.empty()) return choice.candidate;
  const auto& [most, splits] = choice.per_split.front();
  return fmt::format("by split: {} in {}, {} in all", most, counted(splits, "split"),
                     counted(choice.per_split.size(), "candidate"));
}

/// "task AUC", "domain AUC": as the experiment's table calls it.
std::string auc_label(const ReportTable& table, ScoredOn scored_on) {
  const auto column =
      std::find_if(table.columns.begin(), table.columns.end(), [&](const ReportColumn& of) {
        return of.scored_on == scored_on && of.measure == Measure::auc;
      });
  return column == table.columns.end() ? "" : column->label;
}

std::string mean_text(const stats::Summary& of, const NumberStyle& style) {
  return number_text(of.mean, style.digits + 1, style);
}

std::string honest_text(const HonestEstimate& honest, const NumberStyle& style) {
  if (!honest.mean) return std::string(style.none);
  std::string text = number_text(*honest.mean, style.digits + 1, style);
  if (honest.interval)
    text += fmt::format(" ({} to {})", number_text(honest.interval->low, style.digits + 1, style),
                        number_text(honest.interval->high, style.digits + 1, style));
  if (honest.kind == sweep::HonestScore::over_sources) text += " over left-out sources";
  return text;
}

template <class Has>
bool any_sweep(const ReportTable& table, Has has) {
  return std::any_of(table.sweeps.begin(), table.sweeps.end(), has);
}

/// One row of the table of choices.
struct ChoiceRow {
  const SweepReport* sweep = nullptr;
  const SweepChoice* choice = nullptr;
  std::string rule;
};

/// The rules, nested cross-validation, and what stands beside.
std::vector<ChoiceRow> choice_rows(const ReportTable& table) {
  std::vector<ChoiceRow> rows;
  for (const SweepReport& sweep : table.sweeps) {
    const auto beside =
        std::find_if(sweep.choices.begin(), sweep.choices.end(),
                     [](const SweepChoice& choice) { return !choice.rule.has_value(); });
    for (auto choice = sweep.choices.begin(); choice != beside; ++choice)
      rows.push_back({&sweep, &*choice, rule_text(*choice)});
    if (sweep.nested)
      rows.push_back({&sweep, &sweep.nested->choice,
                      fmt::format("nested ({} inner folds)", sweep.nested->folds)});
    for (auto choice = beside; choice != sweep.choices.end(); ++choice)
      rows.push_back({&sweep, &*choice, rule_text(*choice)});
  }
  return rows;
}

PrintedTable choice_table(const ReportTable& table, const NumberStyle& style) {
  const auto has = [&](const stats::Summary SweepChoice::*of) {
    return any_sweep(table, [&](const SweepReport& sweep) {
      return std::any_of(sweep.choices.begin(), sweep.choices.end(),
                         [&](const SweepChoice& choice) { return (choice.*of).n > 0; });
    });
  };
  const bool oos = has(&SweepChoice::oos_auc);
  const bool domain = has(&SweepChoice::domain_auc);
  const bool sources = has(&SweepChoice::source_out_auc);
  PrintedTable printed;
  printed.key = table.experiment + "-choices";
  printed.title = fmt::format("{}: what the rules choose", table.experiment);
  printed.caption = fmt::format(
      "In pool: mean {} of the choice on the held-out folds, which the choice may have made look "
      "better. Honest: what it is worth on new patients, with a 95 % interval. Fits: done, of all "
      "that "
      "the choice was made from",
      auc_label(table, ScoredOn::held_out));
  printed.columns = {{"embedding", ColumnKind::label}, {"rule", ColumnKind::label},
                     {"chosen", ColumnKind::label},    {"in pool", ColumnKind::number},
                     {"honest", ColumnKind::score},    {"fits", ColumnKind::number}};
  if (sources) printed.columns.push_back({"AUC on left-out sources", ColumnKind::number});
  if (oos) printed.columns.push_back({"oos AUC", ColumnKind::number});
  if (oos) printed.columns.push_back({"oos ACC", ColumnKind::number});
  if (domain) printed.columns.push_back({auc_label(table, ScoredOn::probe), ColumnKind::number});
  for (const auto& [sweep, choice, rule] : choice_rows(table)) {
    std::vector<std::string> row{sweep->embedding,
                                 rule,
                                 chosen_text(*choice),
                                 mean_text(choice->in_pool, style),
                                 honest_text(choice->honest, style),
                                 fmt::format("{}", choice->fits)};
    if (sources) row.push_back(mean_text(choice->source_out_auc, style));
    if (oos) row.push_back(mean_text(choice->oos_auc, style));
    if (oos) row.push_back(mean_text(choice->oos_acc, style));
    if (domain) row.push_back(mean_text(choice->domain_auc, style));
    printed.rows.push_back(std::move(row));
    if (!choice->honest.why_not.empty())
      printed.footnotes.push_back(fmt::format("no honest score for {} on {}: {}", rule,
                                              sweep->embedding, choice->honest.why_not));
  }
  const bool raced = any_sweep(table, [](const SweepReport& sweep) {
    return sweep.race && sweep.race->fits_trained < sweep.race->fits_of_all();
  });
  if (raced)
    printed.footnotes.emplace_back(
        "no rule, the oracle included, can choose a candidate that the race gave up");
  return printed;
}

/// How often nested cross-validation chose which candidate.
PrintedTable nested_table(const ReportTable& table) {
  PrintedTable printed;
  printed.key = table.experiment + "-nested";
  printed.title = fmt::format("{}: what nested cross-validation chooses", table.experiment);
  printed.caption =
      "Splits in which the candidate is the best on the inner folds, the most frequent first";
  printed.columns = {{"embedding", ColumnKind::label},
                     {"candidate", ColumnKind::label},
                     {"splits", ColumnKind::number}};
  for (const SweepReport& sweep : table.sweeps) {
    if (!sweep.nested) continue;
    const auto& chosen = sweep.nested->choice.per_split;
    for (std::size_t i = 0; i < std::min(chosen.size(), kShown); ++i)
      printed.rows.push_back(
          {sweep.embedding, chosen[i].first, fmt::format("{}", chosen[i].second)});
    if (chosen.size() > kShown)
      printed.footnotes.push_back(
          fmt::format("{} more on {}", chosen.size() - kShown, sweep.embedding));
  }
  return printed;
}

/// How many fits each race took.
std::string race_caption(const ReportTable& table) {
  std::string text = "Candidates that can hardly be the best are trained no further";
  for (const SweepReport& sweep : table.sweeps) {
    if (!sweep.race) continue;
    const RaceReport& race = *sweep.race;
    text += fmt::format("; {}: by {}, {}, {} of {} fits{}", sweep.embedding, race.by,
                        race.risk ? fmt::format("risk {:g}", *race.risk)
                                  : std::string("greedy, which guarantees nothing"),
                        race.fits_trained, race.fits_of_all(), race.over ? "" : " so far");
    if (race.fits_of_all() > 0)
      text += fmt::format(" ({})", percent(static_cast<double>(race.fits_trained) /
                                           static_cast<double>(race.fits_of_all())));
  }
  return text;
}

PrintedTable race_table(const ReportTable& table) {
  PrintedTable printed;
  printed.key = table.experiment + "-race";
  printed.title = fmt::format("{}: the race", table.experiment);
  printed.caption = race_caption(table);
  printed.columns = {{"embedding", ColumnKind::label},    {"splits", ColumnKind::number},
                     {"candidates", ColumnKind::number},  {"given up", ColumnKind::number},
                     {"fits so far", ColumnKind::number}, {"best before", ColumnKind::label}};
  for (const SweepReport& sweep : table.sweeps) {
    if (!sweep.race) continue;
    for (const StageRecord& stage : sweep.race->stages)
      if (!stage.over)
        printed.rows.push_back({sweep.embedding, fmt::format("{}", stage.splits),
                                fmt::format("{}", stage.living),
                                fmt::format("{}", stage.given_up.size()),
                                fmt::format("{}", stage.fits), stage.leader});
  }
  return printed;
}

PrintedTable search_table(const ReportTable& table) {
  PrintedTable printed;
  printed.key = table.experiment + "-search";
  printed.title = fmt::format("{}: the search", table.experiment);
  printed.columns = {{"generation", ColumnKind::number},
                     {"drawn", ColumnKind::number},
                     {"candidates", ColumnKind::number},
                     {"fits so far", ColumnKind::number},
                     {"best before", ColumnKind::label}};
  if (!table.sweeps.front().search) return printed;
  const SearchReport& search = *table.sweeps.front().search;
  printed.caption = fmt::format(
      "Each generation is drawn near the best of all before it (TPE, Bergstra et al. 2011), by the "
      "mean {} over all splits{}; {} of {} candidates{}{}",
      search.by, table.sweeps.size() > 1 ? " and embedding sets" : "", search.candidates, search.of,
      search.over ? "" : " so far", search.best.empty() ? "" : "; the best is " + search.best);
  for (std::size_t i = 0; i < search.generations.size(); ++i) {
    const StageRecord& stage = search.generations[i];
    printed.rows.push_back({fmt::format("{}", i + 1),
                            fmt::format("{}", stage.generation->drawn.size()),
                            fmt::format("{}", stage.generation->candidates),
                            fmt::format("{}", stage.fits), stage.leader});
  }
  return printed;
}

/// The last given up first: those that came closest.
PrintedTable given_up_table(const ReportTable& table, const NumberStyle& style) {
  PrintedTable printed;
  printed.key = table.experiment + "-given-up";
  printed.title = fmt::format("{}: candidates given up, the last ones first", table.experiment);
  printed.caption = "They are in no other table: their means are over few splits only";
  printed.columns = {{"embedding", ColumnKind::label},
                     {"candidate", ColumnKind::label},
                     {"after splits", ColumnKind::number},
                     {"n", ColumnKind::number},
                     {"mean so far", ColumnKind::number}};
  for (const SweepReport& sweep : table.sweeps) {
    if (!sweep.race) continue;
    std::size_t shown = 0;
    std::size_t all = 0;
    const std::vector<StageRecord>& stages = sweep.race->stages;
    for (std::size_t i = stages.size(); i-- > 1;)
      for (const StageRecord::GivenUp& one : stages[i].given_up) {
        if (++all > kShown) continue;
        ++shown;
        printed.rows.push_back({sweep.embedding, one.candidate,
                                fmt::format("{}", stages[i - 1].splits), fmt::format("{}", one.n),
                                number_text(one.mean, style.digits + 1, style)});
      }
    if (all > shown)
      printed.footnotes.push_back(
          fmt::format("{} more on {} (`crossfold export DIR candidates` lists all)", all - shown,
                      sweep.embedding));
  }
  return printed;
}

PrintedTable front_table(const ReportTable& table, const NumberStyle& style) {
  PrintedTable printed;
  printed.key = table.experiment + "-front";
  printed.title = fmt::format("{}: no other candidate is better in both scores", table.experiment);
  printed.caption = fmt::format(
      "Complete candidates by {} (high is good) and {} (low is good). Certain: the share of "
      "bootstraps over splits in which the candidate is on this front",
      auc_label(table, ScoredOn::held_out), auc_label(table, ScoredOn::probe));
  printed.columns = {{"embedding", ColumnKind::label},
                     {"candidate", ColumnKind::label},
                     {auc_label(table, ScoredOn::held_out), ColumnKind::number},
                     {auc_label(table, ScoredOn::probe), ColumnKind::number},
                     {"certain", ColumnKind::number}};
  for (const SweepReport& sweep : table.sweeps) {
    std::vector<const SweptCandidate*> front;
    for (const SweptCandidate& one : sweep.swept)
      if (one.on_front) front.push_back(&one);
    std::stable_sort(front.begin(), front.end(),
                     [](const auto* a, const auto* b) { return a->task_auc > b->task_auc; });
    for (std::size_t i = 0; i < std::min(front.size(), kShown); ++i)
      printed.rows.push_back({sweep.embedding, front[i]->name,
                              number_text(front[i]->task_auc, style.digits + 1, style),
                              number_text(front[i]->domain_auc, style.digits + 1, style),
                              percent(front[i]->front_share.value_or(0))});
    if (front.size() > kShown)
      printed.footnotes.push_back(
          fmt::format("{} more on {}", front.size() - kShown, sweep.embedding));
  }
  return printed;
}

PrintedTable importance_table(const ReportTable& table) {
  PrintedTable printed;
  printed.key = table.experiment + "-importance";
  printed.title = fmt::format("{}: which parameters matter", table.experiment);
  printed.caption = fmt::format(
      "How differently a parameter is spread among the best tenth and among all (PED-ANOVA, "
      "Watanabe et al. 2023), by the {} on the splits that every candidate has; shares add up to "
      "100 %. A parameter without influence shows a little all the same",
      auc_label(table, ScoredOn::held_out));
  printed.columns = {{"embedding", ColumnKind::label},
                     {"parameter", ColumnKind::label},
                     {"candidates", ColumnKind::number},
                     {"of the best", ColumnKind::number},
                     {"share", ColumnKind::number}};
  if (table.sweeps.front().search)
    printed.footnotes.push_back(
        "the search drew most candidates near the best, so that \"all\" is not the whole space: a "
        "parameter that it settled early shows less than it matters");
  for (const SweepReport& sweep : table.sweeps) {
    std::vector<sweep::ParameterImportance> sorted = sweep.importance;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.share > b.share; });
    for (const sweep::ParameterImportance& one : sorted)
      printed.rows.push_back({sweep.embedding, one.key, fmt::format("{}", one.candidates),
                              fmt::format("{}", one.top),
                              one.share ? percent(*one.share) : std::string("-")});
  }
  return printed;
}

}  // namespace

std::vector<PrintedTable> sweep_tables(const ReportTable& table, const NumberStyle& style) {
  if (table.sweeps.empty()) return {};
  return {choice_table(table, style),   nested_table(table), race_table(table),
          given_up_table(table, style), search_table(table), front_table(table, style),
          importance_table(table)};
}

std::vector<Explanation> sweep_legend(const Report& report) {
  bool any = false, source_out = false, nested = false;
  for (const ReportTable& table : report.tables)
    for (const SweepReport& sweep : table.sweeps) {
      any = true;
      nested = nested || sweep.nested;
      for (const SweepChoice& choice : sweep.choices)
        source_out = source_out || choice.rule == SelectionRule::source_out;
    }
  if (!any) return {};
  std::vector<Explanation> entries{
      {"validation",
       "in each split the candidate with the best validation AUC of that split; its "
       "held-out fold took no part, so its score is honest"},
      {"held-out, one-se, constrained",
       "the best mean over the held-out folds; the most disentangled within one corrected standard "
       "error of it; the best among those whose domain AUC is low enough. Honest by bootstrap bias "
       "correction (BBC-CV, Tsamardinos et al. 2018) over patients"}};
  if (source_out)
    entries.push_back(
        {"source-out",
         "the best mean AUC on sources of the pool that were left out of training, one after "
         "another. Honest over left-out sources, by the same correction over their patients; how "
         "much sources differ from each other is not in the interval"});
  if (nested)
    entries.push_back(
        {"nested",
         "in each split the candidate with the best mean AUC on inner folds of the other folds; "
         "the held-out fold took no part, so its score is honest"});
  entries.push_back(
      {"oracle (PEEKS)",
       "the best out of sample: what nobody could have chosen without the out-of-sample data"});
  entries.push_back({"(not chosen)", "a candidate of the job that was not drawn, to compare with"});
  return entries;
}

}  // namespace crossfold
