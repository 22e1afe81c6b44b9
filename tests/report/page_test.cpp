#include "crossfold/report/page.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <zlib.h>

#include "crossfold/core/error.h"
#include "crossfold/core/hash.h"

#include "base64.h"
#include "column_bytes.h"
#include "figure_table.h"
#include "fit_columns.h"
#include "html_text.h"
#include "layout.h"
#include "page_assets.h"
#include "report/golden_cases.h"
#include "report/run_builder.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using testing::GoldenCase;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kHostile = "</script><img src=x onerror=\"alert('1')\">&amp;";

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size()))
    ++n;
  return n;
}

std::string between(std::string_view text, std::string_view begin, std::string_view end) {
  const std::size_t from = text.find(begin) + begin.size();
  return std::string(text.substr(from, text.find(end, from) - from));
}

figure::Figure picture(const std::string& name) {
  figure::Figure figure;
  figure.id = "strip";
  figure.title = name;
  figure.caption = "caption of " + name;
  figure.how_to_read = "to the right is better";
  figure.n = "150 fits";
  figure.table = {.columns = {"candidate " + name, "task AUC"}, .rows = {{name, "0.83"}}};
  figure::Panel panel;
  panel.title = name;
  panel.marks = {figure::Points{.series = name, .at = {{0.5, 0.5}}, .titles = {name}}};
  figure.panels = {panel};
  return figure;
}

std::string page_of(const GoldenCase& of) {
  return render_page(of.records, build_report(of.records, of.options), {picture("figure")});
}

TEST(Html, SignsOfMarkupAreText) {
  EXPECT_EQ(html::escaped("<a href='x'>\"&\"</a>"),
            "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt;");
  EXPECT_EQ(html::escaped("two\nlines\x1b[31m"), "two lines [31m");
  EXPECT_EQ(html::isolated("<"), "<bdi>&lt;</bdi>");
}

TEST(Html, WhatIsNoUtf8IsReplaced) {
  EXPECT_EQ(html::escaped("\u00e9\u20ac\U0001f600"), "\u00e9\u20ac\U0001f600");
  EXPECT_EQ(html::escaped("a\xff\x80z"), "a\ufffd\ufffdz");
  EXPECT_EQ(html::escaped("cut \xe2\x82"), "cut \ufffd\ufffd");
  EXPECT_EQ(html::escaped("\xc0\xaf"), "\ufffd\ufffd");            // overlong
  EXPECT_EQ(html::escaped("\xed\xa0\x80"), "\ufffd\ufffd\ufffd");  // half of a surrogate pair
  EXPECT_EQ(html::escaped("\xf4\x90\x80\x80"), "\ufffd\ufffd\ufffd\ufffd");  // beyond U+10FFFF
}

TEST(Html, WhatTurnsTheDirectionIsReplaced) {
  EXPECT_EQ(html::escaped("a\u202e\u05e9\u2066b"), "a\ufffd\u05e9\ufffdb");
  EXPECT_EQ(html::escaped("\u2014\u200f\u2070"), "\u2014\u200f\u2070");
}

TEST(Base64, IsThatOfRfc4648) {
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [text, expected] : vectors)
    EXPECT_EQ(html::base64(bytes_of(text)), expected) << text;
  EXPECT_EQ(html::base64(bytes_of("\xfb\xff")), "+/8=");
}

/// A column by its key.
const page::FitColumn& column(const page::FitColumns& fits, const std::string& key) {
  for (const page::FitColumn& of : fits.columns)
    if (of.key == key) return of;
  throw std::out_of_range(key);
}

