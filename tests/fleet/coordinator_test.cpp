#include "crossfold/fleet/coordinator.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fleet/coordinator_words.h"

namespace crossfold::fleet {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Coordinator, HandsOutTheLongestFirstAndOneAhead) {
  Fleet fleet({item(0, 1), item(1, 5), item(2, 5), item(3, 2), item(4, 2), item(5, 1)}, 2);
  EXPECT_THAT(fleet.join(0), IsEmpty());  // not before all are there
  EXPECT_THAT(fleet.join(1),
              ElementsAre("0 <- item 1", "1 <- item 2", "0 <- item 3", "1 <- item 4"));
  EXPECT_THAT(fleet.result(1, 2, done("r2")), ElementsAre("record r2"));
  EXPECT_THAT(fleet.tell(RecordsDurable{1}), ElementsAre("1 <- item 0"));
}

TEST(Coordinator, PutsNothingAheadThatAnotherWorkerCouldStartSooner) {
  Fleet fleet({item(0, 10), item(1, 4), item(2, 4)}, 2);
  (void)fleet.join(0);
  // The even share is 9: item 2 waits for worker 1, not behind item 0.
  EXPECT_THAT(fleet.join(1), ElementsAre("0 <- item 0", "1 <- item 1", "1 <- item 2"));
}

TEST(Coordinator, KeepsTheLastItemsForWhoeverIsFreeFirst) {
  Fleet fleet({item(0, 1), item(1, 1), item(2, 1)}, 2);
  (void)fleet.join(0);
  EXPECT_THAT(fleet.join(1), ElementsAre("0 <- item 0", "1 <- item 1"));
  EXPECT_THAT(fleet.result(1, 1, done("r1")), ElementsAre("record r1", "1 <- item 2"));
}

TEST(Coordinator, EndsWhenAllIsSafeAndAllHaveLeft) {
  Fleet fleet({item(0, 1)}, 1);
  EXPECT_THAT(fleet.join(0), ElementsAre("0 <- item 0"));
  EXPECT_THAT(fleet.result(0, 0, done("r0")), ElementsAre("record r0", "dismiss 0"));
  EXPECT_EQ(fleet.coordinator.status().unsaved, 1U);
  EXPECT_EQ(fleet.coordinator.status().saved, 0U);
  (void)fleet.tell(WorkerLeft{Rank{0}});
  EXPECT_EQ(fleet.coordinator.end(), FleetEnd::running);
  (void)fleet.tell(RecordsDurable{1});
  EXPECT_EQ(fleet.coordinator.end(), FleetEnd::completed);
  EXPECT_EQ(fleet.coordinator.status().saved, 1U);
}

TEST(Coordinator, EndsAtOnceWithoutWork) {
  Fleet fleet({}, 2);
  (void)fleet.join(1);
  EXPECT_THAT(fleet.join(0), ElementsAre("dismiss 0", "dismiss 1"));
  (void)fleet.tell(WorkerLeft{Rank{0}});
  (void)fleet.tell(WorkerLeft{Rank{1}});
  EXPECT_EQ(fleet.coordinator.end(), FleetEnd::completed);
}

TEST(Coordinator, LeavesWorkersIdleWhenThereAreMoreThanItems) {
  Fleet fleet({item(0, 1)}, 3);
  (void)fleet.join(0);
  (void)fleet.join(1);
  EXPECT_THAT(fleet.join(2), ElementsAre("0 <- item 0"));
  EXPECT_THAT(fleet.result(0, 0, done("r0")),
              ElementsAre("record r0", "dismiss 0", "dismiss 1", "dismiss 2"));
}

