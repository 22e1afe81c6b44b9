#include "crossfold/report/sweep_report.h"

#include <cmath>

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
using testing::swept_study;

SweepReport sweep_of(const RunRecords& records) {
  return build_report(records).tables.at(0).sweeps.at(0);
}

const SweepChoice& choice_of(const SweepReport& sweep, SelectionRule rule) {
  for (const SweepChoice& choice : sweep.choices)
    if (choice.rule == rule) return choice;
  throw std::out_of_range("no such choice");
}

TEST(SweepReport, TellsWhatEachRuleChooses) {
  const SweepReport sweep = sweep_of(swept_study());
  EXPECT_EQ(sweep.embedding, "texture/raw");
  EXPECT_EQ(sweep.candidates, 3U);
  EXPECT_EQ(choice_of(sweep, SelectionRule::held_out).candidate, "d[lambda.from=1]");
  EXPECT_NEAR(*choice_of(sweep, SelectionRule::held_out).in_pool.mean, 0.9, 1e-12);
  EXPECT_EQ(choice_of(sweep, SelectionRule::oracle).candidate, "d[lambda.from=10]");
  EXPECT_TRUE(choice_of(sweep, SelectionRule::oracle).peeks);
  EXPECT_FALSE(choice_of(sweep, SelectionRule::oracle).honest.mean.has_value());
  EXPECT_NEAR(*choice_of(sweep, SelectionRule::oracle).oos_auc.mean, 0.7, 1e-12);
  EXPECT_EQ(choice_of(sweep, SelectionRule::constrained).candidate, "d[lambda.from=3]")
      << "the best of those with a domain AUC of at most tau";
}

/// Split by split, by the validation part alone; its held-out scores are honest as they are.
TEST(SweepReport, ChoosesByValidationSplitBySplit) {
  const SweepReport sweep = sweep_of(swept_study());
  const SweepChoice& choice = choice_of(sweep, SelectionRule::validation);
  EXPECT_EQ(choice.candidate, "");
  EXPECT_THAT(choice.per_split, ElementsAre(std::pair(std::string("d[lambda.from=3]"), 3U),
                                            std::pair(std::string("d[lambda.from=10]"), 1U)));
  EXPECT_EQ(choice.honest.kind, sweep::HonestScore::held_out_fold);
  EXPECT_EQ(choice.honest.mean, choice.in_pool.mean);
  EXPECT_TRUE(choice.honest.interval.has_value());
}

TEST(SweepReport, HasTheCandidatesThatWereNotDrawnBeside) {
  const SweepReport sweep = sweep_of(swept_study());
  const SweepChoice& last = sweep.choices.back();
  EXPECT_FALSE(last.rule.has_value());
  EXPECT_EQ(last.candidate, "baseline");
  EXPECT_NEAR(*last.honest.mean, 0.95, 1e-12);
}

TEST(SweepReport, SaysWhyThereIsNoHonestScore) {
  RunRecords records = swept_study();
  EXPECT_EQ(choice_of(sweep_of(records), SelectionRule::held_out).honest.why_not,
            "predictions were not read");
  records.job.output.predictions = false;
  EXPECT_EQ(choice_of(sweep_of(records), SelectionRule::held_out).honest.why_not,
            "the run keeps no predictions (\"output\": {\"predictions\": false})");
}

/// A candidate with a missing or a failed fit is in no rule's reach.
TEST(SweepReport, ChoosesAmongCompleteCandidatesOnly) {
  RunRecords records = swept_study();
  records.results.erase(testing::fit_at(records, 0, 1, 0, 0).id);
  const SweepReport sweep = sweep_of(records);
  EXPECT_EQ(choice_of(sweep, SelectionRule::held_out).candidate, "d[lambda.from=3]");
  EXPECT_EQ(sweep.swept.at(0).state, sweep::CandidateState::incomplete);
  EXPECT_EQ(sweep.swept.at(0).splits, 3U);
}

TEST(SweepReport, ShowsRowsOfTheChosenUnlessAllAreWanted) {
  const auto names = [](const Report& report) {
    std::vector<std::string> found;
    for (const ReportRow& row : report.tables.at(0).rows) found.push_back(row.candidate);
    return found;
  };
  RunRecords records = swept_study();
  records.job.experiments[0].sweep->select = {SelectionRule::held_out};
  EXPECT_THAT(names(build_report(records)), ElementsAre("baseline", "d[lambda.from=1]"));
  EXPECT_THAT(names(build_report(records, {.swept = SweptRows::complete})), SizeIs(4));
}

TEST(SweepReport, MarksTheOracleWhereverPeopleRead) {
  const Report report = build_report(swept_study());
  EXPECT_THAT(render_text(report, {}), HasSubstr("oracle (PEEKS)"));
  EXPECT_THAT(render_markdown(report, {}), HasSubstr("oracle (PEEKS)"));
  EXPECT_THAT(render_latex(report, {}), HasSubstr("oracle (PEEKS)"));
  const auto json = nlohmann::json::parse(render_json(report));
  for (const auto& choice : json["tables"][0]["sweeps"][0]["selection"])
    EXPECT_EQ(choice["peeks"], choice["rule"] == "oracle");
}

TEST(RenderCandidates, HasALineForEachWithItsParameters) {
  const std::string csv = render_candidates(build_report(swept_study()));
  EXPECT_THAT(csv, HasSubstr("experiment,embedding,candidate,state,splits,lambda.from,task_auc,"));
  EXPECT_THAT(csv, HasSubstr("table3,texture/raw,d[lambda.from=3],complete,4,3,0.85,"));
  EXPECT_THAT(csv, HasSubstr(",validation:3;constrained,"));
  EXPECT_THAT(csv, Not(HasSubstr("baseline")));
}

}  // namespace
}  // namespace crossfold
