#include "confounders.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/csv.h"
#include "crossfold/report/render.h"

#include "confounder_layout.h"
#include "core/expect_error.h"
#include "report/golden_cases.h"
#include "report/run_builder.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Confounders, ComeWithTheSamplesThatLackThem) {
  const ReportTable table = build_report(testing::probed_case().records).tables.at(0);
  std::vector<std::string> texts;
  for (const Confounder& of : table.confounders)
    texts.push_back(of.of + (of.within.empty() ? "" : " within " + of.within) + ": " +
                    std::to_string(of.missing) + " of " + std::to_string(of.samples));
  EXPECT_THAT(texts, ElementsAre("domain: 0 of 30", "sex: 6 of 30", "age: 8 of 30",
                                 "domain within normal: 0 of 12", "sex within normal: 3 of 12",
                                 "age within normal: 3 of 12", "domain within covid19: 0 of 18",
                                 "sex within covid19: 3 of 18", "age within covid19: 5 of 18"));
}

TEST(Confounders, AreMeansOverTheFitsOfARow) {
  testing::GoldenCase of = testing::probed_case();
  const double aucs[2][2] = {{0.80, 0.84}, {0.90, 0.70}};
  for (std::uint32_t seed = 0; seed < 2; ++seed)
    for (std::uint32_t fold = 0; fold < 2; ++fold) {
      std::vector<ProbeResult>& probes = testing::result_at(of.records, 0, 0, seed, fold).probes;
      probes[1].scores.auc = aucs[seed][fold];
      probes[1].r2 = aucs[seed][fold] - 1;
    }
  const Report report = build_report(of.records);
  const ReportRow& row = report.tables.at(0).rows.at(0);
  ASSERT_EQ(row.confounders.size(), 9u);
  EXPECT_NEAR(*row.confounders[2].auc.summary.mean, 0.81, 1e-15);
  EXPECT_NEAR(*row.confounders[2].auc.summary.sd, 0.08406346808612329, 1e-15);  // numpy, ddof=1
  EXPECT_NEAR(*row.confounders[2].r2->summary.mean, -0.19, 1e-15);
  EXPECT_FALSE(row.confounders[1].r2);
  EXPECT_EQ(row.confounders[1].auc.undefined_classes, 1u);
  EXPECT_EQ(row.confounders[5].auc.summary.n, 3);  // undefined in one fit
  EXPECT_EQ(*row.confounders[0].auc.summary.mean, *row.cells[2].summary.mean);  // the domain's
}

TEST(Confounders, HaveATableOfTheirOwnForThePoolAndForEachClass) {
  const std::string text =
      render_report(build_report(testing::probed_case().records), ReportFormat::text);
  EXPECT_THAT(text, HasSubstr("task: what can be read off the features\n"));
  EXPECT_THAT(text, HasSubstr("sex 6, age 8 of 30"));
  EXPECT_THAT(text, HasSubstr("task: what can be read off the features within class covid19\n"));
  EXPECT_THAT(text, HasSubstr("sex 3, age 5 of 18"));
  EXPECT_THAT(text, HasSubstr("age R2"));
}

/// The mean over a row's fits of the AUC of one class against the rest (of all classes: "").
double mean_task_auc(const RunRecords& records, const ReportRow& row, const std::string& of) {
  const std::vector<std::string>& levels = records.plan.basis.samples[0].class_label.levels;
  const auto k =
      static_cast<std::size_t>(std::find(levels.begin(), levels.end(), of) - levels.begin());
  double sum = 0;
  std::size_t n = 0;
  for (const Fit& fit : records.plan.fits) {
    if (records.job.embeddings[fit.embedding] != row.embedding ||
        records.job.experiments[0].candidates[fit.candidate].name != row.candidate)
      continue;
    const stats::ScoreSet& scores = records.find(fit.id)->held_out;
    sum += of.empty() ? scores.auc.value() : scores.classes.at(k).auc.value();
    ++n;
  }
  return sum / static_cast<double>(n);
}