TEST(Coordinator, TriesAFailureOnceMoreElsewhereThenRecordsIt) {
  Fleet fleet({item(0, 1)}, 2);
  (void)fleet.join(0);
  (void)fleet.join(1);
  EXPECT_THAT(fleet.result(0, 0, failed("fit 7", "nan")),
              ElementsAre("warn a piece of work failed on worker 0 on node-a and is tried once "
                          "more: nan",
                          "1 <- fit 7"));
  EXPECT_THAT(fleet.result(1, 1, failed("fit 7", "nan again")),
              ElementsAre("record fit 7 failed: nan again", "dismiss 0", "dismiss 1"));
  (void)fleet.tell(RecordsDurable{1});
  EXPECT_EQ(fleet.coordinator.status().given_up, 1U);
  EXPECT_EQ(fleet.coordinator.status().retries, 1U);
}

TEST(Coordinator, CountsAFailureAsGivenUpWhenItsOwnRecordIsSafe) {
  Fleet fleet({item(0, 1)}, 1);
  (void)fleet.join(0);
  Outcome outcome = failed("fit 2", "nan");
  outcome.results = "fit 1";
  (void)fleet.result(0, 0, std::move(outcome));
  (void)fleet.result(0, 1, failed("fit 2", "nan again"));
  (void)fleet.tell(RecordsDurable{1});
  EXPECT_EQ(fleet.coordinator.status().given_up, 0U) << "the first record is of fit 1";
  (void)fleet.tell(RecordsDurable{2});
  EXPECT_EQ(fleet.coordinator.status().given_up, 1U);
}

TEST(Coordinator, TriesAFailureOnTheSameWorkerWhenThereIsNoOther) {
  Fleet fleet({item(0, 1)}, 1);
  (void)fleet.join(0);
  EXPECT_THAT(fleet.result(0, 0, failed("fit 7", "nan")),
              ElementsAre("warn a piece of work failed on worker 0 on node-a and is tried once "
                          "more: nan",
                          "0 <- fit 7"));
  EXPECT_THAT(fleet.result(0, 1, done("r")), ElementsAre("record r", "dismiss 0"));
}

TEST(Coordinator, GivesAFailureBackToItsWorkerWhenTheOthersAreLost) {
  Fleet fleet({item(0, 2), item(1, 2)}, 2);
  (void)fleet.join(0);
  (void)fleet.join(1);
  (void)fleet.result(0, 0, failed("fit 7", "nan"));  // waits for worker 1
  EXPECT_THAT(fleet.tell(WorkerLost{Rank{1}, "silent"}),
              ElementsAre("warn worker 1 on node-a is lost (silent); items that go back: 1",
                          "0 <- item 1", "0 <- fit 7"));
}

TEST(Coordinator, KeepsTheResultsOfAPartlyFailedItem) {
  Fleet fleet({item(0, 1)}, 1);
  (void)fleet.join(0);
  Outcome outcome = failed("fit 2", "nan");
  outcome.results = "fit 1";
  EXPECT_THAT(fleet.result(0, 0, std::move(outcome)),
              ElementsAre("record fit 1",
                          "warn a piece of work failed on worker 0 on node-a and is tried once "
                          "more: nan",
                          "0 <- fit 2"));
}

TEST(Coordinator, GivesALostWorkersItemsToOthers) {
  Fleet fleet({item(0, 1), item(1, 1), item(2, 1), item(3, 1)}, 2);
  (void)fleet.join(0);
  (void)fleet.join(1);
  EXPECT_THAT(fleet.tell(WorkerLost{Rank{0}, "silent"}),
              ElementsAre("warn worker 0 on node-a is lost (silent); items that go back: 2"));
  EXPECT_THAT(fleet.result(1, 1, done("r1")), ElementsAre("record r1"));
  EXPECT_THAT(fleet.tell(RecordsDurable{1}), ElementsAre("1 <- item 0"));
  // Late words of the lost one change nothing.
  EXPECT_THAT(
      fleet.result(0, 0, done("late")),
      ElementsAre("warn worker 0 on node-a answered too late; its answer is dropped", "dismiss 0"));
  EXPECT_THAT(fleet.tell(WorkerLeft{Rank{0}}), IsEmpty());
  EXPECT_THAT(fleet.join(0), ElementsAre("dismiss 0"));
  EXPECT_EQ(fleet.coordinator.status().lost, 1U);
  EXPECT_TRUE(fleet.coordinator.workers()[0].lost);
}

