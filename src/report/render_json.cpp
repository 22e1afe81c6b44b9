#include <algorithm>

#include <nlohmann/json.hpp>

#include "crossfold/core/strict_json.h"
#include "crossfold/job/names.h"
#include "crossfold/report/render.h"

#include "columns.h"
#include "fit_place_json.h"
#include "sweep_json.h"

namespace crossfold {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 1;

Json number(double value) { return Json(json_number(value)); }
Json number(const std::optional<double>& value) { return value ? number(*value) : Json("nan"); }

const char* stop_name(StopReason stop) {
  switch (stop) {
    case StopReason::closed_form:
      return "closed_form";
    case StopReason::plateau:
      return "plateau";
    case StopReason::epochs:
      return "epochs";
  }
  return "";
}

Json fit_counts(const FitCounts& fits) {
  return {{"expected", fits.expected},
          {"done", fits.done},
          {"failed", fits.failed},
          {"missing", fits.missing}};
}

Json sample_count(const SampleCount& count) {
  return {{"images", count.images}, {"patients", count.patients}};
}

Json sample_counts(const SampleCounts& counts) {
  Json cells = Json::array();
  for (std::size_t k = 0; k < counts.classes.size(); ++k)
    for (std::size_t d = 0; d < counts.domains.size(); ++d)
      cells.push_back({{"class", counts.classes[k]},
                       {"domain", counts.domains[d]},
                       {"images", counts.cells[k][d].images},
                       {"patients", counts.cells[k][d].patients}});
  Json classes = Json::array();
  for (std::size_t k = 0; k < counts.classes.size(); ++k)
    classes.push_back({{"class", counts.classes[k]},
                       {"images", counts.class_totals[k].images},
                       {"patients", counts.class_totals[k].patients}});
  Json domains = Json::array();
  for (std::size_t d = 0; d < counts.domains.size(); ++d)
    domains.push_back({{"domain", counts.domains[d]},
                       {"images", counts.domain_totals[d].images},
                       {"patients", counts.domain_totals[d].patients}});
  return {{"role", name_of(counts.role)},
          {"cells", std::move(cells)},
          {"classes", std::move(classes)},
          {"domains", std::move(domains)},
          {"total", sample_count(counts.total)}};
}

enum class Errors { present, none };

Json score_cell(const ScoreCell& cell, Errors errors) {
  const stats::Summary& of = cell.summary;
  Json value = {{"mean", number(of.mean)},
                {"sd", number(of.sd)},
                {"median", number(of.median)},
                {"n", of.n},
                {"expected", cell.fits.expected},
                {"undefined", of.undefined},
                {"failed", cell.fits.failed},
                {"missing", cell.fits.missing},
                {"undefined_classes", cell.undefined_classes}};
  if (errors == Errors::none) return value;
  value["se_corrected"] = number(cell.standard_error);
  value["ci95_low"] = cell.interval ? number(cell.interval->low) : Json("nan");
  value["ci95_high"] = cell.interval ? number(cell.interval->high) : Json("nan");
  return value;
}

Json probed(const std::string& of, const std::string& within) {
  Json value = {{"of", of}};
  if (!within.empty()) value["within"] = within;
  return value;
}

Json confounder(const Confounder& of) {
  Json value = probed(of.of, of.within);
  value["values"] = of.is_number ? "numbers" : "names";
  value["samples"] = of.samples;
  value["missing"] = of.missing;
  return value;
}

Json confounder_row(const Confounder& of, const ConfounderCells& cells) {
  Json value = probed(of.of, of.within);
  value["auc"] = score_cell(cells.auc, Errors::none);
  if (cells.r2) value["r2"] = score_cell(*cells.r2, Errors::none);
  return value;
}

/// One fit's further probes.
Json fit_probes(const FitResult& result) {
  Json list = Json::array();
  for (const ProbeResult& probe : result.probes) {
    Json value = probed(probe.of, probe.within);
    value["auc"] = number(probe.scores.auc);
    if (probe.r2) value["r2"] = number(probe.r2);
    value["samples"] = probe.scores.samples;
    value["missing"] = probe.missing;
    list.push_back(std::move(value));
  }
  return list;
}

Json class_row(const ReportTable& table, const ClassRow& row) {
  const bool has_error = row.role == Role::in && table.scheme != SplitScheme::leave_out;
  const Errors errors = has_error ? Errors::present : Errors::none;
  Json scores = Json::object();
  for (std::size_t i = 0; i < kClassScores.size(); ++i)
    scores[kClassScores[i]] = score_cell(row.cells[i], errors);
  return {{"role", name_of(row.role)},
          {"class", row.level},
          {"support", row.support},
          {"scores", std::move(scores)}};
}

void add_fit_classes(const ReportTable& table, const stats::ScoreSet& scores, Role role,
                     Json& classes) {
  for (std::size_t level = 0; level < scores.classes.size(); ++level) {
    const stats::ClassScores& of = scores.classes[level];
    Json row = {{"role", name_of(role)}, {"class", table.levels[level]}, {"support", of.support}};
    for (std::size_t i = 0; i < kClassScores.size(); ++i)
      row[kClassScores[i]] = number(class_score(of, i));
    classes.push_back(std::move(row));
  }
}

bool evaluates_oos(const ReportTable& table) {
  return std::any_of(table.columns.begin(), table.columns.end(),
                     [](const ReportColumn& column) { return column.scored_on == ScoredOn::oos; });
}

Json fit_row(const ReportTable& table, const ReportRow& row, const FitRow& fit) {
  Json value = {{"seed", fit.seed.value}, {"fold", fit.fold.value}, {"fit", fit.id.hex()}};
  if (!fit.result) {
    value["state"] = "missing";
    return value;
  }
  if (fit.result->failed()) {
    value["state"] = "failed";
    value["error"] = fit.result->error;
    return value;
  }
  const FitResult& result = *fit.result;
  value["state"] = "done";
  Json scores = Json::object();
  for (const ReportColumn& column : table.columns)
    scores[column.name] = number(value_of(result, column));
  value["scores"] = std::move(scores);
  Json classes = Json::array();
  add_fit_classes(table, result.held_out, Role::in, classes);
  if (result.oos && evaluates_oos(table)) add_fit_classes(table, *result.oos, Role::oos, classes);
  value["classes"] = std::move(classes);
  if (!result.probes.empty()) value["probes"] = fit_probes(result);
  value["n_train"] = result.n_train;
  value["n_validation"] = result.n_validation;
  value["n_test"] = result.n_test;
  if (row.kind != CandidateKind::linear) {
    value["epochs"] = result.training.epochs;
    value["learning_rate_drops"] = result.training.learning_rate_drops;
    value["stop"] = stop_name(result.training.stop);
    value["validation_loss"] = number(result.training.validation_loss);
    value["validation_auc"] = number(result.training.validation_auc);
  }
  value["solves"] = result.solver.solves;
  value["solves_unconverged"] = result.solver.unconverged;
  return value;
}

Json score_cells(const ReportTable& table, const std::vector<ScoreCell>& cells) {
  Json scores = Json::object();
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    scores[table.columns[c].name] = score_cell(
        cells[c], table.columns[c].no_error_reason.empty() ? Errors::present : Errors::none);
  return scores;
}

Json report_row(const Report& report, const ReportTable& table, const ReportRow& row) {
  Json value = {{"embedding", row.embedding},
                {"candidate", row.candidate},
                {"kind", name_of(row.kind)},
                {"fits_counted", fit_counts(row.fits)}};
  value["scores"] = score_cells(table, row.cells);
  for (const TurnRow& turn : row.turns)
    value["turns"].push_back(
        {{"left_out", turn.left_out}, {"scores", score_cells(table, turn.cells)}});
  value["classes"] = Json::array();
  for (const ClassRow& of : row.classes) value["classes"].push_back(class_row(table, of));
  for (std::size_t i = 0; i < table.confounders.size(); ++i)
    value["confounders"].push_back(confounder_row(table.confounders[i], row.confounders[i]));
  if (row.epochs)
    value["epochs"] = {
        {"mean", number(row.epochs->mean)}, {"sd", number(row.epochs->sd)}, {"n", row.epochs->n}};
  value["unconverged_fits"] = row.unconverged_fits;
  value["test_share"] = number(row.test_share);
  if (report.fit_rows == FitRows::left_out) return value;
  value["fits"] = Json::array();
  for (const FitRow& fit : row.fit_rows) value["fits"].push_back(fit_row(table, row, fit));
  return value;
}

Json comparison(const ReportTable& table, const Comparison& of) {
  Json value = {{"embedding", of.embedding},
                {"candidate", of.candidate},
                {"against", of.reference},
                {"score", table.columns[of.column].name},
                {"n", of.test ? of.test->n : 0}};
  const auto put = [&](const char* key, std::optional<double> x) { value[key] = number(x); };
  put("difference", of.test ? std::optional(of.test->mean_difference) : std::nullopt);
  put("se_corrected", of.test ? std::optional(of.test->standard_error) : std::nullopt);
  put("t", of.test ? std::optional(of.test->t) : std::nullopt);
  put("p", of.test ? std::optional(of.test->p) : std::nullopt);
  put("p_holm", of.p_holm);
  return value;
}

Json bootstrapped(const BootstrappedScore& score) {
  const std::optional<stats::BagInterval>& of = score.interval;
  return {{"mean", number(score.mean)},
          {"ci95_low", of ? number(of->interval.low) : Json("nan")},
          {"ci95_high", of ? number(of->interval.high) : Json("nan")},
          {"bags", of ? of->bags : 0}};
}

Json interval_row(const IntervalRow& row) {
  return {{"embedding", row.embedding},   {"candidate", row.candidate},      {"set", row.set},
          {"images", row.scored.images},  {"patients", row.scored.patients}, {"fits", row.fits},
          {"auc", bootstrapped(row.auc)}, {"acc", bootstrapped(row.acc)}};
}

Json report_table(const Report& report, const ReportTable& table) {
  Json value = {{"experiment", table.experiment},
                {"target", name_of(table.target)},
                {"stratify", name_of(table.stratify)},
                {"levels", table.levels}};
  if (table.probe) {
    value["probe"] = name_of(*table.probe);
    value["probe_levels"] = table.probe_levels;
  }
  for (const Confounder& of : table.confounders) value["confounders"].push_back(confounder(of));
  value["folds"] = table.folds;
  value["seeds"] = table.seeds;
  if (table.scheme != SplitScheme::k_fold) value["scheme"] = name_of(table.scheme);
  if (!table.left_out_by.empty()) value["left_out_by"] = table.left_out_by;
  if (!table.train.empty()) value["train"] = table.train;
  if (!table.matrix.empty()) value["matrix"] = table.matrix;
  value["pool"] = sample_count(table.pool);
  value["oos"] = sample_count(table.oos);
  for (const SetCount& set : table.sets) {
    value["sets"].push_back({{"name", set.name}});
    value["sets"].back().update(sample_count(set.all));
  }
  Json no_error = Json::object();
  for (const ReportColumn& column : table.columns)
    if (!column.no_error_reason.empty()) no_error[column.name] = column.no_error_reason;
  value["no_corrected_error"] = std::move(no_error);
  value["rows"] = Json::array();
  for (const ReportRow& row : table.rows) value["rows"].push_back(report_row(report, table, row));
  if (!table.sweeps.empty()) {
    value["sweeps"] = Json::array();
    for (const SweepReport& sweep : table.sweeps) value["sweeps"].push_back(sweep_to_json(sweep));
  }
  if (table.bags > 0) {
    value["bags"] = table.bags;
    value["intervals"] = Json::array();
    for (const IntervalRow& row : table.intervals) value["intervals"].push_back(interval_row(row));
  }
  if (report.corrected == CorrectedErrors::hidden) return value;
  value["comparisons"] = Json::array();
  for (const Comparison& of : table.comparisons)
    value["comparisons"].push_back(comparison(table, of));
  return value;
}

}  // namespace

std::string render_json(const Report& report) {
  Json document = {{"format", "crossfold-report"},
                   {"format_version", kFormatVersion},
                   {"name", report.name},
                   {"complete", report.complete},
                   {"fits", fit_counts(report.fits)},
                   {"samples", Json::array()},
                   {"tables", Json::array()},
                   {"failed", Json::array()},
                   {"missing", Json::array()},
                   {"equivalence_classes", report.equivalence_classes},
                   {"warnings", report.warnings},
                   {"notes", report.notes}};
  for (const SampleCounts& counts : report.samples)
    document["samples"].push_back(sample_counts(counts));
  for (const ReportTable& table : report.tables)
    document["tables"].push_back(report_table(report, table));
  for (const FailedFit& failed : report.failed) {
    document["failed"].push_back(place_to_json(failed.place));
    document["failed"].back()["error"] = failed.error;
  }
  for (const FitPlace& missing : report.missing)
    document["missing"].push_back(place_to_json(missing));
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace crossfold