TEST(FitColumns, HoldEveryFitWithItsStateAndScores) {
  RunRecords records = testing::small_study();
  testing::record_all(records, [&](const Fit& fit) {
    return testing::even_result(records, fit, 0.5 + 0.00006 * fit.seed.value);
  });
  testing::result_at(records, 0, 1, 0, 0).error = "the loss is not finite";
  testing::result_at(records, 0, 1, 0, 1).oos->auc.reset();
  records.results.erase(testing::fit_at(records, 0, 1, 1, 1).id);
  const page::FitColumns fits = page::fit_columns(records, 4);
  constexpr std::int32_t kNone = page::FitColumn::kNone;

  EXPECT_EQ(fits.ids.size(), 8U);
  EXPECT_THAT(column(fits, "candidate").levels, ElementsAre("baseline", "disentangled"));
  EXPECT_THAT(column(fits, "candidate").values, ElementsAre(0, 0, 0, 0, 1, 1, 1, 1));
  EXPECT_THAT(column(fits, "seed").values, ElementsAre(0, 0, 1, 1, 0, 0, 1, 1));
  EXPECT_THAT(column(fits, "fold").values, ElementsAre(0, 1, 0, 1, 0, 1, 0, 1));
  EXPECT_THAT(column(fits, "state").levels, ElementsAre("done", "failed", "missing"));
  EXPECT_THAT(column(fits, "state").values, ElementsAre(0, 0, 0, 0, 1, 0, 0, 2));
  EXPECT_THAT(column(fits, "error").levels, ElementsAre("the loss is not finite"));
  EXPECT_THAT(column(fits, "task_auc").values,
              ElementsAre(5000, 5000, 5001, 5001, kNone, 5000, 5001, kNone));
  EXPECT_THAT(column(fits, "oos_auc").values,
              ElementsAre(5000, 5000, 5001, 5001, kNone, kNone, 5001, kNone));
  EXPECT_EQ(column(fits, "task_auc").digits, 4);
  EXPECT_THAT(column(fits, "epochs").values, ElementsAre(38, 38, 38, 38, kNone, 38, 38, kNone));
}

TEST(FitColumns, OfASetHoldItsScoresWhereverEachExperimentHasIt) {
  Job job = testing::small_study().job;
  job.splits.seeds = 1;
  job.experiments.push_back(job.experiments[0]);
  job.experiments[0].evaluate_sets = {"north", "south"};
  job.experiments[1].name = "table4";
  job.experiments[1].evaluate_sets = {"east", "south", "north"};
  RunRecords records = testing::empty_run(
      job,
      testing::make_samples({{"normal", "rsna", "in", 12, 1}, {"covid19", "cohen", "in", 8, 1}}));
  const std::map<std::string, double> auc_on{{"north", 0.6}, {"south", 0.7}, {"east", 0.8}};
  testing::record_all(records, [&](const Fit& fit) {
    FitResult result = testing::even_result(records, fit, 0.5);
    result.sets.clear();
    for (const std::string& set : job.experiments[fit.experiment].evaluate_sets)
      result.sets.push_back(testing::even_scores(2, auc_on.at(set)));
    return result;
  });
  const page::FitColumns fits = page::fit_columns(records, 1);
  constexpr std::int32_t kNone = page::FitColumn::kNone;
  EXPECT_THAT(column(fits, "north_auc").values, ElementsAre(6, 6, 6, 6, 6, 6, 6, 6));
  EXPECT_THAT(column(fits, "south_auc").values, ElementsAre(7, 7, 7, 7, 7, 7, 7, 7));
  EXPECT_THAT(column(fits, "east_auc").values, ElementsAre(kNone, kNone, kNone, kNone, 8, 8, 8, 8));
}

TEST(FitColumns, OfLargeAndInfiniteOddsRatiosHaveFewerDigits) {
  GoldenCase of = testing::golden_cases().at(2);
  testing::result_at(of.records, 0, 2, 0, 0).held_out.diagnostic_odds_ratio = 1234567.5;
  const page::FitColumn odds = column(page::fit_columns(of.records, 4), "task_dor");
  EXPECT_EQ(odds.digits, 3);
  EXPECT_EQ(odds.values.at(0), page::FitColumn::kInfinite);
  EXPECT_EQ(odds.values.at(20), 1234567500);
}