TEST(Coordinator, LosesAWorkerOnlyOnce) {
  Fleet fleet({item(0, 1), item(1, 1)}, 2);
  (void)fleet.join(0);
  (void)fleet.join(1);
  (void)fleet.tell(WorkerLost{Rank{1}, "silent"});
  EXPECT_THAT(fleet.tell(WorkerLost{Rank{1}, "silent"}), IsEmpty()) << "it stays silent";
  EXPECT_EQ(fleet.coordinator.status().lost, 1U);
  EXPECT_EQ(fleet.coordinator.status().workers, 1U);
}

TEST(Coordinator, ASecondTryThatAWorkerIsLostOverStaysTheLast) {
  Fleet fleet({item(0, 1)}, 3);
  for (std::uint32_t worker : {0U, 1U, 2U}) (void)fleet.join(worker);
  (void)fleet.result(0, 0, failed("fit 7", "nan"));  // worker 1 has it now
  EXPECT_THAT(
      fleet.tell(WorkerLost{Rank{1}, "killed"}),
      ElementsAre("warn worker 1 on node-a is lost (killed); items that go back: 1", "2 <- fit 7"))
      << "it failed on worker 0";
  EXPECT_THAT(fleet.result(2, 1, failed("fit 7", "nan again")),
              ElementsAre("record fit 7 failed: nan again", "dismiss 0", "dismiss 2"));
}

TEST(Coordinator, GivesUpTheItemThatCostTooManyWorkersButNotTheOneBehindIt) {
  Fleet fleet({item(0, 1), item(1, 1), item(2, 1), item(3, 1), item(4, 1), item(5, 1)}, 3,
              {.lost_workers = 2});
  for (std::uint32_t worker : {0U, 1U, 2U}) (void)fleet.join(worker);
  // Worker 0 holds items 0 and 3, worker 1 items 1 and 4, worker 2 items 2 and 5.
  (void)fleet.tell(WorkerLost{Rank{0}, "killed"});
  EXPECT_THAT(fleet.result(1, 1, done("r1")), ElementsAre("record r1"));
  EXPECT_THAT(fleet.tell(RecordsDurable{1}), ElementsAre("1 <- item 0"));
  EXPECT_THAT(fleet.result(1, 4, done("r4")), ElementsAre("record r4"));
  EXPECT_THAT(fleet.tell(RecordsDurable{2}), ElementsAre("1 <- item 3"));
  EXPECT_THAT(fleet.tell(WorkerLost{Rank{1}, "killed"}),
              ElementsAre("warn worker 1 on node-a is lost (killed); items that go back: 2",
                          "record item 0 failed: 2 workers were lost while they worked on this (it "
                          "may need more memory than a worker has)"));
  EXPECT_THAT(fleet.result(2, 2, done("r2")), ElementsAre("record r2"));
  EXPECT_THAT(fleet.tell(RecordsDurable{4}), ElementsAre("2 <- item 3"));
}

/// The result of the first is on its way while the second is trained.
TEST(Coordinator, GivesUpTheItemThatAWorkerHadStartedWith) {
  Fleet fleet({item(0, 2), item(1, 1)}, 1, {.lost_workers = 1});
  (void)fleet.join(0);  // holds both
  (void)fleet.tell(WorkStarted{Rank{0}, ItemId{0}});
  (void)fleet.tell(WorkStarted{Rank{0}, ItemId{1}});
  EXPECT_THAT(fleet.tell(WorkerLost{Rank{0}, "killed"}),
              ElementsAre("warn worker 0 on node-a is lost (killed); items that go back: 2",
                          "record item 1 failed: 1 workers were lost while they worked on this (it "
                          "may need more memory than a worker has)"));
}