/// The mean of a cell as it is printed.
double printed_mean(const PrintedTable& table, std::size_t row, std::size_t column) {
  return std::stod(table.rows.at(row).at(column));
}

/// Under "covid19 AUC" stands the AUC of covid19 on the held-out folds, in the table of each class
/// and the row of each candidate.
TEST(Confounders, StandBesideTheTaskScoreThatTheirHeadingNames) {
  const testing::GoldenCase of = testing::probed_case();
  ReportTable table = build_report(of.records).tables.at(0);
  for (ReportRow& row : table.rows)
    for (std::size_t k = 0; k < 2; ++k) {  // out of sample all is otherwise
      ClassRow oos = row.classes.at(2 * k);
      oos.role = Role::oos;
      for (ScoreCell& cell : oos.cells) cell.summary.mean = 0.125;
      row.classes.insert(row.classes.begin() + static_cast<std::ptrdiff_t>(k), oos);
    }
  const std::vector<std::pair<std::string, std::string>> scores = {
      {"", "task AUC"}, {"normal", "normal AUC"}, {"covid19", "covid19 AUC"}};
  const std::vector<PrintedTable> tables = confounder_tables(table, {.digits = 6});
  ASSERT_EQ(tables.size(), scores.size());
  for (std::size_t t = 0; t < tables.size(); ++t) {
    EXPECT_EQ(tables[t].columns.at(2).header, scores[t].second);
    ASSERT_EQ(tables[t].rows.size(), 4U);
    for (std::size_t row = 0; row < 4; ++row)
      EXPECT_NEAR(printed_mean(tables[t], row, 2),
                  mean_task_auc(of.records, table.rows[row], scores[t].first), 5.1e-7)
          << scores[t].second << ", row " << row;
  }
}

/// Each score below its heading: of what is read off, and of the pool or the class.
TEST(Confounders, HaveEachScoreBelowItsHeading) {
  const testing::GoldenCase of = testing::probed_case();
  const ReportTable table = build_report(of.records).tables.at(0);
  const std::vector<PrintedTable> tables = confounder_tables(table, {.digits = 6});
  const std::vector<std::string> within = {"", "normal", "covid19"};
  ASSERT_EQ(tables.size(), within.size());
  for (std::size_t t = 0; t < tables.size(); ++t) {
    std::vector<std::string> headings;
    for (const PrintedColumn& column : tables[t].columns) headings.push_back(column.header);
    ASSERT_THAT(headings, ElementsAre("embedding", "candidate", ::testing::_, "domain AUC",
                                      "sex AUC", "age AUC", "age R2"));
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      std::size_t column = 3;
      for (const std::string label : {"domain", "sex", "age"}) {
        double auc = 0, r2 = 0;
        std::size_t aucs = 0, r2s = 0;
        for (const Fit& fit : of.records.plan.fits) {
          if (of.records.job.embeddings[fit.embedding] != table.rows[row].embedding ||
              of.records.job.experiments[0].candidates[fit.candidate].name !=
                  table.rows[row].candidate)
            continue;
          const FitResult& result = *of.records.find(fit.id);
          if (label == "domain" && within[t].empty()) {  // the experiment's own probe
            auc += result.probe->auc.value();
            ++aucs;
          }
          for (const ProbeResult& probe : result.probes) {
            if (probe.of != label || probe.within != within[t]) continue;
            if (probe.scores.auc) auc += *probe.scores.auc;
            if (probe.r2) r2 += *probe.r2;
            aucs += probe.scores.auc ? 1 : 0;
            r2s += probe.r2 ? 1 : 0;
          }
        }
        EXPECT_NEAR(printed_mean(tables[t], row, column), auc / static_cast<double>(aucs), 5.1e-7)
            << headings[column] << " of table " << t << ", row " << row;
        ++column;
        if (label != "age") continue;
        EXPECT_NEAR(printed_mean(tables[t], row, column), r2 / static_cast<double>(r2s), 5.1e-7)
            << headings[column] << " of table " << t << ", row " << row;
      }
    }
  }
}

