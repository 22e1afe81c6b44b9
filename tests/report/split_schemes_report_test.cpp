// What a report makes of fits with a source left out, and of those on inner folds.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/report/render.h"

#include "report/run_builder.h"
#include "report/swept_study.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

/// The swept study with all schemes: lambda 3 is best on left-out sources, and on inner folds
/// but for one split, where it is lambda 1.
RunRecords study_with_schemes() {
  RunRecords records = testing::swept_study();
  SweepSettings& sweep = *records.job.experiments[0].sweep;
  sweep.select = {SelectionRule::held_out, SelectionRule::source_out};
  sweep.tau.reset();
  sweep.nested = NestedSettings{.folds = 2};
  testing::add_schemes(records, 2, 2);
  for (const Fit& fit : records.plan.fits) {
    if (fit.scheme == SplitScheme::k_fold) continue;
    FitResult result = testing::even_result(records, fit, 0.1);
    result.oos.reset();
    result.probe.reset();
    const bool one = fit.seed.value == 1 && fit.fold.value == 1;
    if (fit.scheme == SplitScheme::source_out)
      result.held_out.auc = fit.candidate == 2 ? 0.75 : 0.5;
    else
      result.held_out.auc =
          (one ? fit.candidate == 1 : fit.candidate == 2) ? 0.75 + 0.125 * fit.inner.value : 0.5;
    records.results[fit.id] = result;
  }
  return records;
}

const SweepChoice& choice_of(const SweepReport& sweep, std::optional<SelectionRule> rule) {
  for (const SweepChoice& choice : sweep.choices)
    if (choice.rule == rule) return choice;
  throw std::out_of_range("no such choice");
}

TEST(SplitSchemesReport, ChoosesByLeftOutSources) {
  const Report report = build_report(study_with_schemes());
  const SweepReport& sweep = report.tables.at(0).sweeps.at(0);
  const SweepChoice& choice = choice_of(sweep, SelectionRule::source_out);
  EXPECT_EQ(choice.candidate, "d[lambda.from=3]");
  EXPECT_EQ(choice.criterion, 0.75);
  EXPECT_EQ(choice.source_out_auc.n, 4U);
  EXPECT_NEAR(*choice.in_pool.mean, 0.85, 1e-12) << "the held-out folds alone";
  EXPECT_EQ(choice.in_pool.n, 4U);
  EXPECT_EQ(choice.honest.kind, sweep::HonestScore::over_sources);
  EXPECT_EQ(choice.fits, 3U * (4 + 4)) << "its own fits too";
  EXPECT_EQ(choice_of(sweep, SelectionRule::held_out).fits, 3U * 4);
  const SweepChoice& baseline = choice_of(sweep, std::nullopt);
  EXPECT_EQ(baseline.source_out_auc.mean, 0.5);
  EXPECT_EQ(baseline.fits, 8U);
}

TEST(SplitSchemesReport, TellsOfNestedCrossValidation) {
  const Report report = build_report(study_with_schemes());
  const SweepReport& sweep = report.tables.at(0).sweeps.at(0);
  ASSERT_TRUE(sweep.nested.has_value());
  EXPECT_EQ(sweep.nested->folds, 2);
  const SweepChoice& choice = sweep.nested->choice;
  EXPECT_THAT(choice.per_split, ElementsAre(std::pair(std::string("d[lambda.from=3]"), 3U),
                                            std::pair(std::string("d[lambda.from=1]"), 1U)));
  EXPECT_NEAR(*choice.criterion, 0.8125, 1e-12);
  EXPECT_NEAR(*choice.honest.mean, (3 * 0.85 + 0.9) / 4, 1e-12);
  EXPECT_TRUE(choice.honest.interval.has_value());
  EXPECT_EQ(choice.fits, 3U * (4 + 8));
}

