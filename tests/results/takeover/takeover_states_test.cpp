// Whatever state a directory was left in, whoever takes its fits up finds the same: each fit that
// succeeded there, with its own numbers, artefacts and origin, and nothing else.

#include <algorithm>
#include <filesystem>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/results/warm_start.h"

#include "results/takeover/left_directory.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using testing::Holders;
using ::testing::IsEmpty;
using testing::kAlpha;
using testing::kBeta;
using testing::kFits;
using testing::kLeft;
using testing::kOwn;
using testing::Left;
using testing::Session;

class TakeoverStates : public testing::Takeover, public ::testing::WithParamInterface<std::size_t> {
 protected:
  [[nodiscard]] static const Left& left() { return kLeft.at(GetParam()); }
};

/// One shard was left so, the other has all of its fits; which is which does not matter.
TEST_P(TakeoverStates, AMergeTakesWhatEachShardHas) {
  for (const auto& [number, has_own] : {std::pair(1U, false), std::pair(2U, true)}) {
    SCOPED_TRACE(fmt::format("shard {}, {}", number, has_own));
    const testing::SmallRun run;
    const ShardNumber shard{.index = number, .of = 3};
    const ShardNumber beside{.index = 3 - number, .of = 3};
    leave(shard_directory(run.path(), shard), left(), kFits, kBeta, shard);
    leave(shard_directory(run.path(), beside), kLeft.front(), 0, kAlpha, beside);
    if (has_own) train(run.path(), {0, kFits + 1}, kOwn);

    Holders expected = holders_of(left(), kFits, kBeta);
    expected.merge(holders_of(kLeft.front(), 0, kAlpha));
    std::size_t to_take = expected.size();
    if (has_own) {
      to_take -= 1 + expected.count(kFits + 1);
      expected[0] = expected[kFits + 1] = kOwn;
    }
    RunDirectory into = open(run.path());
    const MergeReport report = ShardMerge(run.path(), job_, plan_).take_into(into);
    EXPECT_EQ(report.of, 3U);
    EXPECT_EQ(report.taken, to_take);
    EXPECT_EQ(report.absent, (std::vector<ShardNumber>{{.index = 3, .of = 3}}));
    const std::string says = left().as_shard;
    if (says.empty())
      EXPECT_THAT(report.unfinished, IsEmpty());
    else
      EXPECT_THAT(report.unfinished, ::testing::ElementsAre(name_of(shard) + says));
    EXPECT_EQ(into.done(), ids_of(expected));
    expect_holds(run.path(), expected);
    const std::string journal = test::bytes_of(run.journal());
    EXPECT_EQ(ShardMerge(run.path(), job_, plan_).take_into(into).taken, 0U);
    EXPECT_EQ(test::bytes_of(run.journal()), journal) << "nothing is taken twice";
  }
}

TEST_P(TakeoverStates, AWarmStartTakesWhatTheOtherRunHasDone) {
  leave(other_.path(), left(), 0, kBeta);
  train(run_.path(), {1, 9}, kOwn);
  const std::vector<std::size_t> done = left().done();
  Holders expected{{1, kOwn}, {9, kOwn}};
  std::vector<FitId> shared;
  for (const std::size_t fit : done) {
    expected.emplace(fit, kBeta);
    shared.push_back(plan_.fits[fit].id);
  }
  WarmStart warm(other_.path(), job_, plan_, testing::small_samples().id);
  for (int look = 0; look < 2; ++look) {  // who looks again finds nothing new
    EXPECT_EQ(warm.shared().wanted, distinct_fits(plan_));
    EXPECT_THAT(warm.shared().to_take, ::testing::UnorderedElementsAreArray(shared));
    EXPECT_EQ(warm.shared().lacking, 0U);
    EXPECT_EQ(warm.shared().others, 0U);
    EXPECT_THAT(warm.shared().differences, IsEmpty());
    EXPECT_EQ(warm.shared().state, left().as_warm_start);
    warm.look_again();
  }
  RunDirectory into = open(run_.path());
  const std::size_t sessions = read_history(RunLayout{run_.path()}).sessions.size();
  std::unordered_set<FitId> taken;
  for (const FitResult& result : warm.take_into(into, "/data/small.h5")) taken.insert(result.id);
  std::unordered_set<FitId> fresh(shared.begin(), shared.end());
  fresh.erase(plan_.fits[1].id);
  EXPECT_EQ(taken, fresh);
  EXPECT_EQ(into.done(), ids_of(expected));
  expect_holds(run_.path(), expected);

  const RunHistory history = read_history(RunLayout{run_.path()});
  EXPECT_EQ(history.sessions.size(), sessions + (fresh.empty() ? 0 : 2));
  if (!fresh.empty()) {
    EXPECT_EQ(history.sessions.at(sessions).facts.at("launch"), "warm-start");
    EXPECT_EQ(history.sessions.at(sessions).facts.at("store"), "/data/small.h5");
    EXPECT_EQ(history.sessions.back().facts.at("outcome"), "stopped") << "more is to be trained";
    EXPECT_EQ(history.sessions.back().facts.at("trained"), 0);
  }
  for (const auto& [id, fit] : history.fits)
    EXPECT_EQ(fit.taken_from.has_value(), fresh.contains(id));
  EXPECT_THAT(warm.take_into(into, "/data/small.h5"), IsEmpty());
}