/// What is predicted then is no class, and has no score of one.
TEST(Confounders, WithinAClassStandBesideTheWholeTaskWhereAnotherLabelIsPredicted) {
  const testing::GoldenCase of = testing::probed_case();
  ReportTable table = build_report(of.records).tables.at(0);
  table.target = Label::domain;
  for (const PrintedTable& printed : confounder_tables(table, {.digits = 6})) {
    EXPECT_EQ(printed.columns.at(2).header, "task AUC");
    for (std::size_t row = 0; row < table.rows.size(); ++row)
      EXPECT_NEAR(printed_mean(printed, row, 2), mean_task_auc(of.records, table.rows[row], ""),
                  5.1e-7);
  }
}

TEST(Confounders, AreNoneWhereALabelAloneIsProbed) {
  RunRecords records = testing::small_study();
  testing::record_all(records,
                      [&](const Fit& fit) { return testing::even_result(records, fit, 0.5); });
  const ReportTable table = build_report(records).tables.at(0);
  EXPECT_THAT(table.confounders, IsEmpty());
  EXPECT_THAT(table.rows.at(0).confounders, IsEmpty());
}

TEST(Confounders, RefuseAFitOfOtherProbes) {
  testing::GoldenCase of = testing::probed_case();
  FitResult& result = testing::result_at(of.records, 0, 0, 0, 0);
  std::swap(result.probes[0], result.probes[1]);
  const std::string message = "fit " + result.id.hex() +
                              " holds other probes than the plan has, so it is no fit of this job. "
                              "remove the run directory and run the job again";
  expect_error(ErrorCode::bad_input, message, [&] { (void)build_report(of.records); });
  std::swap(result.probes[0], result.probes[1]);
  result.probes.pop_back();
  expect_error(ErrorCode::bad_input, message, [&] { (void)build_report(of.records); });
}

/// Of one row's fits what was read off of a confounder: means, counted here once more.
struct ReadOff {
  double auc = 0;
  double r2 = 0;
  std::size_t aucs = 0;
  std::size_t r2s = 0;
  std::size_t undefined_classes = 0;
};
ReadOff read_off(const RunRecords& records, const ReportRow& row, const Confounder& of) {
  ReadOff found;
  const auto add = [&](const stats::ScoreSet& scores) {
    if (!scores.auc) return;
    found.auc += *scores.auc;
    ++found.aucs;
    found.undefined_classes += scores.undefined_aucs;
  };
  for (const Fit& fit : records.plan.fits) {
    if (records.job.embeddings[fit.embedding] != row.embedding ||
        records.job.experiments[0].candidates[fit.candidate].name != row.candidate)
      continue;
    const FitResult& result = *records.find(fit.id);
    if (of.of == "domain" && of.within.empty()) add(*result.probe);
    for (const ProbeResult& probe : result.probes) {
      if (probe.of != of.of || probe.within != of.within) continue;
      add(probe.scores);
      if (!probe.r2) continue;
      found.r2 += *probe.r2;
      ++found.r2s;
    }
  }
  found.auc /= static_cast<double>(found.aucs);
  found.r2 /= static_cast<double>(std::max<std::size_t>(found.r2s, 1));
  return found;
}

