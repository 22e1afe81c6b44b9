#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/core/ids.h"
#include "crossfold/job/job.h"
#include "crossfold/plan/fit_result.h"
#include "crossfold/report/sweep_report.h"
#include "crossfold/results/run_records.h"
#include "crossfold/stats/percentile.h"
#include "crossfold/stats/summary.h"

namespace crossfold {

/// Corrected standard errors and paired tests in the tables for people (JSON always has the
/// errors; the tests are made only here).
enum class CorrectedErrors { hidden, shown };
/// One row for each fit, for formats that can hold them (JSON).
enum class FitRows { left_out, included };

/// Of a sweep's drawn candidates, which have a row in the tables.
enum class SweptRows {
  chosen,    ///< those that a rule chose
  complete,  ///< all with a result on every split
};

struct ReportOptions {
  CorrectedErrors corrected = CorrectedErrors::hidden;
  FitRows fits = FitRows::left_out;
  SweptRows swept = SweptRows::chosen;
  /// So many bootstrap bags of patients are drawn for ReportTable::intervals; 0: there are none.
  std::size_t bags = 0;
};

/// Reads what a fit kept: empty artefacts where nothing was, nothing where they are lost.
using ReadArtefacts = std::function<std::optional<Artefacts>(const FitId&)>;

/// Fits behind something, each of them in exactly one of the last three.
struct FitCounts {
  std::size_t expected = 0;
  std::size_t done = 0;
  std::size_t failed = 0;
  std::size_t missing = 0;  ///< not recorded yet
  [[nodiscard]] bool complete() const { return done == expected; }
};

struct SampleCount {
  std::size_t images = 0;
  std::size_t patients = 0;  ///< distinct groups
};

/// The samples of one role, class by domain (T table 1). Only levels that occur; samples without a
/// label stand under "(missing)". A patient in several cells counts once in each and once in each
/// total, so that patients need not add up.
struct SampleCounts {
  Role role = Role::in;
  std::vector<std::string> classes;
  std::vector<std::string> domains;
  std::vector<std::vector<SampleCount>> cells;  ///< [class][domain]
  std::vector<SampleCount> class_totals;
  std::vector<SampleCount> domain_totals;
  SampleCount total;
};

/// What a fit's model was scored on.
enum class ScoredOn {
  held_out,  ///< the target, on the held-out fold
  oos,       ///< the target, on the out-of-sample set
  probe,     ///< the probed label, on the held-out fold
  set,       ///< the target, on a named set
};
/// The last three of two classes only, of the positive one.
enum class Measure {
  auc,
  acc,
  accuracy,
  balanced_accuracy,
  diagnostic_odds_ratio,
  sensitivity,
  specificity,
  f1,
};
/// Where people see a column: in the experiment's table, in a second one for two classes, or only
/// in CSV and JSON.
enum class ColumnPlace { main, two_class, data };

/// A named set as an experiment scores it.
struct SetCount {
  std::string name;
  SampleCount all;  ///< whose target the pool knows; a fit is scored on those it does not train on
};

/// One score of an experiment's table.
struct ReportColumn {
  std::string name;   ///< as in JSON and CSV: "task_auc"
  std::string label;  ///< for people: "task AUC"
  ScoredOn scored_on = ScoredOn::held_out;
  Measure measure = Measure::auc;
  ColumnPlace place = ColumnPlace::main;
  std::string no_error_reason;  ///< why it has no corrected error; empty when it has one
  std::size_t set = 0;          ///< of a named set: index into ReportTable::sets
};

/// One score over the fits of a row: n (in `summary`) + undefined + failed + missing = expected.
struct ScoreCell {
  stats::Summary summary;
  FitCounts fits;
  std::size_t undefined_classes = 0;        ///< class scores left out of the single fits' means
  std::optional<double> standard_error;     ///< Nadeau-Bengio; in-pool scores only
  std::optional<stats::Interval> interval;  ///< 95 %, from standard_error

