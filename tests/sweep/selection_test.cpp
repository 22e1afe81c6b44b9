#include "crossfold/sweep/selection.h"

#include <gmock/gmock.h>

#include "crossfold/core/error.h"
#include "crossfold/stats/summary.h"

#include "sweep/recorded.h"
#include "sweep/tables.h"

namespace crossfold::sweep {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

using Rows = std::vector<std::vector<std::optional<double>>>;

Rows rows_of(const nlohmann::json& recorded) {
  Rows rows;
  for (const auto& row : recorded) {
    const auto scores = row.get<std::vector<double>>();
    rows.emplace_back(scores.begin(), scores.end());
  }
  return rows;
}

TEST(Selection, ByValidationEqualsScikitLearnsNestedSelection) {
  const nlohmann::json recorded = read_recorded("nested_selection.json");
  SelectionTables tables = tables_of(rows_of(recorded["held_out_auc"]));
  tables.validation_auc = table_of(rows_of(recorded["validation_auc"]));
  const Selection selection = select(SelectionRule::validation, tables);
  ASSERT_TRUE(selection.has_choice());
  ASSERT_EQ(selection.per_split.size(), recorded["chosen"].size());
  for (std::size_t split = 0; split < selection.per_split.size(); ++split)
    EXPECT_THAT(selection.per_split[split], Optional(recorded["chosen"][split].get<std::size_t>()));
  EXPECT_THAT(selection.in_pool, Optional(DoubleEq(recorded["outer_score"].get<double>())));
  EXPECT_EQ(stats::summarize(scores_of_choice(selection, tables.task_auc)).mean, selection.in_pool);
  EXPECT_GT(*selection.criterion, *selection.in_pool);
}

TEST(Selection, ByHeldOutTakesTheBestMeanAndTheFirstOfEquals) {
  const Selection selection =
      select(SelectionRule::held_out,
             tables_of({{0.5, 0.5}, {0.5, 0.75}, {0.75, 0.5}, {std::nullopt, 0.6}}));
  EXPECT_THAT(selection.candidate, Optional(1U));
  EXPECT_THAT(selection.criterion, Optional(0.625));
  EXPECT_THAT(selection.in_pool, Optional(0.625));
  EXPECT_THAT(selection.per_split, IsEmpty());
}

TEST(Selection, TakesNoneThatWasGivenUpOrLacksResults) {
  SelectionTables tables = tables_of({{0.9, std::nullopt}, {0.5, 0.5}, {0.9, 0.9}, {0.4, 0.4}});
  tables.validation_auc = tables.task_auc;
  tables.oos_auc = tables.task_auc;
  tables.source_out_auc = tables.task_auc;
  tables.domain_auc = tables.task_auc;
  tables.simplicity = {{3.0}, {0.0}, {2.0}, {1.0}};
  tables.tau = 1;
  tables.states[0] = CandidateState::given_up;
  tables.states[2] = CandidateState::incomplete;
  for (const SelectionRule rule :
       {SelectionRule::held_out, SelectionRule::one_se, SelectionRule::source_out,
        SelectionRule::constrained, SelectionRule::oracle})
    EXPECT_THAT(select(rule, tables).candidate, Optional(1U));
  EXPECT_THAT(select(SelectionRule::validation, tables).per_split,
              ElementsAre(Optional(1U), Optional(1U)));
}

TEST(Selection, ByOneSeTakesTheSimplestWithinOneCorrectedStandardError) {
  // The best has sd 0.02 and, with a share of 0.5, the error 0.02 sqrt(1/2 + 1/2): 0.02.
  const double deviation = 0.02 / 1.4142135623730951;
  SelectionTables tables = tables_of({{0.8 - deviation, 0.8 + deviation},
                                      {0.7801, 0.7801},
                                      {0.7799, 0.7799},
                                      {0.7805, 0.7805},
                                      {0.79, 0.79}});
  tables.test_share = 0.5;
  tables.simplicity = {{1.0}, {2.0}, {9.0}, {2.0}, {std::nullopt}};
  const Selection selection = select(SelectionRule::one_se, tables);
  EXPECT_THAT(selection.candidate, Optional(3U));  // as simple as 1, and better
  tables.simplicity[4] = {5.0};
  EXPECT_THAT(select(SelectionRule::one_se, tables).candidate, Optional(4U));
}

TEST(Selection, ByOneSeComparesLaterKeysOfEqualFirstOnes) {
  SelectionTables tables = tables_of({{0.6, 0.8}, {0.6, 0.8}, {0.6, 0.8}});
  tables.simplicity = {{1.0, 7.0}, {2.0, std::nullopt}, {2.0, -3.0}};
  EXPECT_THAT(select(SelectionRule::one_se, tables).candidate, Optional(2U));
}

TEST(Selection, ByConstraintTakesTheBestBelowTau) {
  SelectionTables tables = tables_of({{0.9, 0.9}, {0.8, 0.8}, {0.7, 0.7}});
  tables.domain_auc = table_of({{0.9, 0.9}, {0.5, 0.7}, {0.5, 0.5}});
  tables.tau = 0.6;
  EXPECT_THAT(select(SelectionRule::constrained, tables).candidate, Optional(1U));
}

TEST(Selection, OfOtherSourcesReportsBothScores) {
  SelectionTables tables = tables_of({{0.9, 0.9}, {0.75, 0.75}});
  tables.source_out_auc = table_of({{0.5, 0.5, 0.5}, {0.625, 0.625, 0.625}});
  tables.oos_auc = table_of({{0.5, 0.625}, {0.25, 0.375}});
  const Selection source_out = select(SelectionRule::source_out, tables);
  EXPECT_THAT(source_out.candidate, Optional(1U));
  EXPECT_THAT(source_out.criterion, Optional(0.625));
  EXPECT_THAT(source_out.in_pool, Optional(0.75));
  const Selection oracle = select(SelectionRule::oracle, tables);
  EXPECT_THAT(oracle.candidate, Optional(0U));
  EXPECT_THAT(oracle.criterion, Optional(0.5625));
  EXPECT_THAT(scores_of_choice(source_out, tables.oos_auc), ElementsAre(0.25, 0.375));
}

TEST(Selection, OfNestedIsTheBestOnTheInnerFoldsOfEverySplit) {
  SelectionTables tables = tables_of({{0.5, 0.5}, {0.75, 0.875}});
  tables.inner_auc = table_of({{0.75, 0.5}, {0.625, 0.75}});
  const Selection nested = select_nested(tables);
  EXPECT_THAT(nested.per_split, ElementsAre(Optional(0U), Optional(1U)));
  EXPECT_THAT(nested.criterion, Optional(0.75));
  EXPECT_THAT(scores_of_choice(nested, tables.task_auc), ElementsAre(0.5, 0.875));
  tables.inner_auc = {};
  EXPECT_EQ(select_nested(tables).no_choice,
            "no candidate can be chosen (no complete candidate has a defined AUC on inner folds). "
            "choose another rule, or look at the classes of the splits");
}

TEST(Selection, ByValidationLeavesSplitsWithoutAScoreOut) {
  SelectionTables tables = tables_of({{0.5, 0.5, 0.5}, {0.75, 0.75, 0.75}});
  tables.validation_auc = table_of({{0.5, std::nullopt, 0.75}, {std::nullopt, std::nullopt, 0.75}});
  const Selection selection = select(SelectionRule::validation, tables);
  EXPECT_THAT(selection.per_split, ElementsAre(Optional(0U), std::nullopt, Optional(0U)));
  EXPECT_THAT(scores_of_choice(selection, tables.task_auc), ElementsAre(0.5, std::nullopt, 0.5));
}

TEST(Selection, SaysWhyNothingWasChosen) {
  SelectionTables tables = tables_of({{0.5}, {0.5}, {0.5}});
  tables.simplicity = {{1.0}, {1.0}, {1.0}};
  tables.tau = 0.55;
  EXPECT_EQ(
      select(SelectionRule::validation, tables).no_choice,
      "no candidate can be chosen (no complete candidate has a defined validation AUC). choose "
      "another rule, or look at the classes of the splits");
  EXPECT_EQ(select(SelectionRule::source_out, tables).no_choice,
            "no candidate can be chosen (no complete candidate has a defined AUC on left-out "
            "sources). choose another rule, or look at the classes of the splits");
  EXPECT_EQ(select(SelectionRule::constrained, tables).no_choice,
            "no candidate can be chosen (no complete candidate has a defined domain AUC). choose "
            "another rule, or look at the classes of the splits");
  tables.domain_auc = table_of({{0.75}, {0.625}, {0.875}});
  EXPECT_EQ(select(SelectionRule::constrained, tables).no_choice,
            "no complete candidate has a domain AUC of at most 0.55 (the lowest is 0.6250). raise "
            "tau, or search where lambda is larger");
  EXPECT_EQ(select(SelectionRule::one_se, tables).no_choice,
            "no candidate can be chosen (the best one has no standard error, which takes two "
            "splits). choose another rule, or add folds or seeds");
  tables.states = {CandidateState::given_up, CandidateState::incomplete, CandidateState::given_up};
  const Selection none = select(SelectionRule::held_out, tables);
  EXPECT_EQ(none.no_choice,
            "no candidate can be chosen (of 3 candidates 2 were given up and 1 lack results). run "
            "the job to its end and look at its failed fits");
  EXPECT_EQ(none.candidate, std::nullopt);
  EXPECT_EQ(none.in_pool, std::nullopt);
  EXPECT_THAT(scores_of_choice(none, tables.task_auc), IsEmpty());
}

/// Six candidates, each of which another rule takes.
TEST(Selection, ByEachRuleGoesByItsOwnScore) {
  SelectionTables tables =
      tables_of({{0.88, 0.92}, {0.5, 0.5}, {0.55, 0.55}, {0.6, 0.6}, {0.8, 0.8}, {0.89, 0.89}});
  tables.validation_auc =
      table_of({{0.1, 0.1}, {0.75, 0.5}, {0.2, 0.2}, {0.3, 0.3}, {0, 0}, {0, 0}});
  tables.source_out_auc = table_of({{0.1}, {0.2}, {0.875}, {0.3}, {0.4}, {0.5}});
  tables.oos_auc = table_of({{0.1, 0.1}, {0.2, 0.2}, {0.3, 0.3}, {0.375, 0.5}, {0, 0}, {0, 0}});
  tables.domain_auc =
      table_of({{0.9, 0.9}, {0.5, 0.5}, {0.5, 0.5}, {0.5, 0.5}, {0.5, 0.5}, {0.9, 0.9}});
  tables.simplicity = {{1.0}, {9.0}, {9.0}, {9.0}, {9.0}, {2.0}};
  tables.tau = 0.6;
  const auto expect = [&](SelectionRule rule, std::size_t candidate, double criterion) {
    const Selection selection = select(rule, tables);
    SCOPED_TRACE(static_cast<int>(rule));
    EXPECT_EQ(selection.rule, rule);
    EXPECT_THAT(selection.candidate, Optional(candidate));
    EXPECT_THAT(selection.criterion, Optional(DoubleEq(criterion)));
    EXPECT_THAT(selection.in_pool, Optional(DoubleEq(*tables.task_auc.mean(candidate))));
  };
  expect(SelectionRule::held_out, 0, 0.9);
  expect(SelectionRule::source_out, 2, 0.875);
  expect(SelectionRule::oracle, 3, 0.4375);
  expect(SelectionRule::constrained, 4, 0.8);
  expect(SelectionRule::one_se, 5, 0.89);  // the best has an error of 0.02
  const Selection by_split = select(SelectionRule::validation, tables);
  EXPECT_THAT(by_split.per_split, ElementsAre(Optional(1U), Optional(1U)));
  EXPECT_THAT(by_split.criterion, Optional(0.625));
}

TEST(Selection, KnowsWhichScoreIsHonest) {
  EXPECT_EQ(honest_score(SelectionRule::validation), HonestScore::held_out_fold);
  for (const SelectionRule rule :
       {SelectionRule::held_out, SelectionRule::one_se, SelectionRule::constrained})
    EXPECT_EQ(honest_score(rule), HonestScore::bias_corrected);
  EXPECT_EQ(honest_score(SelectionRule::source_out), HonestScore::over_sources);
  EXPECT_EQ(honest_score(SelectionRule::oracle), HonestScore::none);
}

TEST(Selection, TakesTablesOfUnequalSizeForABug) {
  SelectionTables tables = tables_of({{0.5}, {0.5}});
  tables.states.pop_back();
  EXPECT_THROW((void)select(SelectionRule::held_out, tables), Error);
  tables = tables_of({{0.5, 0.6}, {0.5, 0.6}});
  EXPECT_THROW((void)select(SelectionRule::one_se, tables), Error);       // no simplicity
  EXPECT_THROW((void)select(SelectionRule::constrained, tables), Error);  // no tau
}

}  // namespace
}  // namespace crossfold::sweep