/// Each line has the numbers of its embedding set, candidate, class and score.
TEST(Confounders, StandInTheCsvBelowTheirNames) {
  const testing::GoldenCase of = testing::probed_case();
  const Report report = build_report(of.records);
  const ReportTable& table = report.tables.at(0);
  const CsvTable csv = parse_csv(render_csv(report), "report.csv");
  const auto at = [&](const std::vector<std::string>& line, const char* name) {
    return line[csv.find_column(name).value()];
  };
  std::map<std::vector<std::string>, const std::vector<std::string>*> lines;
  for (const std::vector<std::string>& line : csv.rows) {
    if (!at(line, "score").starts_with("probe.")) continue;
    const std::vector<std::string> place{at(line, "embedding"), at(line, "candidate"),
                                         at(line, "class"), at(line, "score")};
    EXPECT_TRUE(lines.emplace(place, &line).second) << at(line, "score");
  }
  std::size_t expected = 0;
  for (const ReportRow& row : table.rows)
    for (const Confounder& confounder : table.confounders) {
      SCOPED_TRACE(row.embedding + row.candidate + confounder.of + confounder.within);
      const auto line_of = [&](const std::string& what) -> const std::vector<std::string>& {
        ++expected;
        return *lines.at({row.embedding, row.candidate, confounder.within,
                          "probe." + confounder.of + "." + what});
      };
      const ReadOff found = read_off(of.records, row, confounder);
      const std::vector<std::string>& auc = line_of("auc");
      EXPECT_EQ(at(auc, "role"), "in");
      EXPECT_NEAR(std::stod(at(auc, "mean")), found.auc, 1e-12);
      EXPECT_EQ(at(auc, "n"), std::to_string(found.aucs));
      EXPECT_EQ(at(auc, "expected"), "4");
      EXPECT_EQ(at(auc, "undefined"), std::to_string(4 - found.aucs));
      EXPECT_EQ(at(auc, "undefined_classes"), std::to_string(found.undefined_classes));
      EXPECT_EQ(at(auc, "se_corrected"), "");
      if (confounder.is_number) {
        const std::vector<std::string>& r2 = line_of("r2");
        EXPECT_NEAR(std::stod(at(r2, "mean")), found.r2, 1e-12);
        EXPECT_EQ(at(r2, "n"), std::to_string(found.r2s));
      }
      const std::vector<std::string>& missing = line_of("missing");
      EXPECT_EQ(at(missing, "count"), std::to_string(confounder.missing));
      EXPECT_EQ(at(missing, "mean"), "");
    }
  EXPECT_EQ(lines.size(), expected);
}

/// What was probed once, what came of it in each row, and each fit's own numbers.
TEST(Confounders, StandInJsonUnderTheirNames) {
  using nlohmann::json;
  const testing::GoldenCase of = testing::probed_case();
  const Report report = build_report(of.records, {.fits = FitRows::included});
  const ReportTable& table = report.tables.at(0);
  const json made = json::parse(render_json(report)).at("tables").at(0);
  const auto named = [](const std::string& what, const std::string& within) {
    json value = {{"of", what}};
    if (!within.empty()) value["within"] = within;
    return value;
  };
  ASSERT_EQ(made.at("confounders").size(), 9U);
  for (std::size_t i = 0; i < 9; ++i) {
    const Confounder& confounder = table.confounders[i];
    json expected = named(confounder.of, confounder.within);
    expected["values"] = confounder.of == "age" ? "numbers" : "names";
    expected["samples"] = confounder.samples;
    expected["missing"] = confounder.missing;
    EXPECT_EQ(made.at("confounders").at(i), expected);
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      const ReadOff found = read_off(of.records, table.rows[r], confounder);
      const json& cells = made.at("rows").at(r).at("confounders").at(i);
      SCOPED_TRACE(cells.dump());
      EXPECT_EQ(cells.at("of"), confounder.of);
      EXPECT_EQ(cells.value("within", ""), confounder.within);
      EXPECT_NEAR(cells.at("auc").at("mean").get<double>(), found.auc, 1e-12);
      EXPECT_EQ(cells.at("auc").at("n"), found.aucs);
      EXPECT_EQ(cells.at("auc").at("undefined"), 4 - found.aucs);
      EXPECT_FALSE(cells.at("auc").contains("se_corrected"));
      ASSERT_EQ(cells.contains("r2"), confounder.is_number);
      if (confounder.is_number) {
        EXPECT_NEAR(cells.at("r2").at("mean").get<double>(), found.r2, 1e-12);
      }
    }
  }
  std::size_t fits = 0;
  for (std::size_t r = 0; r < table.rows.size(); ++r)
    for (std::size_t f = 0; f < table.rows[r].fit_rows.size(); ++f, ++fits) {
      const FitResult& result = *of.records.find(table.rows[r].fit_rows[f].id);
      const json& probes = made.at("rows").at(r).at("fits").at(f).at("probes");
      ASSERT_EQ(probes.size(), result.probes.size());
      for (std::size_t i = 0; i < probes.size(); ++i) {
        const ProbeResult& probe = result.probes[i];
        json expected = named(probe.of, probe.within);
        expected["auc"] = probe.scores.auc ? json(*probe.scores.auc) : json("nan");
        if (probe.r2) expected["r2"] = *probe.r2;
        expected["samples"] = probe.scores.samples;
        expected["missing"] = probe.missing;
        EXPECT_EQ(probes.at(i), expected);
      }
    }
  EXPECT_EQ(fits, of.records.plan.fits.size());
}

