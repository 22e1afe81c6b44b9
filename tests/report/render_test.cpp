#include "crossfold/report/render.h"

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/csv.h"
#include "crossfold/core/error.h"

#include "layout.h"
#include "report/golden_cases.h"
#include "report/run_builder.h"

namespace crossfold {
namespace {

using testing::even_result;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::record_all;
using testing::result_at;
using testing::small_study;

RunRecords study_of(double value) {
  RunRecords records = small_study();
  record_all(records, [&](const Fit& fit) { return even_result(records, fit, value); });
  return records;
}

std::string text_of(const RunRecords& records, const RenderOptions& options = {}) {
  return render_text(build_report(records), options);
}

TEST(RenderReport, RefusesDigitsThatCannotBePrinted) {
  const Report report = build_report(study_of(0.5));
  try {
    (void)render_report(report, ReportFormat::text, {.digits = 16});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_STREQ(error.what(),
                 "16 digits cannot be printed (a number has 0 to 15 behind its point). give a "
                 "number from 0 to 15");
  }
  EXPECT_THROW((void)render_report(report, ReportFormat::text, {.digits = -1}), Error);
}

TEST(RenderReport, PrintsAsManyDigitsAsAsked) {
  EXPECT_THAT(text_of(study_of(0.5)), HasSubstr("0.50 +- 0.00"));
  EXPECT_THAT(text_of(study_of(0.5), {.digits = 4}), HasSubstr("0.5000 +- 0.0000"));
}

TEST(RenderReport, JoinsMeanAndSdByTheSignAskedFor) {
  const RunRecords records = study_of(0.5);
  const std::string text = text_of(records, {.plus_minus = PlusMinus::unicode});
  EXPECT_THAT(text, HasSubstr("0.50 ± 0.00"));
  EXPECT_THAT(text, Not(HasSubstr("+-")));
  EXPECT_THAT(text, HasSubstr("\n-----------  ------------  -----------"))
      << "columns are as wide as they look";
}

TEST(RenderReport, LeavesClassTablesOutOnRequest) {
  EXPECT_THAT(text_of(study_of(0.5)), HasSubstr("per class"));
  EXPECT_THAT(text_of(study_of(0.5), {.classes = ClassTables::hidden}),
              Not(HasSubstr("per class")));
}

TEST(RenderText, MarksCellsThatDoNotRestOnEveryFit) {
  RunRecords records = study_of(0.5);
  EXPECT_THAT(text_of(records), HasSubstr("small: all 8 fits done\n"));
  EXPECT_THAT(text_of(records), Not(HasSubstr("(3/4)")));
  result_at(records, 0, 0, 1, 0).error = "out of memory";
  const std::string text = text_of(records);
  EXPECT_THAT(text, HasSubstr("small: INCOMPLETE: 7 of 8 fits done, 1 failed\n"));
  EXPECT_THAT(text, HasSubstr("0.50 +- 0.00 (3/4)"));
  EXPECT_THAT(text, HasSubstr("texture/raw, baseline: 1 failed of 4 fits\n"));
  EXPECT_THAT(text,
              HasSubstr("failed: table3, texture/raw, baseline, seed 1 fold 0: out of memory\n"));
}

TEST(RenderText, ShowsADashAndTheReasonWhereNoFitIs) {
  const std::string text = text_of(small_study());
  EXPECT_THAT(text, HasSubstr("- (0/4)"));
  EXPECT_THAT(text, HasSubstr("texture/raw, disentangled: 4 missing of 4 fits\n"));
  EXPECT_THAT(text,
              HasSubstr("missing: table3, texture/raw, baseline: 4 fits (seeds 0 to 1 folds 0 to"));
}

TEST(RenderText, PrintsNoSpreadOfASingleFit) {
  RunRecords records = study_of(0.5);
  for (const auto& [seed, fold] : {std::pair{0U, 1U}, {1U, 0U}, {1U, 1U}})
    records.results.erase(testing::fit_at(records, 0, 0, seed, fold).id);
  EXPECT_THAT(text_of(records), HasSubstr("0.50 (1/4) "));
}

TEST(RenderText, MarksMeansThatDoWithoutAClass) {
  RunRecords records = study_of(0.5);
  result_at(records, 0, 0, 0, 0).probe->undefined_aucs = 1;
  const std::string text = text_of(records);
  EXPECT_THAT(text, HasSubstr("0.50 +- 0.00*"));
  EXPECT_THAT(text,
              HasSubstr("* a class without samples in the scored set is left out of that fit's "
                        "mean: domain AUC 1 of 16"));
}

TEST(RenderText, SaysWhereAScoreIsUndefined) {
  RunRecords records = study_of(0.5);
  result_at(records, 0, 0, 0, 0).oos->auc.reset();
  EXPECT_THAT(text_of(records),
              HasSubstr("texture/raw, baseline: oos AUC undefined in 1 of 4 fits\n"));
}

TEST(RenderText, PrintsWhatTheReaderOfTheRunNoticed) {
  RunRecords records = study_of(0.5);
  records.notes = {"the last line of the journal was torn"};
  EXPECT_THAT(text_of(records), HasSubstr("  the last line of the journal was torn\n"));
}

TEST(RenderText, CutsLongListsOfGapsAndSaysSo) {
  Job job = small_study().job;
  job.experiments[0].candidates.clear();
  for (int i = 0; i < 30; ++i)
    job.experiments[0].candidates.push_back(
        testing::candidate("c" + std::to_string(i), CandidateKind::baseline));
  const std::string text = text_of(testing::empty_run(job, small_study().samples));
  EXPECT_THAT(
      text, HasSubstr("and 10 more rows with missing fits; all of them stand in the JSON report"));
}

TEST(RenderText, LetsNoNameDriveTheTerminal) {
  RunRecords records = study_of(0.5);
  records.job.name = "red\x1b[31m";
  EXPECT_THAT(text_of(records), Not(HasSubstr("\x1b")));
}

/// Two tables of one score of the pool.
Report plain_report() {
  Report report;
  report.tables.resize(2);
  for (ReportTable& table : report.tables) {
    table.target = Label::domain;
    table.levels = {"a", "b"};
    table.columns.push_back({.name = "auc",
                             .label = "AUC",
                             .scored_on = ScoredOn::held_out,
                             .measure = Measure::auc,
                             .place = ColumnPlace::main,
                             .no_error_reason = {},
                             .set = 0});
    ReportRow& row = table.rows.emplace_back();
    row.fits = {.expected = 1, .done = 1, .failed = 0, .missing = 0};
    ScoreCell& cell = row.cells.emplace_back();
    cell.summary = {.n = 1, .undefined = 0, .mean = 0.5, .sd = {}, .median = 0.5};
    cell.fits = row.fits;
  }
  return report;
}

/// What one table alone has is explained, whichever that is, and nothing else.
TEST(Legend, ExplainsWhatAnyTableHas) {
  const std::string spread = "0.83 +- 0.02";
  const std::vector<std::pair<std::function<void(ReportTable&)>, std::vector<std::string>>> cases{
      {[](ReportTable&) {}, {spread, "AUC", "ACC"}},
      {[](ReportTable& of) { of.rows[0].cells[0].fits.expected = 2; },
       {spread, "(48/50)", "AUC", "ACC"}},
      {[](ReportTable& of) { of.target = Label::class_label; }, {spread, "AUC", "ACC", "task"}},
      {[](ReportTable& of) { of.columns[0].scored_on = ScoredOn::oos; },
       {spread, "AUC", "ACC", "oos"}},
      {[](ReportTable& of) { of.probe = Label::class_label; }, {spread, "AUC", "ACC", "class AUC"}},
      {[](ReportTable& of) { of.probe = Label::domain; }, {spread, "AUC", "ACC", "domain AUC"}},
      {[](ReportTable& of) { of.columns[0].place = ColumnPlace::two_class; },
       {spread, "AUC", "ACC", "BA, DOR"}}};
  for (const auto& [change, terms] : cases)
    for (const std::size_t place : {0U, 1U}) {
      Report report = plain_report();
      change(report.tables[place]);
      std::vector<std::string> found;
      for (const Explanation& entry : lay_out(report, {}, {}).legend) found.push_back(entry.term);
      EXPECT_EQ(found, terms) << "of table " << place;
    }
}

TEST(RenderEveryFormat, RepeatsTheWarnings) {
  RunRecords records = study_of(0.5);
  records.plan.basis.warnings = {"no patient is known"};
  const Report report = build_report(records);
  for (const ReportFormat format : {ReportFormat::text, ReportFormat::markdown, ReportFormat::latex,
                                    ReportFormat::csv, ReportFormat::json})
    EXPECT_THAT(render_report(report, format), HasSubstr("no patient is known"));
  EXPECT_THAT(render_report(report, ReportFormat::text),
              HasSubstr("Notes\n  WARNING: no patient is known\n"));
  EXPECT_THAT(render_report(report, ReportFormat::csv),
              HasSubstr("warnings,,,,,,no patient is known,"));
}

TEST(RenderEveryFormat, NamesNoHost) {
  RunRecords records = study_of(0.5);
  records.classes = {"build 1 on host alpha", "build 1 on host beta"};
  const Report report =
      build_report(records, {.corrected = CorrectedErrors::shown, .fits = FitRows::included});
  for (const ReportFormat format : {ReportFormat::text, ReportFormat::markdown, ReportFormat::latex,
                                    ReportFormat::csv, ReportFormat::json}) {
    const std::string out = render_report(report, format);
    EXPECT_THAT(out, Not(HasSubstr("alpha")));
    EXPECT_THAT(out, Not(HasSubstr("beta")));
  }
}

TEST(RenderMarkdown, EscapesMarkup) {
  RunRecords records = study_of(0.5);
  records.job.experiments[0].candidates[0].name = "a|b_c*";
  EXPECT_THAT(render_markdown(build_report(records), {}),
              HasSubstr("| texture/raw | a\\|b\\_c\\* | 0.50 ± 0.00 |"));
}

TEST(RenderLatex, EscapesWhatLatexReadsAsMarkup) {
  RunRecords records = study_of(0.5);
  records.job.embeddings[0] = "[x]";
  records.job.experiments[0].candidates[0].name = "50% & R_1 {$#}~^\\";
  EXPECT_THAT(render_latex(build_report(records), {}),
              HasSubstr("    {[}x] & 50\\% \\& R\\_1 \\{\\$\\#\\}\\textasciitilde{}"
                        "\\textasciicircum{}\\textbackslash{} & 0.50 $\\pm$ 0.00 &"));
}

TEST(RenderLatex, UsesBooktabs) {
  const std::string latex = render_latex(build_report(study_of(0.5)), {});
  for (const char* rule : {"\\toprule", "\\midrule", "\\bottomrule"})
    EXPECT_THAT(latex, HasSubstr(rule));
  EXPECT_THAT(latex, Not(HasSubstr("\\hline")));
}

TEST(RenderLatex, BalancesItsBraces) {
  for (const testing::GoldenCase& of : testing::golden_cases()) {
    const std::string latex = render_latex(build_report(of.records, of.options), {});
    int depth = 0;
    for (std::size_t i = latex.find('\n'); i < latex.size(); ++i) {  // behind the comment line
      const bool escaped = latex[i - 1] == '\\';
      if (latex[i] == '{' && !escaped) ++depth;
      if (latex[i] == '}' && !escaped) --depth;
      ASSERT_GE(depth, 0) << of.name;
    }
    EXPECT_EQ(depth, 0) << of.name;
  }
}

TEST(RenderCsv, HasOneLineForEachNumber) {
  for (const testing::GoldenCase& of : testing::golden_cases()) {
    const CsvTable table = parse_csv(render_csv(build_report(of.records, of.options)), of.name);
    const std::size_t mean = *table.find_column("mean");
    const std::size_t count = *table.find_column("count");
    for (const std::vector<std::string>& row : table.rows)
      EXPECT_NE(row[mean].empty(), row[count].empty()) << of.name;
  }
}

TEST(RenderCsv, KeepsEveryDigitAndShowsTheGaps) {
  RunRecords records = study_of(0.1 + 0.2);
  records.results.erase(testing::fit_at(records, 0, 0, 1, 1).id);
  const std::string csv = render_csv(build_report(records));
  EXPECT_THAT(csv, HasSubstr("table3,texture/raw,baseline,in,,,task_auc,,0.30000000000000004,0,"
                             "0.30000000000000004,3,4,0,0,1,0,0,"));
}

}  // namespace
}  // namespace crossfold
