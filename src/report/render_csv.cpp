#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/csv.h"
#include "crossfold/report/render.h"

namespace crossfold {
namespace {

/// One line of the CSV report; what does not apply stays empty.
struct Line {
  std::string table;
  std::string embedding = {};
  std::string candidate = {};
  std::string role = {};
  std::string class_label = {};  ///< level of the target
  std::string domain = {};       ///< sample counts only
  std::string score = {};
  std::string count = {};  ///< images or patients
  std::vector<std::string> numbers = {};
  std::vector<std::string> test = {};
  std::vector<std::string> bags = {};
};

const std::vector<std::string> kNumbers = {"mean",
                                           "sd",
                                           "median",
                                           "n",
                                           "expected",
                                           "undefined",
                                           "failed",
                                           "missing",
                                           "undefined_classes",
                                           "se_corrected",
                                           "ci95_low",
                                           "ci95_high"};
const std::vector<std::string> kTest = {"against", "pairs", "difference", "t", "p", "p_holm"};
/// Only in a report that draws bags of patients (--intervals).
const std::vector<std::string> kBags = {"bags", "bags95_low", "bags95_high"};

/// Shortest text that reads back as the same double; "nan" for undefined, "inf" for infinite.
std::string full(double value) { return fmt::format("{}", value); }
std::string full(const std::optional<double>& value) { return value ? full(*value) : "nan"; }

class Lines {
 public:
  explicit Lines(bool with_bags) : with_bags_(with_bags) {
    std::vector<std::string> header{"table", "embedding", "candidate", "role",
                                    "class", "domain",    "score",     "count"};
    for (const auto* more : {&kNumbers, &kTest})
      header.insert(header.end(), more->begin(), more->end());
    if (with_bags_) header.insert(header.end(), kBags.begin(), kBags.end());
    text_ = csv_line(header);
  }