/// A table has the folds alone, whatever else was trained.
TEST(SplitSchemesReport, MixesNoSchemes) {
  const RunRecords records = study_with_schemes();
  const Report with = build_report(records, {.fits = FitRows::included});
  const Report without = build_report(testing::swept_study(), {.fits = FitRows::included});
  for (std::size_t row = 0; row < 1; ++row) {
    EXPECT_EQ(with.tables[0].rows[row].fits.expected, without.tables[0].rows[row].fits.expected);
    EXPECT_EQ(with.tables[0].rows[row].cells[0].summary.mean,
              without.tables[0].rows[row].cells[0].summary.mean);
    EXPECT_THAT(with.tables[0].rows[row].fit_rows, SizeIs(4));
  }
  EXPECT_EQ(with.tables[0].folds, 2U);
  EXPECT_EQ(with.fits.expected, records.plan.fits.size());
}

TEST(SplitSchemesReport, ChoosesAmongCandidatesWithAllInnerFits) {
  RunRecords records = study_with_schemes();
  for (const Fit& fit : records.plan.fits)
    if (fit.scheme == SplitScheme::nested && fit.candidate == 2 && fit.seed.value == 1 &&
        fit.inner.value == 1)
      records.results.erase(fit.id);
  const Report report = build_report(records);
  for (const auto& [candidate, splits] : report.tables.at(0).sweeps.at(0).nested->choice.per_split)
    EXPECT_NE(candidate, "d[lambda.from=3]") << splits;
}

TEST(SplitSchemesReport, ChoosesAmongCandidatesWithAllLeftOutSources) {
  RunRecords records = study_with_schemes();
  for (const Fit& fit : records.plan.fits)
    if (fit.scheme == SplitScheme::source_out && fit.candidate == 2 && fit.seed.value == 1)
      records.results.erase(fit.id);
  const Report report = build_report(records);
  const SweepReport& sweep = report.tables.at(0).sweeps.at(0);
  EXPECT_EQ(choice_of(sweep, SelectionRule::source_out).candidate, "d[lambda.from=1]");
  EXPECT_EQ(choice_of(sweep, SelectionRule::held_out).candidate, "d[lambda.from=1]");
  EXPECT_EQ(sweep.swept.at(1).state, sweep::CandidateState::complete);
  EXPECT_FALSE(report.complete);
  ASSERT_THAT(report.missing, SizeIs(2));
  EXPECT_EQ(report.missing[1].source, "cohen");
  EXPECT_THAT(render_text(report, {}),
              HasSubstr("missing: table3, texture/raw, d[lambda.from=3]: 2 fits with a source left "
                        "out (cohen, rsna)"));
  const auto json = nlohmann::json::parse(render_json(report));
  EXPECT_EQ(json["missing"][1]["source"], "cohen");
  EXPECT_FALSE(json["missing"][1].contains("fold"));
}

TEST(SplitSchemesReport, IsThereInEveryFormat) {
  const Report report = build_report(study_with_schemes());
  for (const std::string& text :
       {render_text(report, {}), render_markdown(report, {}), render_latex(report, {})}) {
    EXPECT_THAT(text, HasSubstr("source-out"));
    EXPECT_THAT(text, HasSubstr("nested (2 inner folds)"));
    EXPECT_THAT(text, HasSubstr("what nested cross-validation chooses"));
    EXPECT_THAT(text, HasSubstr("AUC on left-out sources"));
  }
  const auto json = nlohmann::json::parse(render_json(report))["tables"][0]["sweeps"][0];
  EXPECT_EQ(json["nested"]["folds"], 2);
  EXPECT_EQ(json["nested"]["choice"]["per_split"][0]["splits"], 3);
  EXPECT_EQ(json["selection"][1]["honest"]["kind"], "bias-corrected-over-sources");
  EXPECT_EQ(json["selection"][1]["source_out_auc"]["n"], 4);
  EXPECT_THAT(render_candidates(report), HasSubstr("source-out;nested:3"));
  const Report plain = build_report(testing::swept_study());
  EXPECT_THAT(render_text(plain, {}), Not(HasSubstr("source-out")));
  EXPECT_THAT(render_text(plain, {}), Not(HasSubstr("nested")));
}

}  // namespace
}  // namespace crossfold