TEST(Coordinator, SuspectsNoItemOfHavingCostAWorkerThatLeftByItself) {
  Fleet fleet({item(0, 1)}, 3, {.lost_workers = 2});
  for (std::uint32_t worker : {0U, 1U, 2U}) (void)fleet.join(worker);
  const auto full = [](std::uint32_t worker) {
    return WorkerLost{Rank{worker}, "no space left", ErrorCode::io, true};
  };
  EXPECT_THAT(fleet.tell(full(0)),
              ElementsAre("warn worker 0 on node-a is lost (no space left); items that go back: 1",
                          "1 <- item 0"));
  EXPECT_THAT(fleet.tell(full(1)),
              ElementsAre("warn worker 1 on node-a is lost (no space left); items that go back: 1",
                          "2 <- item 0"));
}

TEST(Coordinator, TwoLostWorkersCostNoItem) {
  Fleet fleet({item(0, 1)}, 3);
  for (std::uint32_t worker : {0U, 1U, 2U}) (void)fleet.join(worker);
  EXPECT_THAT(fleet.tell(WorkerLost{Rank{0}, "killed"}),
              ElementsAre("warn worker 0 on node-a is lost (killed); items that go back: 1",
                          "1 <- item 0"));
  EXPECT_THAT(fleet.tell(WorkerLost{Rank{1}, "killed"}),
              ElementsAre("warn worker 1 on node-a is lost (killed); items that go back: 1",
                          "2 <- item 0"));
}

TEST(Coordinator, SaysWhenAHostIsLostWithAllItsWorkers) {
  Fleet fleet({item(0, 1)}, 3);
  (void)fleet.join(0);
  (void)fleet.join(1, {"build 1", "plan 1", "node-b", "cpu"});
  (void)fleet.join(2, {"build 1", "plan 1", "node-b", "cpu"});
  EXPECT_THAT(fleet.tell(WorkerLost{Rank{1}, "silent"}),
              ElementsAre("warn worker 1 on node-b is lost (silent); items that go back: 0"));
  EXPECT_THAT(fleet.tell(WorkerLost{Rank{2}, "silent"}),
              ElementsAre("warn worker 2 on node-b is lost (silent); items that go back: 0",
                          "warn all 2 workers on node-b are lost (the host may be down or cut "
                          "off)"));
}

/// What is said of a host is true of all of its workers, and of no run that has no other host.
TEST(Coordinator, CallsNoHostLostThatMayBeThere) {
  const auto lose = [](Fleet& fleet, std::uint32_t worker, bool left_by_itself) {
    return fleet.tell(WorkerLost{Rank{worker}, "gone", ErrorCode::io, left_by_itself});
  };
  const auto is_lost = [](std::uint32_t worker, const std::string& host) {
    return "warn worker " + std::to_string(worker) + " on node-" + host +
           " is lost (gone); items that go back: 0";
  };
  const Hello node_b{"build 1", "plan 1", "node-b", "cpu"};
  for (const std::uint32_t which_left : {1U, 2U}) {
    SCOPED_TRACE(which_left);
    Fleet fleet({item(0, 1)}, 4);
    (void)fleet.join(0);
    for (const std::uint32_t worker : {1U, 2U}) (void)fleet.join(worker, node_b);
    (void)fleet.join(3, {"build 1", "plan 1", "node-c", "cpu"});
    for (const std::uint32_t worker : {1U, 2U})
      EXPECT_THAT(lose(fleet, worker, worker == which_left), ElementsAre(is_lost(worker, "b")))
          << "a worker that says that its disk is full speaks from a host that is there";
    EXPECT_THAT(lose(fleet, 3, false), ElementsAre(is_lost(3, "c"))) << "one worker is no host";
  }
  Fleet alone({item(0, 1)}, 3);
  for (const std::uint32_t worker : {0U, 1U, 2U}) (void)alone.join(worker);
  for (const std::uint32_t worker : {2U, 1U})
    EXPECT_THAT(lose(alone, worker, false), ElementsAre(is_lost(worker, "a")));
  EXPECT_THAT(lose(alone, 0, false),
              ElementsAre("warn worker 0 on node-a is lost (gone); items that go back: 1"))
      << "the coordinator is on it too";
}