TEST(FitColumns, TellParametersAndSchemes) {
  RunRecords records = testing::small_study();
  records.job.experiments[0].candidates[1].parameters = {{"lambda.from", 1.5}, {"kind", "a"}};
  testing::add_schemes(records, 1, 2);
  const page::FitColumns fits = page::fit_columns(records, 4);
  EXPECT_THAT(column(fits, "parameter:lambda.from").levels, ElementsAre("1.5"));
  EXPECT_EQ(column(fits, "parameter:lambda.from").kind, page::FitColumnKind::quantity);
  EXPECT_EQ(column(fits, "parameter:kind").kind, page::FitColumnKind::name);
  EXPECT_THAT(column(fits, "source").levels, ElementsAre("rsna"));
  EXPECT_THAT(column(fits, "inner").levels, ElementsAre("0", "1"));
  EXPECT_EQ(fits.ids.size(), records.plan.fits.size());
}

/// What the page shows of a fit in a column: "" for nothing, a name, or a number without its point.
std::string shown(const page::FitColumns& fits, const std::string& key, std::size_t fit) {
  for (const page::FitColumn& of : fits.columns) {
    if (of.key != key) continue;
    const std::int32_t value = of.values.at(fit);
    if (value == page::FitColumn::kNone) return "";
    return of.kind == page::FitColumnKind::number ? std::to_string(value)
                                                  : of.levels.at(static_cast<std::size_t>(value));
  }
  return "";  // a column without any value is left out
}

/// Of each fit the parts that its scheme has.
TEST(FitColumns, TellTheSplitOfEachFit) {
  RunRecords schemes = testing::small_study();
  schemes.job.experiments[0].candidates[1].parameters = {{"lambda.from", 1.5}};
  testing::add_schemes(schemes, 2, 2);
  RunRecords turns = testing::small_study();
  turns.job.splits.scheme = SplitScheme::leave_out;
  turns.job.splits.leave_out.by = "site";
  const std::vector<std::vector<std::uint32_t>> levels{{1U}, {0U}};
  turns.plan.basis.left_out_turns = {levels};
  turns.plan.basis.samples[0].left_out_by.levels = {"a", "b"};
  for (Fit& fit : turns.plan.fits) fit.scheme = SplitScheme::leave_out;
  for (const RunRecords& records : {schemes, turns}) {
    const page::FitColumns fits = page::fit_columns(records, 4);
    ASSERT_EQ(fits.ids.size(), records.plan.fits.size());
    for (std::size_t i = 0; i < fits.ids.size(); ++i) {
      const Fit& fit = records.plan.fits[i];
      SCOPED_TRACE(i);
      const bool nested = fit.scheme == SplitScheme::nested;
      const bool source_out = fit.scheme == SplitScheme::source_out;
      const bool leave_out = fit.scheme == SplitScheme::leave_out;
      const std::string fold = std::to_string(fit.fold.value);
      EXPECT_EQ(shown(fits, "seed", i), std::to_string(fit.seed.value));
      EXPECT_EQ(shown(fits, "fold", i), source_out || leave_out ? "" : fold);
      EXPECT_EQ(shown(fits, "inner", i), nested ? std::to_string(fit.inner.value) : "");
      EXPECT_EQ(shown(fits, "source", i),
                source_out ? (fit.fold.value == 0 ? "rsna" : "cohen") : "");
      EXPECT_EQ(shown(fits, "left_out", i), leave_out ? (fit.fold.value == 0 ? "b" : "a") : "");
    }
  }
}

