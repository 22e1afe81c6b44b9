#include "crossfold/sweep/race.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include <gmock/gmock.h>

#include "crossfold/core/error.h"

#include "stats/recorded.h"

namespace crossfold::sweep {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

using Row = std::vector<std::optional<double>>;

constexpr auto kUndefined = std::nullopt;

/// A decision with contender i in row i of a table.
RungDecision decide(const std::vector<Row>& rows, const RaceSettings& settings = {},
                    std::uint32_t all_splits = 50, std::vector<std::size_t> staying = {}) {
  std::vector<Contender> living;
  Row scores;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool stays = std::find(staying.begin(), staying.end(), i) != staying.end();
    living.push_back({.candidate = i, .stays = stays});
    scores.insert(scores.end(), rows[i].begin(), rows[i].end());
  }
  return decide_rung({.splits = static_cast<std::uint32_t>(rows[0].size()),
                      .previous = 0,
                      .all_splits = all_splits,
                      .candidates = rows.size()},
                     living, scores, settings);
}

std::vector<std::size_t> candidates_of(const auto& entries) {
  std::vector<std::size_t> candidates;
  candidates.reserve(entries.size());
  for (const auto& entry : entries) candidates.push_back(entry.candidate);
  return candidates;
}

RaceSettings greedy() {
  RaceSettings settings;
  settings.risk.reset();
  return settings;
}

std::string name_of(GivenUpBecause reason) {
  switch (reason) {
    case GivenUpBecause::hardly_best:
      return "hardly_best";
    case GivenUpBecause::below_best_third:
      return "below_best_third";
    case GivenUpBecause::all_fits_failed:
      return "all_fits_failed";
  }
  return "none of them";
}

/// A recorded rung, its contenders in an order of choice.
struct RecordedRung {
  Rung rung;
  RaceSettings settings;
  std::vector<Contender> living;
  Row scores;
};

RecordedRung recorded_rung(const nlohmann::json& one, const std::vector<std::size_t>& order) {
  const nlohmann::json& rung = one["rung"];
  RecordedRung read{.rung = {.splits = rung["splits"].get<std::uint32_t>(),
                             .previous = rung["previous"].get<std::uint32_t>(),
                             .all_splits = rung["all_splits"].get<std::uint32_t>(),
                             .candidates = rung["candidates"].get<std::size_t>()},
                    .settings = {},
                    .living = {},
                    .scores = {}};
  read.settings.risk = stats::recorded_number(one["settings"]["risk"]);
  read.settings.indifference = one["settings"]["indifference"].get<double>();
  for (const std::size_t row : order) {
    const nlohmann::json& contender = one["living"][row];
    read.living.push_back({.candidate = contender["candidate"].get<std::size_t>(),
                           .stays = contender["stays"].get<bool>()});
    const Row scores = stats::recorded_scores(one["scores"][row]);
    read.scores.insert(read.scores.end(), scores.begin(), scores.end());
  }
  return read;
}

void expect_recorded(const RungDecision& decision, const nlohmann::json& expected) {
  ASSERT_EQ(decision.leader.has_value(), !expected["leader"].is_null());
  if (decision.leader) {
    EXPECT_EQ(*decision.leader, expected["leader"]);
  }
  EXPECT_EQ(decision.dropped_pairs, expected["dropped_pairs"]);
  ASSERT_EQ(decision.going_on.size(), expected["going_on"].size());
  for (std::size_t i = 0; i < decision.going_on.size(); ++i) {
    EXPECT_EQ(decision.going_on[i].candidate, expected["going_on"][i]["candidate"]);
    EXPECT_EQ(decision.going_on[i].stays, expected["going_on"][i]["stays"]);
  }
  ASSERT_EQ(decision.given_up.size(), expected["given_up"].size());
  for (std::size_t i = 0; i < decision.given_up.size(); ++i) {
    const nlohmann::json& one = expected["given_up"][i];
    EXPECT_EQ(decision.given_up[i].candidate, one["candidate"]);
    EXPECT_EQ(name_of(decision.given_up[i].reason), one["reason"].get<std::string>());
    EXPECT_EQ(decision.given_up[i].n, one["n"]);
    EXPECT_TRUE(stats::agrees(decision.given_up[i].mean, one["mean"]));
  }
}