/// Of each worker: what it has done, holds and works on, of which kind, and how long by now.
TEST(Coordinator, ReportsWhatEachWorkerHasDoneAndHolds) {
  std::vector<WorkItem> items{item(0, 4), item(1, 3), item(2, 2)};
  for (WorkItem& one : items) one.kind = 7 + static_cast<std::uint32_t>(one.id.value);
  Fleet fleet(std::move(items), 2);
  const auto expect_report = [&](std::size_t worker, std::size_t items_done, std::size_t held,
                                 double busy_s) {
    const WorkerReport report = fleet.coordinator.workers().at(worker);
    EXPECT_EQ(report.worker.value, worker);
    EXPECT_EQ(report.items, items_done);
    EXPECT_EQ(report.held, held);
    EXPECT_DOUBLE_EQ(report.busy_s, busy_s);
    EXPECT_FALSE(report.lost);
    EXPECT_EQ(report.at_hand.has_value(), held > 0);
  };
  const auto expect_at_hand = [&](std::size_t worker, std::uint32_t kind, double cost,
                                  double since_s) {
    const std::optional<ItemAtHand> at_hand = fleet.coordinator.workers().at(worker).at_hand;
    ASSERT_TRUE(at_hand.has_value());
    EXPECT_EQ(at_hand->kind, kind);
    EXPECT_DOUBLE_EQ(at_hand->cost, cost);
    EXPECT_DOUBLE_EQ(at_hand->since_s, since_s);
  };
  (void)fleet.tell(TimePassed{100});
  (void)fleet.join(0);
  EXPECT_THAT(fleet.join(1, {"build 1", "plan 1", "node-b", "cuda:0"}),
              ElementsAre("0 <- item 0", "1 <- item 1"));
  EXPECT_EQ(fleet.coordinator.workers().at(1).hello.host, "node-b");
  EXPECT_EQ(fleet.coordinator.workers().at(1).hello.device, "cuda:0");
  (void)fleet.tell(TimePassed{106});
  expect_report(0, 0, 1, 6);
  expect_at_hand(0, 7, 4, 6);
  expect_report(1, 0, 1, 6);
  expect_at_hand(1, 8, 3, 6);

  (void)fleet.tell(TimePassed{110});
  (void)fleet.result(0, 0, failed("part", "nan"));  // to be tried by the other, when it is free
  (void)fleet.tell(TimePassed{112});
  EXPECT_THAT(fleet.result(1, 1, done("r1")), ElementsAre("record r1", "1 <- part"));
  (void)fleet.tell(TimePassed{115});
  expect_report(0, 1, 1, 15);
  expect_at_hand(0, 9, 2, 5);
  expect_report(1, 1, 1, 15);
  expect_at_hand(1, 7, 1, 3);  // of the kind of what has failed

  (void)fleet.tell(TimePassed{120});
  Outcome some = done("r2");
  some.left.push_back({.bytes = "rest", .cost = 2.5});
  EXPECT_THAT(fleet.result(0, 2, std::move(some)), ElementsAre("record r2", "0 <- rest"));
  (void)fleet.tell(TimePassed{125});
  (void)fleet.result(1, 3, done("part"));
  (void)fleet.tell(TimePassed{130});
  expect_report(0, 2, 1, 30);
  expect_at_hand(0, 9, 2.5, 10);
  expect_report(1, 2, 0, 25);  // idle since
}