/// Two embedding sets, a candidate without epochs, and a fit that is to be trained no more.
TEST(FitColumns, HaveTheNumbersOfTheirOwnFits) {
  Job job = testing::small_study().job;
  job.embeddings.emplace_back("texture/equalized");
  job.experiments[0].candidates[0] = testing::candidate("linear", CandidateKind::linear);
  RunRecords records = testing::empty_run(job, testing::small_study().samples);
  std::uint32_t next = 0;
  testing::record_all(records, [&](const Fit& fit) {
    FitResult result = testing::even_result(records, fit, 0.5);
    ++next;
    result.n_test = 100 + next;
    result.held_out.auc = 0.001 * next;
    if (fit.candidate == 1) {
      result.training.epochs = static_cast<int>(200 + next);
      result.training.validation_auc = 0.001 * (300 + next);
    }
    return result;
  });
  records.to_train.assign(records.plan.fits.size(), true);
  records.to_train[5] = false;
  const page::FitColumns fits = page::fit_columns(records, 3);
  ASSERT_EQ(fits.ids.size(), records.plan.fits.size() - 1);
  for (std::size_t row = 0; row < fits.ids.size(); ++row) {
    const std::size_t place = row < 5 ? row : row + 1;
    const Fit& fit = records.plan.fits[place];
    SCOPED_TRACE(place);
    EXPECT_TRUE(std::equal(fits.ids[row].begin(), fits.ids[row].end(), fit.id.bytes.begin()));
    EXPECT_EQ(shown(fits, "embedding", row), job.embeddings[fit.embedding]);
    EXPECT_EQ(shown(fits, "candidate", row), fit.candidate == 0 ? "linear" : "disentangled");
    EXPECT_EQ(shown(fits, "task_auc", row), std::to_string(1 + place));
    EXPECT_EQ(shown(fits, "n_test", row), std::to_string(101 + place));
    EXPECT_EQ(shown(fits, "epochs", row), fit.candidate == 0 ? "" : std::to_string(201 + place));
    EXPECT_EQ(shown(fits, "validation_auc", row),
              fit.candidate == 0 ? "" : std::to_string(301 + place));
  }
}

TEST(ColumnBytes, AreWhatZlibInflates) {
  const GoldenCase of = testing::golden_cases().at(0);
  const page::FitColumns fits = page::fit_columns(of.records, 4);
  const std::string bytes = page::column_bytes(fits);
  const std::vector<std::uint8_t> small = page::deflated(bytes);
  std::string again(bytes.size(), '\0');
  uLongf size = again.size();
  ASSERT_EQ(uncompress(reinterpret_cast<Bytef*>(again.data()), &size, small.data(), small.size()),
            Z_OK);
  EXPECT_EQ(again, bytes);

  const auto number = [&](std::size_t at, std::size_t stride) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
      value |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes.at(at + stride * i)))
               << (8 * i);
    return static_cast<std::int32_t>(value);
  };
  const auto length = static_cast<std::size_t>(number(0, 1));
  const nlohmann::json head = nlohmann::json::parse(bytes.substr(4, length));
  EXPECT_EQ(head.at("format"), "crossfold-page-fits");
  EXPECT_EQ(head.at("rows"), fits.ids.size());
  const std::size_t rows = fits.ids.size();
  for (std::size_t c = 0; c < fits.columns.size(); ++c)
    for (std::size_t row = 0; row < rows; ++row)
      ASSERT_EQ(number(4 + length + 6 * rows + 4 * rows * c + row, rows),
                fits.columns[c].values[row]);
}

TEST(Page, IsTheSameForTheSameFits) {
  for (const GoldenCase& of : testing::golden_cases()) {
    const std::string page = page_of(of);
    EXPECT_EQ(sha256(page), sha256(page_of(of))) << of.name;
    EXPECT_TRUE(page.ends_with("</html>\n"));
  }
}

TEST(Page, HasEveryTableOfTheText) {
  for (const GoldenCase& of : testing::golden_cases()) {
    const Report report = build_report(of.records, of.options);
    const NumberStyle style{.plus_minus = "\u00b1", .minus = "\u2212", .infinity = "\u221e"};
    const PrintedReport printed = lay_out(report, {}, style);
    const std::string page = render_page(of.records, report, {});
    EXPECT_EQ(count(page, "<table>"), printed.tables.size());
    for (const PrintedTable& table : printed.tables) {
      EXPECT_THAT(page, HasSubstr("<caption>" + html::isolated(table.caption) + "</caption>"));
      EXPECT_EQ(count(page, html::isolated(table.title)), 2U) << "heading and contents";
      for (const PrintedColumn& head : table.columns)
        EXPECT_THAT(page, HasSubstr(html::isolated(head.header) + "</th>"));
      for (const std::vector<std::string>& row : table.rows)
        for (const std::string& cell : row)
          EXPECT_THAT(page, HasSubstr(">" + html::escaped(cell) + "<"));
      for (const std::string& note : table.footnotes)
        EXPECT_THAT(page, HasSubstr("<li>" + html::isolated(note) + "</li>"));
    }
    for (const Explanation& entry : printed.legend)
      EXPECT_THAT(page, HasSubstr("<dd>" + html::escaped(entry.meaning) + "</dd>"));
    for (const std::string& note : printed.notes)
      EXPECT_THAT(page, HasSubstr("<li>" + html::isolated(note) + "</li>"));
  }
}

