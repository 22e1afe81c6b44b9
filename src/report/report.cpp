#include "crossfold/report/report.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "columns.h"
#include "comparisons.h"
#include "confounders.h"
#include "fit_place.h"
#include "intervals.h"
#include "make_sweep_report.h"
#include "sample_counts.h"
#include "score_cell.h"

namespace crossfold {
namespace {

FitCounts count_fits(const RowFits& fits) {
  FitCounts counts{.expected = fits.size()};
  for (const RecordedFit& fit : fits) {
    if (!fit.result)
      ++counts.missing;
    else if (fit.result->failed())
      ++counts.failed;
    else
      ++counts.done;
  }
  return counts;
}

void add_errors(ScoreCell& cell, const std::optional<double>& test_share) {
  if (!test_share) return;
  cell.standard_error = stats::corrected_standard_error(cell.summary, *test_share);
  cell.interval = stats::corrected_interval(cell.summary, *test_share);
}

std::vector<ScoreCell> score_cells(const ReportTable& table, const ReportRow& row,
                                   const RowFits& fits) {
  std::vector<ScoreCell> cells;
  for (const ReportColumn& column : table.columns) {
    ScoreCell cell = make_cell(fits, row.fits,
                               [&](const FitResult& result) { return value_of(result, column); });
    for (const RecordedFit& fit : fits)
      if (fit.done()) cell.undefined_classes += undefined_classes(*fit.result, column);
    if (column.no_error_reason.empty()) add_errors(cell, row.test_share);
    cells.push_back(cell);
  }
  return cells;
}

ClassRow class_row(const ReportTable& table, const ReportRow& row, const RowFits& fits, Role role,
                   std::size_t level) {
  ClassRow result;
  result.role = role;
  result.level = table.levels[level];
  ReportColumn column;
  column.scored_on = role == Role::in ? ScoredOn::held_out : ScoredOn::oos;
  for (std::size_t score = 0; score < kClassScores.size(); ++score) {
    result.cells[score] = make_cell(fits, row.fits, [&](const FitResult& fit) {
      const stats::ScoreSet* scores = score_set(fit, column);
      return scores ? class_score(scores->classes[level], score) : std::nullopt;
    });
    if (role == Role::in && table.scheme != SplitScheme::leave_out)
      add_errors(result.cells[score], row.test_share);
  }
  return result;
}

std::size_t count_code(const CodedColumn& column, const std::vector<std::uint32_t>& rows,
                       std::size_t code) {
  return static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), [&](std::uint32_t row) {
    return column.codes[row] == static_cast<std::int32_t>(code);
  }));
}

void add_class_rows(const ReportTable& table, const Experiment& experiment,
                    const ExperimentSamples& samples, const RowFits& fits, ReportRow& row) {
  const CodedColumn& target = samples.column(experiment.target);
  for (const Role role : {Role::in, Role::oos}) {
    if (role == Role::oos && !experiment.evaluate_oos) continue;
    for (std::size_t level = 0; level < table.levels.size(); ++level) {
      row.classes.push_back(class_row(table, row, fits, role, level));
      row.classes.back().support =
          count_code(target, role == Role::in ? samples.pool : samples.oos, level);
    }
  }
}

/// A record of another number of classes would be read past its end.
void check_classes(const FitResult& result, const stats::ScoreSet* scores, std::size_t expected) {
  CF_VALIDATE(!scores || scores->classes.size() == expected, ErrorCode::bad_input,
              fmt::format("fit {} holds scores of {} classes (the plan has {}), so it is no fit of "
                          "this job. remove the run directory and run the job again",
                          result.id.hex(), scores->classes.size(), expected));
}

/// The fits of each turn by themselves.
std::vector<TurnRow> turn_rows(const RunRecords& records, const ReportTable& table,
                               const ReportRow& row, const RowFits& fits) {
  std::map<FoldIndex, RowFits> by_turn;
  for (const RecordedFit& fit : fits) by_turn[fit.fit->fold].push_back(fit);
  std::vector<TurnRow> turns;
  for (const auto& [turn, of] : by_turn) {
    ReportRow part;
    part.fits = count_fits(of);
    part.test_share = row.test_share;
    turns.push_back({.left_out = left_out_in(records.plan.basis, *of.front().fit),
                     .cells = score_cells(table, part, of)});
  }
  return turns;
}