  [[nodiscard]] bool whole() const { return summary.n == fits.expected; }
};

/// What is probed where an experiment probes attributes or within classes: possible confounders.
struct Confounder {
  std::string of;           ///< "class", "domain" or the attribute
  std::string within = {};  ///< class; empty: the whole pool
  bool is_number = false;   ///< an AUC is that of thirds then, and there is R2
  std::size_t samples = 0;  ///< of the pool (and the class)
  std::size_t missing = 0;  ///< of these, without a value
};

/// How well one candidate's features give a confounder away.
struct ConfounderCells {
  ScoreCell auc;
  std::optional<ScoreCell> r2;  ///< of numbers
};

/// The scores of ClassRow::cells, in their order.
inline constexpr std::array<const char*, 5> kClassScores = {"auc", "sensitivity", "specificity",
                                                            "precision", "f1"};

/// One class, one against the rest.
struct ClassRow {
  Role role = Role::in;  ///< in: held-out folds; oos: out-of-sample set
  std::string level;
  std::size_t support = 0;  ///< samples of this class in the pool or the out-of-sample set
  std::array<ScoreCell, kClassScores.size()> cells;
};

/// One fit as planned, and what became of it.
struct FitRow {
  SeedIndex seed;
  FoldIndex fold;
  FitId id;
  std::optional<FitResult> result;  ///< empty: missing
};

/// The fits of a row that were not trained on the same levels.
struct TurnRow {
  std::string left_out;          ///< "cohen", "cohen and nih"
  std::vector<ScoreCell> cells;  ///< one for each column of the table
};

/// One candidate on one embedding set.
struct ReportRow {
  std::string embedding;
  std::string candidate;
  CandidateKind kind = CandidateKind::baseline;
  FitCounts fits;
  std::vector<ScoreCell> cells;  ///< one for each column of the table
  std::vector<ClassRow> classes;
  std::vector<TurnRow> turns;                     ///< where the splits leave levels out
  std::optional<stats::Summary> epochs;           ///< trained candidates only
  std::size_t unconverged_fits = 0;               ///< with a logistic regression that stopped early
  std::optional<double> test_share;               ///< mean of n_test / n_train over the fits done
  std::vector<ConfounderCells> confounders = {};  ///< one for each of the table's
  std::vector<FitRow> fit_rows;                   ///< with FitRows::included
};

/// A score on a set that is the same for all fits of a row, and what another draw of its patients
/// could make of it: the middle 95 % over bags of patients of the mean over the fits. The models
/// are not trained again: what another pool would do to them is not in it.
struct BootstrappedScore {
  std::optional<double> mean;  ///< over the fits
  std::optional<stats::BagInterval> interval;
};
struct IntervalRow {
  std::string embedding;
  std::string candidate;
  std::string set;  ///< "oos", a named set, or what is left out
  SampleCount scored;
  std::size_t fits = 0;  ///< whose predictions were read
  BootstrappedScore auc;
  BootstrappedScore acc;  ///< mean of the recalls
};

/// Corrected paired t-test of a candidate against the first one of its experiment and embedding.
struct Comparison {
  std::string embedding;
  std::string candidate;
  std::string reference;
  std::size_t column = 0;                 ///< index into ReportTable::columns
  std::optional<stats::PairedTest> test;  ///< candidate - reference; empty: under two pairs
  std::optional<double> p_holm;           ///< adjusted over the candidates compared
};

/// One experiment.
struct ReportTable {
  std::string experiment;
  Label target = Label::class_label;
  Label stratify = Label::class_label;
  std::vector<std::string> levels;  ///< of the target, in the order of the codes
  std::optional<Label> probe;
  std::vector<std::string> probe_levels;
  /// The label's probe and the further ones, those of the whole pool first; empty without further
  /// ones.
  std::vector<Confounder> confounders = {};
  SplitScheme scheme = SplitScheme::k_fold;  ///< of the job's splits
  std::string left_out_by;  ///< label or attribute whose levels are left out in turns
  std::size_t folds = 0;
  std::size_t seeds = 0;
  SampleCount pool;
  SampleCount oos;
  std::vector<SetCount> sets;  ///< the named sets that fits are scored on
  std::string train;           ///< the named set that is the pool; empty where it is none
  std::string matrix;          ///< as Experiment::matrix
  std::vector<ReportColumn> columns;
  std::vector<ReportRow> rows;  ///< embeddings in the job's order, candidates within
  std::vector<Comparison> comparisons;
  std::vector<IntervalRow> intervals = {};  ///< with ReportOptions::bags
  std::size_t bags = 0;                     ///< behind each of them
  std::vector<SweepReport> sweeps;          ///< one for each embedding set; empty without a sweep
};

/// A fit that is missing or failed, by the names a reader knows.
struct FitPlace {
  std::string experiment;
  std::string embedding;
  std::string candidate;
  SeedIndex seed;
  FoldIndex fold;
  FitId id;
  SplitScheme scheme = SplitScheme::k_fold;
  FoldIndex inner = {};     ///< of the scheme nested
  std::string source = {};  ///< of the schemes source_out and leave_out: what is left out
};
struct FailedFit {
  FitPlace place;
  std::string error;
};

/// Everything the tables say, before any formatting. The same fits make the same report: nothing
/// in it speaks of hosts, ranks, threads, times or paths.
struct Report {
  std::string name;
  bool complete = true;  ///< every planned fit is there and succeeded
  FitCounts fits;        ///< distinct fit ids
  CorrectedErrors corrected = CorrectedErrors::hidden;
  FitRows fit_rows = FitRows::left_out;
  std::vector<SampleCounts> samples;  ///< one for each role that occurs
  std::vector<ReportTable> tables;    ///< one for each experiment
  std::vector<FailedFit> failed;      ///< in the plan's order, each fit id once
  std::vector<FitPlace> missing;      ///< in the plan's order
  std::size_t equivalence_classes = 0;
  std::vector<std::string> warnings;  ///< what makes the samples doubtful (see sample_warnings)
  std::vector<std::string> notes;
  /// What was noticed while reading the run directory. Not a property of the fits, so it stands in
  /// the tables for people and not in CSV and JSON.
  std::vector<std::string> reading_notes;
};

/// Gathers the fits into tables. A fit that failed or is missing enters no mean and is counted in
/// every cell it belongs to. Candidates whose fits have equal ids share their results.
/// Without `read`, choices of a sweep have no bias-corrected score. Error{bad_input} when a result
/// holds scores of another number of classes than the plan.
[[nodiscard]] Report build_report(const RunRecords& records, const ReportOptions& options = {},
                                  const ReadArtefacts& read = {});

}  // namespace crossfold