TEST(Page, TellsWhatIsDoneAndOfWhichPlan) {
  const std::string page = page_of(testing::golden_cases().at(1));
  EXPECT_THAT(page, HasSubstr("<p class=\"status incomplete\">INCOMPLETE: 37 of 48 fits done"));
  EXPECT_THAT(page,
              HasSubstr("<dt>Fits planned</dt><dd>48</dd></div>\n<div><dt>done</dt><dd>37</dd>"));
  EXPECT_THAT(page, HasSubstr("<dt>failed</dt><dd>1</dd>"));
  EXPECT_THAT(page, HasSubstr("<dt>missing</dt><dd>10</dd>"));
  EXPECT_THAT(page, HasSubstr("<code>" + std::string(64, '0') + "</code>"));
}

TEST(Page, ShowsEachFigureWithItsNumbers) {
  const std::string page = page_of(testing::golden_cases().at(0));
  EXPECT_THAT(page, HasSubstr("<a href=\"#figure-1\"><bdi>figure</bdi></a>"));
  EXPECT_THAT(page, HasSubstr("<div class=\"panels alone\">\n<svg class=\"cf-figure\""));
  EXPECT_EQ(count(page, "<title>figure: figure</title>"), 1U);
  EXPECT_THAT(page, HasSubstr("<bdi>150 fits</bdi>"));
  EXPECT_THAT(page, HasSubstr("How to read it: <bdi>to the right is better</bdi>"));
  EXPECT_THAT(page, HasSubstr("<details><summary>Show as table</summary>"));
  EXPECT_THAT(page, HasSubstr("<td>0.83\n"));
}

TEST(Page, MarksTablesThatAreTooLongToPrint) {
  const GoldenCase of = testing::golden_cases().at(0);
  figure::Figure figure = picture("figure");
  const std::vector<std::string> row = figure.table.rows.at(0);
  figure.table.rows.assign(40, row);
  const auto rendered = [&] { return render_page(of.records, build_report(of.records), {figure}); };
  EXPECT_THAT(rendered(), HasSubstr("<details><summary>"));
  figure.table.rows.push_back(row);
  EXPECT_THAT(rendered(), HasSubstr("<details class=\"long\"><summary>"));
}

TEST(Page, ShowsTheSummaryOfALongTableAndSaysWhereTheRestIs) {
  figure::Figure figure = picture("figure");
  figure.summary = figure::Table{.columns = {"candidate", "median"}, .rows = {{"a", "0.25"}}};
  const GoldenCase of = testing::golden_cases().at(0);
  const std::string page = render_page(of.records, build_report(of.records), {figure});
  EXPECT_THAT(page, HasSubstr("<td>0.25\n"));
  EXPECT_THAT(page, Not(HasSubstr("<td>0.83\n")));
  EXPECT_THAT(
      page,
      HasSubstr("A summary of 1 row. All of them: <code>crossfold report RUN --figure strip -o "
                "strip.csv</code>"));
}

TEST(FigureTable, SaysSharedHeadingsOnce) {
  const std::string html = page::figure_table(
      {.columns = {"candidate", "set", "rate"},
       .rows = {{"a", "oos", "0"}, {"a", "oos", "1"}, {"a", "held out", "0"}, {"b", "oos", "0"}}});
  EXPECT_THAT(html, HasSubstr("<tr><th scope=\"rowgroup\" rowspan=\"3\"><bdi>a</bdi>"
                              "<th scope=\"rowgroup\" rowspan=\"2\"><bdi>oos</bdi><td>0\n"
                              "<tr><td>1\n"
                              "<tr><th scope=\"row\"><bdi>held out</bdi><td>0\n"
                              "<tr><th scope=\"row\"><bdi>b</bdi>"
                              "<th scope=\"row\"><bdi>oos</bdi><td>0\n"));
}