  void add(Line line) {
    line.numbers.resize(kNumbers.size());
    line.test.resize(kTest.size());
    line.bags.resize(with_bags_ ? kBags.size() : 0);
    std::vector<std::string> fields{line.table,       line.embedding, line.candidate, line.role,
                                    line.class_label, line.domain,    line.score,     line.count};
    for (const auto* more : {&line.numbers, &line.test, &line.bags})
      fields.insert(fields.end(), more->begin(), more->end());
    text_ += csv_line(fields);
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  bool with_bags_;
  std::string text_;
};

/// Errors stay empty where `with_errors` says that the score has none by its nature.
std::vector<std::string> numbers_of(const ScoreCell& cell, bool with_errors) {
  const stats::Summary& of = cell.summary;
  const auto count = [](std::size_t n) { return fmt::format("{}", n); };
  std::vector<std::string> numbers{full(of.mean),
                                   full(of.sd),
                                   full(of.median),
                                   count(of.n),
                                   count(cell.fits.expected),
                                   count(of.undefined),
                                   count(cell.fits.failed),
                                   count(cell.fits.missing),
                                   count(cell.undefined_classes)};
  if (!with_errors) return numbers;
  numbers.push_back(full(cell.standard_error));
  numbers.push_back(cell.interval ? full(cell.interval->low) : "nan");
  numbers.push_back(cell.interval ? full(cell.interval->high) : "nan");
  return numbers;
}

std::string role_of(Role role) { return role == Role::in ? "in" : "oos"; }

/// What a column is scored on: the pool, the out-of-sample set or a named set.
std::string role_of(const ReportTable& table, const ReportColumn& column) {
  if (column.scored_on == ScoredOn::set) return table.sets.at(column.set).name;
  return column.scored_on == ScoredOn::oos ? "oos" : "in";
}

void append_counts(Lines& out, const SampleCounts& counts) {
  const auto both = [&](const std::string& class_label, const std::string& domain,
                        const SampleCount& count) {
    Line line{.table = "samples",
              .role = role_of(counts.role),
              .class_label = class_label,
              .domain = domain};
    line.score = "images";
    line.count = fmt::format("{}", count.images);
    out.add(line);
    line.score = "patients";
    line.count = fmt::format("{}", count.patients);
    out.add(line);
  };
  for (std::size_t k = 0; k < counts.classes.size(); ++k) {
    for (std::size_t d = 0; d < counts.domains.size(); ++d)
      both(counts.classes[k], counts.domains[d], counts.cells[k][d]);
    both(counts.classes[k], "", counts.class_totals[k]);
  }
  for (std::size_t d = 0; d < counts.domains.size(); ++d)
    both("", counts.domains[d], counts.domain_totals[d]);
  both("", "", counts.total);
}

const Comparison* find_comparison(const ReportTable& table, const ReportRow& row,
                                  std::size_t column) {
  for (const Comparison& of : table.comparisons)
    if (of.column == column && of.embedding == row.embedding && of.candidate == row.candidate)
      return &of;
  return nullptr;
}

std::vector<std::string> test_of(const Comparison* of) {
  if (!of) return {};
  if (!of->test) return {of->reference, "0", "nan", "nan", "nan", "nan"};
  return {of->reference,
          fmt::format("{}", of->test->n),
          full(of->test->mean_difference),
          full(of->test->t),
          full(of->test->p),
          full(of->p_holm)};
}

/// Of the score of a row on a set; empty where no bags were drawn of it.
std::vector<std::string> bags_of(const ReportTable& table, const ReportRow& row,
                                 const std::string& set, Measure measure) {
  if (measure != Measure::auc && measure != Measure::acc) return {};
  for (const IntervalRow& of : table.intervals) {
    if (of.set != set || of.embedding != row.embedding || of.candidate != row.candidate) continue;
    const auto& found = measure == Measure::auc ? of.auc.interval : of.acc.interval;
    if (!found) return {"0", "nan", "nan"};
    return {fmt::format("{}", found->bags), full(found->interval.low), full(found->interval.high)};
  }
  return {};
}

/// Scores "probe.sex.auc", "probe.age.r2" and, counted in the pool, "probe.age.missing".
void append_confounders(Lines& out, const Line& start, const ReportTable& table,
                        const ReportRow& row) {
  for (std::size_t i = 0; i < table.confounders.size(); ++i) {
    const Confounder& of = table.confounders[i];
    Line line = start;
    line.role = "in";
    line.class_label = of.within;
    line.score = fmt::format("probe.{}.auc", of.of);
    line.numbers = numbers_of(row.confounders[i].auc, false);
    out.add(line);
    if (row.confounders[i].r2) {
      line.score = fmt::format("probe.{}.r2", of.of);
      line.numbers = numbers_of(*row.confounders[i].r2, false);
      out.add(line);
    }
    line.score = fmt::format("probe.{}.missing", of.of);
    line.numbers = {};
    line.count = fmt::format("{}", of.missing);
    out.add(line);
  }
}

void append_row(Lines& out, const ReportTable& table, const ReportRow& row,
                CorrectedErrors corrected) {
  const Line start{
      .table = table.experiment, .embedding = row.embedding, .candidate = row.candidate};
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const ReportColumn& column = table.columns[c];
    Line line = start;
    line.role = role_of(table, column);
    line.score = column.name;
    line.numbers = numbers_of(row.cells[c], column.no_error_reason.empty());
    if (corrected == CorrectedErrors::shown) line.test = test_of(find_comparison(table, row, c));
    if (column.scored_on == ScoredOn::oos || column.scored_on == ScoredOn::set)
      line.bags = bags_of(table, row, line.role, column.measure);
    out.add(line);
  }
  append_confounders(out, start, table, row);
  for (const TurnRow& turn : row.turns)
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      Line line = start;
      line.role = "without " + turn.left_out;
      line.score = table.columns[c].name;
      line.numbers = numbers_of(turn.cells[c], false);
      if (table.columns[c].scored_on == ScoredOn::held_out)
        line.bags = bags_of(table, row, turn.left_out, table.columns[c].measure);
      out.add(line);
    }
  for (const ClassRow& of : row.classes) {
    for (std::size_t score = 0; score < kClassScores.size(); ++score) {
      Line line = start;
      line.role = role_of(of.role);
      line.class_label = of.level;
      line.score = kClassScores[score];
      line.numbers = numbers_of(of.cells[score],
                                of.role == Role::in && table.scheme != SplitScheme::leave_out);
      out.add(line);
    }
    Line line = start;
    line.role = role_of(of.role);
    line.class_label = of.level;
    line.score = "support";
    line.count = fmt::format("{}", of.support);
    out.add(line);
  }
}

}  // namespace

std::string render_csv(const Report& report) {
  Lines out(std::any_of(report.tables.begin(), report.tables.end(),
                        [](const ReportTable& table) { return table.bags > 0; }));
  for (const std::string& warning : report.warnings)
    out.add({.table = "warnings", .score = warning, .count = "1"});
  for (const SampleCounts& counts : report.samples) append_counts(out, counts);
  for (const ReportTable& table : report.tables)
    for (const ReportRow& row : table.rows) append_row(out, table, row, report.corrected);
  return out.take();
}

}  // namespace crossfold