TEST_P(TakeoverStates, AMergeTakesWhatAShardTookOver) {
  const ShardNumber shard{.index = 2, .of = 2};
  const fs::path directory = shard_directory(run_.path(), shard);
  leave(directory, left(), kFits, kBeta, shard);
  train(other_.path(), {kFits, kFits + 1, kFits + 2, kFits + 3}, kAlpha);
  {
    RunDirectory into = open(directory);
    static_cast<void>(WarmStart(other_.path(), job_, plan_, testing::small_samples().id)
                          .take_into(into, "small.h5"));
  }
  Holders expected;
  for (std::size_t fit = 0; fit < kFits; ++fit)
    expected[kFits + fit] = left().has_done(fit) ? kBeta : kAlpha;
  RunDirectory into = open(run_.path());
  EXPECT_EQ(ShardMerge(run_.path(), job_, plan_).take_into(into).taken, kFits);
  expect_holds(run_.path(), expected);
  for (const auto& [id, fit] : read_history(RunLayout{run_.path()}).fits)
    EXPECT_EQ(fit.taken_from.has_value(), fit.host == kAlpha.host);
}

TEST_P(TakeoverStates, TheRunItselfGoesOn) {
  leave(run_.path(), left(), 0, kBeta);
  const Holders before = holders_of(left(), 0, kBeta);
  expect_holds(run_.path(), before);
  const RunStatus status = read_status(run_.path(), 0);
  EXPECT_EQ(status.state, left().state);
  EXPECT_EQ(status.done, left().done().size());
  EXPECT_EQ(status.failed, before.size() - left().done().size());
  EXPECT_EQ(status.sessions.size(), left().sessions.size());
  EXPECT_EQ(status.restarts(), std::max<std::size_t>(1, left().sessions.size()) - 1);
  const bool is_torn =
      !left().sessions.empty() && left().sessions.back().end == Session::End::killed;
  Holders after;
  {
    RunDirectory directory = open(run_.path());
    EXPECT_EQ(directory.done(), ids_of(before));
    EXPECT_EQ(directory.notes().size(), is_torn ? 1U : 0U);
    for (std::size_t fit = 0; fit < kFits; ++fit) {
      after[fit] = left().has_done(fit) ? kBeta : kOwn;
      if (!left().has_done(fit)) testing::record(directory, result_of(fit), kOwn);
    }
    directory.flush();
  }
  expect_holds(run_.path(), after);
}

/// The line of one fit and the artefacts of another are lost; the rest is as it was.
TEST_P(TakeoverStates, ARepairTrainsAgainWhatIsLostAndKeepsTheRest) {
  const std::vector<std::size_t> done = left().done();
  for (const auto& [loses_line, loses_artefacts] :
       {std::pair(true, false), std::pair(false, true), std::pair(true, true)}) {
    SCOPED_TRACE(fmt::format("line {}, artefacts {}", loses_line, loses_artefacts));
    const testing::SmallRun run;
    leave(run.path(), left(), 0, kBeta);
    Holders kept = holders_of(left(), 0, kBeta);
    if (loses_artefacts && !done.empty()) {
      fs::remove(run.artefacts(plan_.fits[done.back()].id));
      kept.erase(done.back());
    }
    if (loses_line && !done.empty()) {
      std::string journal = test::bytes_of(run.journal());
      const std::string line = fmt::format("\"fit\":\"{}\"", plan_.fits[done.front()].id.hex());
      journal[journal.find("\"n\":", journal.find(line)) + 1] ^= 1;
      test::write_bytes(run.journal(), journal);
      kept.erase(done.front());
    }
    {
      RunDirectory directory =
          open(run.path(), {.salvage = loses_line, .retrain_missing = loses_artefacts});
      EXPECT_EQ(directory.done(), ids_of(kept));
      for (std::size_t fit = 0; fit < kFits; ++fit) {
        if (directory.done().contains(plan_.fits[fit].id)) continue;
        testing::record(directory, result_of(fit), kOwn);
        kept[fit] = kOwn;
      }
      directory.flush();
    }
    expect_holds(run.path(), kept);
    EXPECT_THAT(open(run.path(), {.salvage = true, .retrain_missing = true}).notes(), IsEmpty())
        << "all is well again";
  }
}

std::string name_of_state(const ::testing::TestParamInfo<std::size_t>& info) {
  std::string name = kLeft.at(info.param).name;
  std::erase_if(name, [](char c) { return c == ',' || c == ' '; });
  return name;
}

INSTANTIATE_TEST_SUITE_P(Left, TakeoverStates, ::testing::Range<std::size_t>(0, kLeft.size()),
                         name_of_state);

}  // namespace
}  // namespace crossfold
