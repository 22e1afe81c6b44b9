#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/counted.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/report/render.h"
#include "crossfold/results/results_check.h"
#include "crossfold/results/run_editor.h"

#include "case_maker.h"
#include "rules.h"
#include "table_differences.h"

namespace crossfold::audit {
namespace {

namespace fs = std::filesystem;

Report full_report(const RunEvidence& evidence) {
  return build_report(evidence.records(),
                      {.corrected = CorrectedErrors::shown,
                       .fits = FitRows::included,
                       .swept = SweptRows::complete},
                      [&](const FitId& fit) { return evidence.artefacts(fit); });
}

/// A file that cannot be read is none that the journal gives.
std::vector<std::string> differences_of_results(const fs::path& run, const RunRecords& records) {
  try {
    return differences_of_results_file(run, records);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::bad_input) throw;
    return {fmt::format("results.h5: {}", error.message())};
  }
}

Finding judge(const RunEvidence& evidence, const Thresholds&) {
  const AuditSubject& subject = evidence.subject();
  const bool has_results = fs::exists(subject.run / "results.h5");
  if (!has_results && subject.tables.empty())
    throw NotAssessed("there is no results.h5 yet, and no published table was given (--table)");
  Finding finding;
  if (has_results) finding.evidence = differences_of_results(subject.run, evidence.records());
  for (const fs::path& table : subject.tables)
    for (const std::string& line : differences_of_table(read_file(table, kMostFileBytes),
                                                        table.string(), full_report(evidence)))
      finding.evidence.push_back(fmt::format("{}: {}", table.string(), line));
  finding.value = static_cast<double>(finding.evidence.size());
  finding.threshold = 0;
  finding.verdict = finding.evidence.empty() ? Verdict::pass : Verdict::fail;
  const std::string what =
      (has_results ? std::string("results.h5") : std::string()) +
      (has_results && !subject.tables.empty() ? " and " : "") +
      (subject.tables.empty() ? "" : counted(subject.tables.size(), "published table"));
  finding.text = finding.evidence.empty()
                     ? what + ": every number is what the journal gives"
                     : fmt::format("{}: {} from what the journal gives", what,
                                   counted(finding.evidence.size(), "difference"));
  return finding;
}

nlohmann::json published_report(const fs::path& run) {
  return nlohmann::json::parse(render_report(build_report(load_run(run)), ReportFormat::json));
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  const fs::path other_scores = maker.clean_run();
  {
    RunEditor editor(other_scores);
    for (EditedFit& fit : editor.fits())
      if (!fit.result.failed()) fit.result.held_out.auc = *fit.result.held_out.auc - 0.01;
    const std::string original = read_file(other_scores / "results.h5", kMostFileBytes);
    editor.save();
    write_file_whole(other_scores / "results.h5", original);
  }
  const fs::path run = maker.clean_run();
  const fs::path table = maker.fresh("published.json");
  nlohmann::json published = published_report(run);
  auto& mean = published["tables"][0]["rows"][1]["scores"]["task_auc"]["mean"];
  mean = mean.get<double>() + 0.01;
  write_file_whole(table, published.dump(1));
  return {
      {.what = "results.h5 of other scores than the journal's", .subject = {.run = other_scores}},
      {.what = "a cell of a published report off by 0.01",
       .subject = {.run = run, .tables = {table}}}};
}

/// Every number that is no whole one, at two digits.
void round_numbers(nlohmann::json& value) {
  if (value.is_number_float())
    value = std::stod(fmt::format("{:.2f}", value.get<double>()));
  else if (value.is_structured())
    for (auto& element : value) round_numbers(element);
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  const fs::path run = maker.clean_run();
  const fs::path table = maker.fresh("published.json");
  nlohmann::json published = published_report(run);
  round_numbers(published);
  write_file_whole(table, published.dump(1));
  const fs::path csv = maker.fresh("published.csv");
  write_file_whole(csv, render_report(build_report(load_run(run)), ReportFormat::csv));
  return {{.what = "a published report at two digits, and one with all",
           .subject = {.run = run, .tables = {table, csv}}}};
}

}  // namespace

const Rule& int_06() {
  static const Rule rule{
      .id = "INT-06",
      .title = "files and tables made again",
      .computes =
          "results.h5, and each published report that is given (--table), made again from "
          "the journal and compared cell by cell; a rounded number at its own digits",
      .does_not_establish = "that the journal is right (INT-04, INT-05, REP-01, REP-02)",
      .serves = "REFORMS: metrics and uncertainty; PROBAST+AI: analysis",
      .thresholds = {},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