ReportRow make_row(const RunRecords& records, const ReportTable& table, const RowFits& fits,
                   const ReportOptions& options) {
  const Fit& first = *fits.front().fit;
  const Experiment& experiment = records.job.experiments[first.experiment];
  const Candidate& candidate = experiment.candidates[first.candidate];
  for (const RecordedFit& fit : fits) {
    if (!fit.done()) continue;
    for (const ReportColumn& column : table.columns)
      check_classes(
          *fit.result, score_set(*fit.result, column),
          column.scored_on == ScoredOn::probe ? table.probe_levels.size() : table.levels.size());
  }

  ReportRow row;
  row.embedding = records.job.embeddings[first.embedding];
  row.candidate = candidate.name;
  row.kind = kind_of(candidate);
  row.fits = count_fits(fits);
  row.test_share = mean_test_share(fits);
  row.cells = score_cells(table, row, fits);
  row.confounders = confounder_cells(table, fits, row.fits);
  if (table.scheme == SplitScheme::leave_out) row.turns = turn_rows(records, table, row, fits);
  add_class_rows(table, experiment, records.plan.basis.samples[first.experiment], fits, row);
  if (is_network(candidate))
    row.epochs = make_cell(fits, row.fits, [](const FitResult& result) {
                   return std::optional<double>(result.training.epochs);
                 }).summary;
  row.unconverged_fits =
      static_cast<std::size_t>(std::count_if(fits.begin(), fits.end(), [](const RecordedFit& fit) {
        return fit.done() && fit.result->solver.unconverged > 0;
      }));
  if (options.fits == FitRows::left_out) return row;
  for (const RecordedFit& fit : fits)
    row.fit_rows.push_back({.seed = fit.fit->seed,
                            .fold = fit.fit->fold,
                            .id = fit.fit->id,
                            .result = fit.result ? std::optional(*fit.result) : std::nullopt});
  return row;
}

/// The fits of an experiment on the job's own splits, one group for each embedding and candidate,
/// in the plan's order. A candidate that was given up, or may yet be, has no group: its mean is
/// over some splits only.
std::vector<RowFits> group_fits(const RunRecords& records, std::uint32_t experiment) {
  std::vector<RowFits> groups;
  std::set<std::pair<std::uint32_t, std::uint32_t>> incomplete;  // embedding, candidate
  for (std::size_t i = 0; i < records.plan.fits.size(); ++i) {
    const Fit& fit = records.plan.fits[i];
    if (fit.experiment == experiment && !serves_selection(fit.scheme) && !records.is_to_train(i))
      incomplete.insert({fit.embedding, fit.candidate});
  }
  for (const Fit& fit : records.plan.fits) {
    if (fit.experiment != experiment || serves_selection(fit.scheme) ||
        incomplete.contains({fit.embedding, fit.candidate}))
      continue;
    const bool same_row = !groups.empty() &&
                          groups.back().front().fit->embedding == fit.embedding &&
                          groups.back().front().fit->candidate == fit.candidate;
    if (!same_row) groups.emplace_back();
    groups.back().push_back({.fit = &fit, .result = records.find(fit.id)});
  }
  return groups;
}

/// Leaves those that were not drawn, and those that a rule chose; for `validation` and nested
/// cross-validation the one that was chosen most often.
void keep_chosen(const RunRecords& records, const std::vector<SweepReport>& sweeps,
                 std::vector<RowFits>& groups) {
  std::set<std::pair<std::string, std::string>> chosen;  // embedding, candidate
  for (const SweepReport& sweep : sweeps)
    for (const SweepChoice& choice : sweep.choices) {
      chosen.insert({sweep.embedding, choice.candidate});
      if (!choice.per_split.empty())
        chosen.insert({sweep.embedding, choice.per_split.front().first});
    }
  for (const SweepReport& sweep : sweeps)
    if (sweep.nested && !sweep.nested->choice.per_split.empty())
      chosen.insert({sweep.embedding, sweep.nested->choice.per_split.front().first});
  std::erase_if(groups, [&](const RowFits& fits) {
    const Fit& fit = *fits.front().fit;
    const Candidate& candidate = records.job.experiments[fit.experiment].candidates[fit.candidate];
    return !candidate.parameters.empty() &&
           !chosen.contains({records.job.embeddings[fit.embedding], candidate.name});
  });
}

void count_splits(const std::vector<RowFits>& groups, ReportTable& table) {
  std::set<SeedIndex> seeds;
  std::set<FoldIndex> folds;
  for (const RowFits& fits : groups) {
    for (const RecordedFit& fit : fits) {
      seeds.insert(fit.fit->seed);
      folds.insert(fit.fit->fold);
    }
  }
  table.seeds = seeds.size();
  table.folds = folds.size();
}