TEST(Race, DecidesAsAnotherProgramWhateverTheOrderOfContenders) {
  const nlohmann::json recorded = stats::read_recorded("race_cases.json");
  ASSERT_GE(recorded["decisions"].size(), 17U);
  for (const auto& one : recorded["decisions"]) {
    SCOPED_TRACE(one["name"].get<std::string>());
    std::vector<std::size_t> given(one["living"].size());
    std::iota(given.begin(), given.end(), std::size_t{0});
    std::vector<std::size_t> backwards(given.rbegin(), given.rend());
    std::vector<std::size_t> turned = given;
    std::rotate(turned.begin(), turned.begin() + 1, turned.end());
    for (const auto& order : {given, backwards, turned}) {
      const RecordedRung read = recorded_rung(one, order);
      expect_recorded(decide_rung(read.rung, read.living, read.scores, read.settings),
                      one["expected"]);
    }
  }
}

TEST(Race, IsLedByTheFirstOfEquals) {
  const RungDecision decision = decide({{0.5, 0.5, 0.5}, {0.5, 0.75, 1}, {1, 0.75, 0.5}});
  EXPECT_THAT(decision.leader, Optional(1U));
}

TEST(Race, GivesUpAtOnceWhoIsBehindByTheSameEverywhere) {
  const RungDecision decision = decide({{0.75, 0.5, 1, 0.5, 0.75}, {0.5, 0.25, 0.75, 0.25, 0.5}});
  EXPECT_THAT(candidates_of(decision.going_on), ElementsAre(0));
  ASSERT_EQ(decision.given_up.size(), 1U);
  EXPECT_EQ(decision.given_up[0],
            (GivenUp{.candidate = 1, .reason = GivenUpBecause::hardly_best, .n = 5, .mean = 0.45}));
}

// 15 standard errors behind: enough for one of two, not for the last but one of two thousand.
TEST(Race, DividesTheRiskByAllThatEnteredAndNotByTheLiving) {
  const std::vector<Contender> living = {{.candidate = 0}, {.candidate = 1}};
  const Row scores = {0.80, 0.82, 0.78, 0.81, 0.79, 0.70, 0.70, 0.70, 0.70, 0.70};
  Rung rung{.splits = 5, .previous = 0, .all_splits = 50, .candidates = 2};
  EXPECT_THAT(candidates_of(decide_rung(rung, living, scores, {}).given_up), ElementsAre(1));
  rung.candidates = 2'000;
  EXPECT_THAT(decide_rung(rung, living, scores, {}).given_up, IsEmpty());
}

// Two candidates alike so far: that they differ by less than the indifference is known once the
// indifference itself, as the least spread of a difference, is averaged away.
TEST(Race, GivesUpATwinOnlyWhenEnoughSplitsAreAlike) {
  EXPECT_THAT(decide({Row(5, 0.75), Row(5, 0.75)}).given_up, IsEmpty());
  EXPECT_THAT(candidates_of(decide({Row(25, 0.75), Row(25, 0.75)}).given_up), ElementsAre(1));
}

TEST(Race, WithoutIndifferenceKeepsTwinsAndGivesUpWhoIsBehind) {
  RaceSettings settings;
  settings.indifference = 0;
  const RungDecision decision = decide({Row(5, 0.75), Row(5, 0.75), Row(5, 0.5)}, settings);
  EXPECT_THAT(candidates_of(decision.going_on), ElementsAre(0, 1));
}

TEST(Race, MarksTheLeaderThatGaveOthersUpAndNeverGivesItUp) {
  const std::vector<Row> rows = {Row(5, 0.5), Row(5, 0.75), Row(5, 0.25)};
  const RungDecision first = decide(rows);
  EXPECT_THAT(first.going_on, ElementsAre(Contender{.candidate = 1, .stays = true}));
  const RungDecision later = decide(rows, {}, 50, {2});
  EXPECT_THAT(later.going_on, ElementsAre(Contender{.candidate = 1, .stays = true},
                                          Contender{.candidate = 2, .stays = true}));
}

TEST(Race, MarksNobodyWhereNobodyWasGivenUp) {
  const RungDecision decision = decide({{0.5, 0.9}, {0.7, 0.6}});
  EXPECT_THAT(decision.going_on, ElementsAre(Contender{0, false}, Contender{1, false}));
}

TEST(Race, DropsPairsWithAnUndefinedScoreAndCountsThem) {
  const RungDecision decision = decide({{0.75, kUndefined, 0.7, 0.8, 0.75, 0.75},
                                        {0.25, 0.9, kUndefined, 0.3, 0.25, 0.25},
                                        {0.70, 0.9, 0.72, 0.79, 0.75, kUndefined}});
  EXPECT_THAT(decision.leader, Optional(0U));
  EXPECT_EQ(decision.dropped_pairs, 4U);
  ASSERT_EQ(candidates_of(decision.given_up), std::vector<std::size_t>{1});
  EXPECT_EQ(decision.given_up[0].n, 5U);
}