TEST(FigureTable, RoundsWhatNobodyReads) {
  const std::string html =
      page::figure_table({.columns = {"candidate", "auc", "n", "note"},
                          .rows = {{"a", "0.123456789", "1234567", "0.123456 or so"}}});
  EXPECT_THAT(html, HasSubstr("<td>0.1235<td>1234567<td><bdi>0.123456 or so</bdi>\n"));
}

TEST(Page, RunsAndLooksAsItsHashesSayAndLoadsNothing) {
  const std::string page = page_of(testing::golden_cases().at(0));
  const std::string policy = between(page, "Content-Security-Policy\" content=\"", "\"");
  const auto hash = [](const std::string& text) {
    return "'sha256-" + html::base64(sha256(text).bytes) + "'";
  };
  const std::string style = between(page, "<style>", "</style>");
  const std::string script = between(page, "<script>", "</script>");
  EXPECT_EQ(policy, "default-src 'none'; style-src " + hash(style) + "; script-src " +
                        hash(script) + "; base-uri 'none'; form-action 'none'");
  EXPECT_EQ(count(page, "<script"), 2U);  // the data and the script
  EXPECT_EQ(count(page, "<style"), 1U);
  for (const char* loading : {" src=", "url(h", "url(\"", "@import", "data:", "<link", "<iframe",
                              "fetch(", "import(", "style=\"", "onclick", "javascript:"})
    EXPECT_THAT(page, Not(HasSubstr(loading)));
}

TEST(Page, ShowsHostileNamesAsText) {
  RunRecords records = testing::small_study();
  const std::string name =
      kHostile + std::string("\u202e\u05e9\u05dc\u05d5\u05dd") + std::string(300, 'x');
  records.job.name = name;
  records.job.embeddings = {name};
  records.job.experiments[0].name = name;
  records.job.experiments[0].candidates[1].name = name;
  records.samples.domain.levels[0] = name;
  records.plan.basis.warnings = {name};
  testing::record_all(records,
                      [&](const Fit& fit) { return testing::even_result(records, fit, 0.5); });
  testing::result_at(records, 0, 1, 0, 0).error = name;
  const std::string page = render_page(records, build_report(records), {picture(name)});
  EXPECT_THAT(page, HasSubstr("<h1>" + html::isolated(name) + "</h1>"));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_EQ(count(page, "</script>"), 2U);
  EXPECT_EQ(count(page, "onerror=\""), 0U);
  EXPECT_EQ(count(page, "<svg"), 1U);
}

TEST(Page, WithoutItsDataIsSmall) {
  EXPECT_LT(page::style_sheet().size() + page::script().size(), 100'000U);
  std::string page = page_of(testing::golden_cases().at(0));
  const std::string data = between(page, "id=\"fit-data\">", "</script>");
  EXPECT_LT(page.size() - data.size(), 150'000U);
}

TEST(Page, RefusesDigitsThatANumberHasNot) {
  const RunRecords records = testing::small_study();
  try {
    (void)render_page(records, build_report(records), {}, {.digits = 16});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_EQ(error.message(),
              "16 digits cannot be printed (a number has 0 to 15 behind its point). give a number "
              "from 0 to 15");
  }
}

TEST(EarlierPage, IsOneOfTheSameStudyAtAnyStage) {
  RunRecords records = testing::small_study();
  const std::string before = render_page(records, build_report(records), {});
  testing::record_all(records,
                      [&](const Fit& fit) { return testing::even_result(records, fit, 0.5); });
  const std::string now = render_page(records, build_report(records), {});
  EXPECT_NE(before, now);
  EXPECT_TRUE(is_earlier_page(before, now));
  EXPECT_TRUE(is_earlier_report(before, now, ReportFormat::html));
  records.job.name = "small too";
  EXPECT_FALSE(is_earlier_page(before, render_page(records, build_report(records), {})));
  EXPECT_FALSE(is_earlier_page("", now));
}

}  // namespace
}  // namespace crossfold