/// R2 is explained where some table has a number, the AUC where some table has any.
TEST(Confounders, AreExplainedWhereTheyAre) {
  const Report probed = build_report(testing::probed_case().records);
  Report names_alone = probed;
  for (Confounder& of : names_alone.tables.at(0).confounders) of.is_number = false;
  Report none = probed;
  none.tables.at(0).confounders.clear();
  const auto terms = [](const Report& report) {
    std::vector<std::string> found;
    for (const Explanation& entry : confounder_legend(report)) found.push_back(entry.term);
    return found;
  };
  EXPECT_THAT(terms(none), IsEmpty());
  EXPECT_THAT(terms(names_alone), ElementsAre("AUC of what is read off"));
  Report both = none;
  both.tables.push_back(probed.tables.at(0));
  for (const Report& of : {probed, both})
    EXPECT_THAT(terms(of), ElementsAre("AUC of what is read off", "R2"));
}

/// In the table of the class or the pool whose cells have it, and no other.
TEST(Confounders, HaveFootnotesInTheTablesThatNeedThem) {
  const testing::GoldenCase of = testing::probed_case();
  const ReportTable before = build_report(of.records).tables.at(0);
  ReportTable whole = before;
  for (ReportRow& row : whole.rows)
    for (ConfounderCells& cells : row.confounders) {
      cells.auc.summary.undefined = cells.auc.undefined_classes = 0;
      if (cells.r2) cells.r2->summary.undefined = 0;
    }
  for (std::size_t i = 0; i < before.confounders.size(); ++i)
    for (const bool undefined : {true, false}) {
      ReportTable table = whole;
      ScoreCell& cell = table.rows.back().confounders.at(i).auc;
      (undefined ? cell.summary.undefined : cell.undefined_classes) = 1;
      const std::vector<PrintedTable> tables = confounder_tables(table, {});
      ASSERT_EQ(tables.size(), 3U);
      for (std::size_t t = 0; t < 3; ++t)
        EXPECT_EQ(tables[t].footnotes.size(), i / 3 == t ? 1U : 0U) << i << " in table " << t;
      EXPECT_EQ(tables[i / 3].footnotes.at(0).starts_with("*: "), !undefined);
    }
  std::size_t numbers = 0;
  for (std::size_t i = 0; i < before.confounders.size(); ++i) {
    ReportTable table = whole;
    std::optional<ScoreCell>& r2 = table.rows.back().confounders.at(i).r2;
    if (!r2) continue;
    ++numbers;
    r2->summary.undefined = 1;
    EXPECT_EQ(confounder_tables(table, {}).at(i / 3).footnotes.size(), 1U) << "of an R2 alone";
  }
  EXPECT_GT(numbers, 0U);
}

}  // namespace
}  // namespace crossfold