TEST(Coordinator, EndsWhenNoWorkerIsLeft) {
  Fleet fleet({item(0, 1)}, 1);
  (void)fleet.join(0);
  (void)fleet.tell(WorkerLost{Rank{0}, "silent"});
  EXPECT_EQ(fleet.coordinator.end(), FleetEnd::no_workers);
  EXPECT_EQ(fleet.coordinator.last_loss()->reason, "silent");
  Fleet none({item(0, 1)}, 0);
  EXPECT_EQ(none.coordinator.end(), FleetEnd::no_workers);
}

TEST(Coordinator, RefusesAnotherBuildOrPlanBeforeAnyWork) {
  Fleet fleet({item(0, 1)}, 3);
  EXPECT_THAT(fleet.join(1, {"build 2", "plan 1", "node-b", "cpu"}),
              ElementsAre("refuse 1: runs 'build 2', but the coordinator on node-a runs 'build 1' "
                          "(another build can give other numbers). start the same build on all "
                          "nodes"));
  EXPECT_THAT(fleet.join(2, {"build 1", "plan 2", "node-c", "cpu"}),
              ElementsAre("refuse 2: has the plan plan 2, but the coordinator on node-a has the "
                          "plan plan 1 (they would not do the same work). let all nodes see the "
                          "same job file and the same store"));
  EXPECT_THAT(fleet.join(0), ElementsAre("dismiss 0"));
  for (std::uint32_t worker : {0U, 1U, 2U}) (void)fleet.tell(WorkerLeft{Rank{worker}});
  EXPECT_EQ(fleet.coordinator.end(), FleetEnd::refused);
  EXPECT_EQ(fleet.coordinator.refusals().lines().size(), 2U);
}

TEST(Coordinator, GoesOnWithoutWorkersThatDoNotJoinInTime) {
  Fleet fleet({item(0, 1)}, 2);
  (void)fleet.join(0);
  EXPECT_THAT(fleet.tell(TimePassed{1000}), IsEmpty());  // the clock may start anywhere
  EXPECT_THAT(fleet.tell(TimePassed{1119}), IsEmpty());
  EXPECT_THAT(
      fleet.tell(TimePassed{1120}),
      ElementsAre("warn worker 1 is lost (not heard of within 120 s); items that go back: 0",
                  "0 <- item 0"));
  EXPECT_THAT(fleet.tell(TimePassed{2000}), IsEmpty());
}

TEST(Coordinator, LosesAtOnceAllThatDoNotJoinInTime) {
  Fleet fleet({item(0, 1)}, 3);
  (void)fleet.join(1);
  (void)fleet.tell(TimePassed{0});
  EXPECT_THAT(
      fleet.tell(TimePassed{120}),
      ElementsAre("warn worker 0 is lost (not heard of within 120 s); items that go back: 0",
                  "warn worker 2 is lost (not heard of within 120 s); items that go back: 0",
                  "1 <- item 0"));
}

TEST(Coordinator, GivesNoNewWorkToWhomTheDiskDoesNotKeepUpWith) {
  std::vector<WorkItem> items;
  for (std::uint64_t id = 0; id < 10; ++id) items.push_back(item(id, 1));
  Fleet fleet(std::move(items), 2);
  (void)fleet.join(0);
  (void)fleet.join(1);  // worker 0 holds items 0 and 2, worker 1 items 1 and 3
  EXPECT_THAT(fleet.result(0, 0, done("r0")), ElementsAre("record r0"));
  EXPECT_THAT(fleet.result(0, 2, done("r2")), ElementsAre("record r2"));
  EXPECT_EQ(fleet.coordinator.status().waiting, 6U);
  // Of the other worker one record waits, and one item is at hand.
  EXPECT_THAT(fleet.result(1, 1, done("r1")), ElementsAre("record r1"));
  EXPECT_THAT(fleet.tell(RecordsDurable{1}), ElementsAre("0 <- item 4"));
  EXPECT_THAT(fleet.tell(RecordsDurable{3}), ElementsAre("0 <- item 5", "1 <- item 6"));
}

}  // namespace
}  // namespace crossfold::fleet