ReportTable make_table(const RunRecords& records, std::uint32_t index, const ReportOptions& options,
                       const ReadArtefacts& read) {
  const Experiment& experiment = records.job.experiments[index];
  const ExperimentSamples& samples = records.plan.basis.samples[index];
  ReportTable table;
  table.experiment = experiment.name;
  table.target = experiment.target;
  table.stratify = experiment.stratify;
  table.levels = samples.column(experiment.target).levels;
  table.probe = experiment.probe;
  table.pool = count_rows(samples.pool, samples.group);
  table.oos = count_rows(samples.oos, samples.group);
  for (std::size_t i = 0; i < experiment.evaluate_sets.size(); ++i)
    table.sets.push_back(
        {.name = experiment.evaluate_sets[i], .all = count_rows(samples.sets[i], samples.group)});
  table.scheme = records.job.splits.scheme;
  if (table.scheme == SplitScheme::leave_out) table.left_out_by = records.job.splits.leave_out.by;
  if (const std::string* train = pool_set(experiment)) table.train = *train;
  table.matrix = experiment.matrix;
  if (experiment.probe) table.probe_levels = samples.column(*experiment.probe).levels;
  table.confounders = confounders_of(experiment, samples);
  table.columns = columns_of(experiment, table.levels.size(), table.scheme);

  if (experiment.sweep)
    for (std::uint32_t z = 0; z < records.job.embeddings.size(); ++z)
      table.sweeps.push_back(make_sweep_report(records, index, z, read));
  std::vector<RowFits> groups = group_fits(records, index);
  if (experiment.sweep && options.swept == SweptRows::chosen)
    keep_chosen(records, table.sweeps, groups);
  count_splits(groups, table);
  for (const RowFits& fits : groups) table.rows.push_back(make_row(records, table, fits, options));
  if (options.bags > 0 && read) {
    table.bags = options.bags;
    table.intervals = bootstrap_intervals(records, index, groups, options.bags, read);
  }
  if (options.corrected == CorrectedErrors::shown)
    table.comparisons = compare_candidates(table.columns, table.rows, groups);
  return table;
}

/// Which fits are missing or failed, and how many distinct ones there are.
void account_for_fits(const RunRecords& records, Report& report) {
  std::unordered_set<FitId> seen;
  for (std::size_t i = 0; i < records.plan.fits.size(); ++i) {
    const Fit& fit = records.plan.fits[i];
    if (!records.is_to_train(i) || !seen.insert(fit.id).second) continue;
    const FitResult* result = records.find(fit.id);
    ++report.fits.expected;
    if (result && !result->failed()) {
      ++report.fits.done;
      continue;
    }
    FitPlace place = place_of(records, fit);
    if (result) {
      ++report.fits.failed;
      report.failed.push_back({.place = std::move(place), .error = result->error});
    } else {
      ++report.fits.missing;
      report.missing.push_back(std::move(place));
    }
  }
  report.complete = report.fits.complete() && !records.more_stages;
}

std::vector<std::string> collect_notes(const RunRecords& records, const Report& report) {
  std::vector<std::string> notes = records.plan.basis.notes;
  if (const std::size_t n = samples_without_role(records.samples); n > 0)
    notes.push_back(fmt::format("{} samples have no role and take part in nothing", n));
  for (const ReportTable& table : report.tables)
    for (const ReportRow& row : table.rows)
      if (row.unconverged_fits > 0)
        notes.push_back(fmt::format(
            "{}, {}, {}: in {} of {} fits a logistic regression stopped before it had converged",
            table.experiment, row.embedding, row.candidate, row.unconverged_fits, row.fits.done));
  if (report.equivalence_classes > 1)
    notes.push_back(fmt::format(
        "the fits were made by {} equivalence classes (build, libraries, instruction set, device) "
        "and are mixed in these tables: the same fit may differ in its last digits between them",
        report.equivalence_classes));
  return notes;
}

}  // namespace

Report build_report(const RunRecords& records, const ReportOptions& options,
                    const ReadArtefacts& read) {
  CF_EXPECT(records.plan.basis.samples.size() == records.job.experiments.size());
  Report report;
  report.name = records.job.name;
  report.corrected = options.corrected;
  report.fit_rows = options.fits;
  report.equivalence_classes = records.classes.size();
  report.reading_notes = records.notes;
  for (const Role role : {Role::in, Role::oos})
    if (std::optional<SampleCounts> counts = count_samples(records.samples, role))
      report.samples.push_back(*std::move(counts));
  for (std::uint32_t i = 0; i < records.job.experiments.size(); ++i)
    report.tables.push_back(make_table(records, i, options, read));
  account_for_fits(records, report);
  report.warnings = records.plan.basis.warnings;
  report.notes = collect_notes(records, report);
  return report;
}

}  // namespace crossfold
