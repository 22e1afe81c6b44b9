#include "crossfold/sweep/bagged_selection.h"

#include <cstddef>
#include <optional>
#include <vector>

#include <gmock/gmock.h>

#include "crossfold/core/error.h"

#include "sweep/tables.h"

namespace crossfold::sweep {
namespace {

using ::testing::ElementsAre;

/// Two bags.
const std::vector<stats::BagScores> kBags = {
    {.in_bag = {0.75, 0.5}, .in_bag_error = {0.125, 0.125}, .out_of_bag = {0.5, 0.25}},
    {.in_bag = {0.7, 0.8}, .in_bag_error = {0.01, 0.01}, .out_of_bag = {0.6, 0.4}},
    {.in_bag = {0.6, 0.6}, .in_bag_error = {0.01, 0.01}, .out_of_bag = {0.3, 0.7}}};

SelectionTables three_candidates() {
  SelectionTables tables = tables_of({{0.5, 0.5}, {0.5, 0.5}, {0.5, 0.5}});
  tables.domain_auc = table_of({{0.5, 0.5}, {0.9, 0.9}, {0.5, 0.6}});
  tables.simplicity = {{1.0}, {2.0}, {3.0}};
  tables.tau = 0.6;
  return tables;
}

TEST(BaggedSelection, ByHeldOutTakesTheBestInEachBag) {
  const auto score = bias_corrected_score(SelectionRule::held_out, three_candidates(), kBags);
  ASSERT_TRUE(score);
  EXPECT_THAT(score->chosen, ElementsAre(1, 1, 0));
  EXPECT_DOUBLE_EQ(score->mean, (0.5 + 0.4) / 2);
}

TEST(BaggedSelection, ByOneSeTakesTheSimplestWithinTheErrorInTheBag) {
  const auto score = bias_corrected_score(SelectionRule::one_se, three_candidates(), kBags);
  ASSERT_TRUE(score);
  EXPECT_THAT(score->chosen, ElementsAre(0, 2, 0));
  EXPECT_DOUBLE_EQ(score->mean, (0.6 + 0.4) / 2);
}

TEST(BaggedSelection, ByConstraintTakesTheBestOfThoseWithinTau) {
  const auto score = bias_corrected_score(SelectionRule::constrained, three_candidates(), kBags);
  ASSERT_TRUE(score);
  EXPECT_THAT(score->chosen, ElementsAre(1, 0, 1));
  EXPECT_DOUBLE_EQ(score->mean, (0.5 + 0.7) / 2);
}

/// Its bags are of the predictions on left-out sources.
TEST(BaggedSelection, BySourceOutTakesTheBestInEachBag) {
  const auto score = bias_corrected_score(SelectionRule::source_out, three_candidates(), kBags);
  ASSERT_TRUE(score);
  EXPECT_THAT(score->chosen, ElementsAre(1, 1, 0));
  EXPECT_DOUBLE_EQ(score->mean, (0.5 + 0.4) / 2);
}

TEST(BaggedSelection, ByEveryRuleTakesCompleteCandidatesAlone) {
  using Choices = std::vector<std::optional<std::size_t>>;
  const auto choices = [](SelectionRule rule, std::size_t out, CandidateState state) {
    SelectionTables tables = three_candidates();
    tables.states[out] = state;
    std::vector<stats::BagScores> bags = kBags;
    bags[out] = {};  // are not read
    return choices_in_bags(rule, tables, bags);
  };
  for (const CandidateState state : {CandidateState::given_up, CandidateState::incomplete}) {
    for (const SelectionRule rule : {SelectionRule::held_out, SelectionRule::source_out}) {
      EXPECT_EQ(choices(rule, 0, state), (Choices{1, 1}));
      EXPECT_EQ(choices(rule, 1, state), (Choices{0, 2}));
    }
    EXPECT_EQ(choices(SelectionRule::one_se, 0, state), (Choices{1, 1}));
    EXPECT_EQ(choices(SelectionRule::one_se, 1, state), (Choices{0, 2}));
    EXPECT_EQ(choices(SelectionRule::constrained, 0, state), (Choices{2, 2}));
    EXPECT_EQ(choices(SelectionRule::constrained, 2, state), (Choices{0, 0}));
  }
}

TEST(BaggedSelection, ChoosesBeforeAnythingIsScoredOutOfTheBag) {
  std::vector<stats::BagScores> bags = kBags;
  for (stats::BagScores& one : bags) one.out_of_bag.clear();
  using Choices = std::vector<std::optional<std::size_t>>;
  const auto choices = [&](SelectionRule rule) {
    return choices_in_bags(rule, three_candidates(), bags);
  };
  EXPECT_EQ(choices(SelectionRule::held_out), (Choices{0, 1}));
  EXPECT_EQ(choices(SelectionRule::one_se), (Choices{1, 1}));
  EXPECT_EQ(choices(SelectionRule::constrained), (Choices{0, 2}));
}

TEST(BaggedSelection, TakesBagsOfUnequalNumberForABug) {
  std::vector<stats::BagScores> bags = kBags;
  bags[1].in_bag.pop_back();
  EXPECT_THROW((void)choices_in_bags(SelectionRule::held_out, three_candidates(), bags), Error);
}

TEST(BaggedSelection, DoesNotReadCandidatesThatAreNotComplete) {
  SelectionTables tables = three_candidates();
  tables.states[1] = CandidateState::given_up;
  std::vector<stats::BagScores> bags = kBags;
  bags[1] = {};
  const auto score = bias_corrected_score(SelectionRule::held_out, tables, bags);
  ASSERT_TRUE(score);
  EXPECT_THAT(score->chosen, ElementsAre(1, 0, 1));
  tables.states.assign(3, CandidateState::incomplete);
  EXPECT_EQ(bias_corrected_score(SelectionRule::held_out, tables, bags), std::nullopt);
}

TEST(BaggedSelection, LeavesBagsOutInWhichTheRuleCannotChoose) {
  std::vector<stats::BagScores> bags = kBags;
  bags[1].in_bag_error[1].reset();
  const auto score = bias_corrected_score(SelectionRule::one_se, three_candidates(), bags);
  ASSERT_TRUE(score);
  EXPECT_EQ(score->bags, 1U);
  EXPECT_EQ(score->undefined, 1U);
}

TEST(BaggedSelection, TakesARuleWithAnotherHonestScoreForABug) {
  EXPECT_THROW((void)bias_corrected_score(SelectionRule::oracle, three_candidates(), kBags), Error);
  EXPECT_THROW((void)bias_corrected_score(SelectionRule::validation, three_candidates(), kBags),
               Error);
}

}  // namespace
}  // namespace crossfold::sweep