TEST(Race, LetsGoOnWhoHasFewerThanTwoPairs) {
  const RungDecision decision =
      decide({Row(5, 0.9), {0.1, kUndefined, kUndefined, kUndefined, kUndefined}});
  EXPECT_THAT(candidates_of(decision.going_on), ElementsAre(0, 1));
  EXPECT_EQ(decision.dropped_pairs, 4U);
}

TEST(Race, GivesUpWhoseFitsAllFailed) {
  const RungDecision decision = decide({Row(5, 0.9), Row(5, kUndefined)});
  ASSERT_EQ(decision.given_up.size(), 1U);
  EXPECT_EQ(decision.given_up[0], (GivenUp{.candidate = 1,
                                           .reason = GivenUpBecause::all_fits_failed,
                                           .n = 0,
                                           .mean = std::nullopt}));
  EXPECT_THAT(decision.going_on, ElementsAre(Contender{.candidate = 0, .stays = false}));
}

// A fit that failed on a hard split does not make its candidate the leader.
TEST(Race, IsLedByOneWithTheMostDefinedScores) {
  const RungDecision decision = decide({{0.9, 0.9, 0.2}, {0.91, 0.91, kUndefined}});
  EXPECT_THAT(decision.leader, Optional(0U));
}

TEST(Race, ComparesLeadersOnTheSplitsThatAllOfThemHave) {
  const RungDecision decision = decide({{0.5, 0.6, 0.9, kUndefined}, {0.6, 0.6, kUndefined, 0.2}});
  EXPECT_THAT(decision.leader, Optional(1U));
}

TEST(Race, OfNothingDefinedHasNoLeaderAndGoesOn) {
  const RungDecision decision = decide({Row(5, kUndefined), Row(5, kUndefined)});
  EXPECT_EQ(decision.leader, std::nullopt);
  EXPECT_THAT(candidates_of(decision.going_on), ElementsAre(0, 1));
  EXPECT_EQ(decision.dropped_pairs, 5U);
}

TEST(GreedyRace, KeepsTheBestThirdRoundedUp) {
  const RungDecision decision = decide({{0.5, 0.6}, {0.7, 0.7}, {0.9, 0.8}, {0.7, 0.7}}, greedy());
  EXPECT_THAT(decision.leader, Optional(2U));
  EXPECT_THAT(candidates_of(decision.going_on), ElementsAre(1, 2));
  ASSERT_EQ(decision.given_up.size(), 2U);
  EXPECT_EQ(decision.given_up[1].reason, GivenUpBecause::below_best_third);
  EXPECT_THAT(candidates_of(decide({{0.5}, {0.7}}, greedy()).going_on), ElementsAre(1));
}

TEST(GreedyRace, RanksOnCommonSplitsAndFailuresLast) {
  const RungDecision decision = decide(
      {{0.9, 0.9, 0.1}, {0.8, 0.8, kUndefined}, {0.85, 0.8, 0.1}, Row(3, kUndefined)}, greedy());
  EXPECT_THAT(candidates_of(decision.going_on), ElementsAre(0, 2));
  EXPECT_EQ(decision.given_up[1].reason, GivenUpBecause::all_fits_failed);
}

TEST(Race, TakesAnythingButARungBelowTheWholeForABug) {
  const auto expect_bug = [](const Rung& rung, const std::vector<Contender>& living,
                             const Row& scores) {
    try {
      (void)decide_rung(rung, living, scores, {});
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::internal);
    }
  };
  const Rung rung{.splits = 2, .previous = 0, .all_splits = 4, .candidates = 2};
  const std::vector<Contender> two = {{.candidate = 0}, {.candidate = 1}};
  const Row scores(4, 0.5);
  EXPECT_NO_THROW((void)decide_rung(rung, two, scores, {}));
  expect_bug({.splits = 2, .previous = 2, .all_splits = 4, .candidates = 2}, two, scores);
  expect_bug({.splits = 2, .previous = 0, .all_splits = 2, .candidates = 2}, two, scores);
  expect_bug({.splits = 2, .previous = 0, .all_splits = 4, .candidates = 1}, two, scores);
  expect_bug(rung, two, Row(3, 0.5));
  expect_bug(rung, {{.candidate = 1}, {.candidate = 1}}, scores);
  expect_bug(rung, {}, {});
  expect_bug(rung, two, Row(4, std::numeric_limits<double>::quiet_NaN()));
}

}  // namespace
}  // namespace crossfold::sweep
