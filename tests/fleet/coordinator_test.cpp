#include "crossfold/fleet/coordinator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fleet/fakes.h"

namespace crossfold::fleet {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Hello own_hello{"build 1", "plan 1", "node-a", "cpu"};

WorkItem item(std::uint64_t id, double cost) {
  return {ItemId{id}, cost, "item " + std::to_string(id)};
}

Outcome done(const std::string& results) { return {.results = results, .failures = {}}; }

Outcome failed(const std::string& bytes, const std::string& error) {
  return {.results = {}, .failures = {{bytes, 1, error}}};
}

/// What was asked for, in words.
std::string in_words(const Action& action) {
  struct Words {
    std::string operator()(const SendWork& a) const {
      return std::to_string(a.worker.value) + " <- " + a.item.bytes;
    }
    std::string operator()(const DismissWorker& a) const {
      return "dismiss " + std::to_string(a.worker.value);
    }
    std::string operator()(const CancelWork& a) const {
      return "cancel " + std::to_string(a.worker.value);
    }
    std::string operator()(const RefuseWorker& a) const {
      return "refuse " + std::to_string(a.worker.value) + ": " + a.reason;
    }
    std::string operator()(const SubmitRecord& a) const {
      return "record " + a.record.bytes + (a.record.error ? " failed: " + *a.record.error : "");
    }
    std::string operator()(const AskForWork&) const { return "ask"; }
    std::string operator()(const Warn& a) const { return "warn " + a.message; }
  };
  return std::visit(Words{}, action);
}

struct Fleet {
  Coordinator coordinator;

  ListSource source;

  Fleet(std::vector<WorkItem> items, std::uint32_t workers, CoordinatorLimits limits = {})
      : coordinator(own_hello, Rank{0}, workers, limits), source(std::move(items)) {}

  /// The source is asked when the coordinator asks, as by fleet.cpp.
  std::vector<std::string> tell(Event event) {
    std::vector<std::string> words;
    bool asked = false;
    for (const Action& action : coordinator.handle(std::move(event)))
      if (std::holds_alternative<AskForWork>(action))
        asked = true;
      else
        words.push_back(in_words(action));
    if (asked)
      for (std::string& word : tell(WorkSupplied{source.next()})) words.push_back(std::move(word));
    return words;
  }
  std::vector<std::string> join(std::uint32_t worker, Hello hello = own_hello) {
    return tell(WorkerJoined{Rank{worker}, std::move(hello)});
  }
  std::vector<std::string> result(std::uint32_t worker, std::uint64_t id, Outcome outcome) {
    return tell(ResultArrived{Rank{worker}, ItemId{id}, std::move(outcome)});
  }
};

/// A source that gives what the test says.
struct Script final : WorkSource {
  std::vector<SuppliedWork> parts;
  std::size_t asked = 0;
  SuppliedWork next() override { return parts.at(asked++); }
};

/// A coordinator beside it.
struct ScriptedFleet {
  Script source;
  Coordinator coordinator;

  ScriptedFleet(std::vector<SuppliedWork> parts, std::uint32_t workers,
                CoordinatorLimits limits = {})
      : coordinator(own_hello, Rank{0}, workers, limits) {
    source.parts = std::move(parts);
  }
  std::vector<std::string> tell(Event event) {
    std::vector<std::string> words;
    for (const Action& action : coordinator.handle(std::move(event))) {
      words.push_back(in_words(action));
      if (!std::holds_alternative<AskForWork>(action)) continue;
      for (std::string& word : tell(WorkSupplied{source.next()})) words.push_back(std::move(word));
    }
    return words;
  }
};

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

TEST(Coordinator, AsksForMoreWhenLittleWaits) {
  std::vector<SuppliedWork> parts;
  for (int part = 0; part < 3; ++part) {
    SuppliedWork work{.items = {}, .then = part < 2 ? Supply::open : Supply::complete};
    for (int i = 0; i < 8; ++i) work.items.push_back(item(0, 1));
    parts.push_back(std::move(work));
  }
  ScriptedFleet fleet(std::move(parts), 1);
  (void)fleet.tell(WorkerJoined{Rank{0}, own_hello});
  EXPECT_EQ(fleet.source.asked, 2U) << "of eight six wait behind one worker, then fourteen";
  for (std::uint64_t id = 0; id < 24; ++id) {
    (void)fleet.tell(ResultArrived{Rank{0}, ItemId{id}, done("r")});
    (void)fleet.tell(RecordsDurable{id + 1});
    EXPECT_EQ(fleet.source.asked, id < 6 ? 2U : 3U) << id;
  }
  (void)fleet.tell(WorkerLeft{Rank{0}});
  EXPECT_EQ(fleet.coordinator.end(), FleetEnd::completed);
}

TEST(Coordinator, AsksAgainWhenResultsAreSafeOnWhichWorkHangs) {
  ScriptedFleet fleet({{.items = {item(0, 1)}, .then = Supply::waiting},
                       {.items = {item(7, 1)}, .then = Supply::complete}},
                      1);
  EXPECT_THAT(fleet.tell(WorkerJoined{Rank{0}, own_hello}), ElementsAre("ask", "0 <- item 0"));
  EXPECT_THAT(fleet.tell(ResultArrived{Rank{0}, ItemId{0}, done("r0")}), ElementsAre("record r0"));
  EXPECT_THAT(fleet.tell(TimePassed{1}), IsEmpty());
  EXPECT_THAT(fleet.tell(RecordsDurable{1}), ElementsAre("ask", "0 <- item 7"));
  EXPECT_THAT(fleet.tell(ResultArrived{Rank{0}, ItemId{1}, done("r7")}),
              ElementsAre("record r7", "dismiss 0"))
      << "ids are the coordinator's";
}

TEST(Coordinator, EndsWhereWorkHangsOnResultsThatNobodyMakes) {
  ScriptedFleet fleet({{.items = {}, .then = Supply::waiting}}, 1);
  EXPECT_THAT(fleet.tell(WorkerJoined{Rank{0}, own_hello}), ElementsAre("ask", "dismiss 0"));
  (void)fleet.tell(WorkerLeft{Rank{0}});
  EXPECT_EQ(fleet.coordinator.end(), FleetEnd::stalled);
}

TEST(Coordinator, StoppedWithWorkThatWasNotSuppliedIsNotCompleted) {
  ScriptedFleet fleet({{.items = {item(0, 1)}, .then = Supply::waiting}}, 1);
  (void)fleet.tell(WorkerJoined{Rank{0}, own_hello});
  (void)fleet.tell(StopRequested{});
  (void)fleet.tell(ResultArrived{Rank{0}, ItemId{0}, done("r0")});
  (void)fleet.tell(WorkerLeft{Rank{0}});
  (void)fleet.tell(RecordsDurable{1});
  EXPECT_EQ(fleet.coordinator.end(), FleetEnd::stopped);
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
TEST(Coordinator, GivesUpTheItemThatAWorkerHadBegunWith) {
  Fleet fleet({item(0, 2), item(1, 1)}, 1, {.lost_workers = 1});
  (void)fleet.join(0);  // holds both
  (void)fleet.tell(WorkBegun{Rank{0}, ItemId{0}});
  (void)fleet.tell(WorkBegun{Rank{0}, ItemId{1}});
  EXPECT_THAT(fleet.tell(WorkerLost{Rank{0}, "killed"}),
              ElementsAre("warn worker 0 on node-a is lost (killed); items that go back: 2",
                          "record item 1 failed: 1 workers were lost while they worked on this (it "
                          "may need more memory than a worker has)"));
}

TEST(Coordinator, AsksForCheaperWorkBeforeItCallsTheTimeTooShort) {
  std::vector<SuppliedWork> parts(2);
  for (int i = 0; i < 20; ++i) parts[0].items.push_back(item(0, 100));
  parts[0].then = Supply::open;
  for (int i = 0; i < 4; ++i) parts[1].items.push_back(item(7, 1));
  ScriptedFleet fleet(std::move(parts), 1, {.stop_within_s = 20, .time_limit_s = 300});
  (void)fleet.tell(TimePassed{0});
  (void)fleet.tell(WorkerJoined{Rank{0}, own_hello});
  (void)fleet.tell(TimePassed{100});  // so long takes one, and behind the next none ends by 280
  (void)fleet.tell(ResultArrived{Rank{0}, ItemId{0}, done("r")});
  EXPECT_THAT(fleet.tell(RecordsDurable{1}), ElementsAre("ask", "0 <- item 7"));
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

TEST(Coordinator, StoppedKeepsWhatIsInFlightAndHandsOutNothingMore) {
  Fleet fleet({item(0, 1), item(1, 1), item(2, 1)}, 1);
  (void)fleet.join(0);
  EXPECT_THAT(fleet.tell(StopRequested{}), ElementsAre("dismiss 0"));
  EXPECT_THAT(fleet.tell(StopRequested{}), IsEmpty());
  EXPECT_THAT(fleet.result(0, 0, done("r0")), ElementsAre("record r0"));
  (void)fleet.tell(WorkerLeft{Rank{0}});  // dropped item 1
  (void)fleet.tell(RecordsDurable{1});
  EXPECT_EQ(fleet.coordinator.end(), FleetEnd::stopped);
  EXPECT_EQ(fleet.coordinator.status().waiting, 2U);
}

TEST(Coordinator, AFailureAfterTheStopIsLeftForTheNextRun) {
  Fleet fleet({item(0, 1)}, 1);
  (void)fleet.join(0);
  (void)fleet.tell(StopRequested{});
  (void)fleet.result(0, 0, failed("fit 7", "nan"));
  (void)fleet.tell(WorkerLeft{Rank{0}});
  EXPECT_EQ(fleet.coordinator.end(), FleetEnd::stopped);
}

TEST(Coordinator, StoppedTooLateIsCompleted) {
  Fleet fleet({item(0, 1)}, 1);
  (void)fleet.join(0);
  (void)fleet.tell(StopRequested{});
  (void)fleet.result(0, 0, done("r0"));
  (void)fleet.tell(WorkerLeft{Rank{0}});
  (void)fleet.tell(RecordsDurable{1});
  EXPECT_EQ(fleet.coordinator.end(), FleetEnd::completed);
}

TEST(Coordinator, CancelsWhatIsStillAtHandWhenTheTimeToStopIsNearlyOver) {
  Fleet fleet({item(0, 1), item(1, 1), item(2, 1), item(3, 1)}, 2, {.stop_within_s = 20});
  (void)fleet.join(0);
  (void)fleet.join(1);
  (void)fleet.tell(TimePassed{100});
  (void)fleet.tell(StopRequested{});
  EXPECT_THAT(fleet.result(1, 1, done("r1")), ElementsAre("record r1"));
  (void)fleet.tell(WorkerLeft{Rank{1}});
  EXPECT_THAT(fleet.tell(TimePassed{114.9}), IsEmpty());
  EXPECT_THAT(fleet.tell(TimePassed{115}), ElementsAre("cancel 0"));
  EXPECT_THAT(fleet.tell(TimePassed{116}), IsEmpty());
  // Of item 0 one fit was done; the other, and what was ahead, is left.
  EXPECT_THAT(fleet.result(0, 0, {.results = "fit 1", .failures = {}, .left = {{"fit 2", 1}}}),
              ElementsAre("record fit 1"));
  (void)fleet.tell(WorkerLeft{Rank{0}});
  (void)fleet.tell(RecordsDurable{2});
  EXPECT_EQ(fleet.coordinator.end(), FleetEnd::stopped);
  EXPECT_EQ(fleet.coordinator.status().waiting, 3U);
}

TEST(Coordinator, RecordsNothingOfAnItemThatWasCancelledAtOnce) {
  Fleet fleet({item(0, 1)}, 1);
  (void)fleet.join(0);
  (void)fleet.tell(StopRequested{});
  EXPECT_THAT(fleet.result(0, 0, {.results = {}, .failures = {}, .left = {{"item 0", 1}}}),
              IsEmpty());
  (void)fleet.tell(WorkerLeft{Rank{0}});
  EXPECT_EQ(fleet.coordinator.end(), FleetEnd::stopped);
}

TEST(Coordinator, EndsInTimeWithoutAWorkerThatDoesNotStop) {
  Fleet fleet({item(0, 1), item(1, 1)}, 2, {.stop_within_s = 20});
  (void)fleet.join(0);  // worker 1 has not joined yet
  (void)fleet.tell(TimePassed{0});
  (void)fleet.tell(StopRequested{});
  (void)fleet.tell(TimePassed{15});
  EXPECT_THAT(fleet.tell(TimePassed{17.9}), IsEmpty());
  EXPECT_THAT(
      fleet.tell(TimePassed{18}),
      ElementsAre("warn worker 0 on node-a is lost (did not stop within 18 s); items that go "
                  "back: 0",
                  "warn worker 1 is lost (did not stop within 18 s); items that go back: 0"));
  EXPECT_EQ(fleet.coordinator.end(), FleetEnd::stopped);
}

TEST(CoordinatorLimits, LeaveTimeForAnEpochAndForTheEndOfMpi) {
  const auto times = [](double within) {
    const CoordinatorLimits limits{.stop_within_s = within};
    return std::pair(limits.cancel_after_s(), limits.leave_after_s());
  };
  EXPECT_EQ(times(120), std::pair(90.0, 114.0));
  EXPECT_EQ(times(20), std::pair(15.0, 18.0));
  EXPECT_EQ(times(6), std::pair(2.0, 4.0));
  EXPECT_EQ(times(2), std::pair(0.0, 1.0));
  EXPECT_EQ(times(0), std::pair(0.0, 0.0));
}

TEST(Coordinator, StopsBeforeItsTimeLimit) {
  Fleet fleet({item(0, 1)}, 1, {.stop_within_s = 20, .time_limit_s = 100});
  (void)fleet.join(0);
  (void)fleet.tell(TimePassed{50});
  EXPECT_THAT(fleet.tell(TimePassed{129}), IsEmpty());
  EXPECT_THAT(fleet.tell(TimePassed{130}),
              ElementsAre("warn the time limit is near: the run stops", "dismiss 0"));
  EXPECT_THAT(fleet.tell(TimePassed{145}), ElementsAre("cancel 0"));
}

TEST(Coordinator, HandsOutNothingThatWouldNotEndWithinTheTimeLimit) {
  Fleet fleet({item(0, 10), item(1, 10), item(2, 3), item(3, 10)}, 1,
              {.stop_within_s = 20, .time_limit_s = 70});
  (void)fleet.tell(TimePassed{0});
  EXPECT_THAT(fleet.join(0), ElementsAre("0 <- item 0", "0 <- item 1"));  // pace not known yet
  (void)fleet.tell(TimePassed{20});
  // 2 s for each unit of cost: item 1 ends at 40, and until the stop at 50 only item 2 fits.
  EXPECT_THAT(fleet.result(0, 0, done("r0")), ElementsAre("record r0"));
  EXPECT_THAT(fleet.tell(RecordsDurable{1}), ElementsAre("0 <- item 2"));
  (void)fleet.tell(TimePassed{40});
  EXPECT_THAT(fleet.result(0, 1, done("r1")), ElementsAre("record r1"));
  (void)fleet.tell(TimePassed{46});
  EXPECT_THAT(fleet.result(0, 2, done("r2")), ElementsAre("record r2"));
  EXPECT_THAT(fleet.tell(RecordsDurable{2}), IsEmpty());
  EXPECT_THAT(fleet.tell(RecordsDurable{3}),
              ElementsAre("warn what is left would not end within the time limit: the run stops",
                          "dismiss 0"));
  (void)fleet.tell(WorkerLeft{Rank{0}});
  EXPECT_EQ(fleet.coordinator.end(), FleetEnd::stopped);
  EXPECT_EQ(fleet.coordinator.status().waiting, 1U);
}

TEST(Coordinator, ForgetsAnOutlierOfThePace) {
  std::vector<WorkItem> items;
  for (std::uint64_t id = 0; id < 60; ++id) items.push_back(item(id, 1));
  Fleet fleet(std::move(items), 1, {.stop_within_s = 20, .time_limit_s = 1020});
  (void)fleet.tell(TimePassed{0});
  (void)fleet.join(0);
  double now_s = 100;  // one item took 100 s, the others 10 s
  for (std::uint64_t id = 0; id < 50; ++id, now_s += 10) {
    (void)fleet.tell(TimePassed{now_s});
    (void)fleet.result(0, id, done("r"));
    (void)fleet.tell(RecordsDurable{id + 1});
  }
  EXPECT_EQ(fleet.coordinator.status().assigned, 2U);
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

TEST(Coordinator, WaitsForTheDiskBeforeItCallsTheTimeTooShort) {
  std::vector<WorkItem> items;
  for (std::uint64_t id = 0; id < 5; ++id) items.push_back(item(id, 1));
  Fleet fleet(std::move(items), 1, {.stop_within_s = 20, .time_limit_s = 1000});
  (void)fleet.tell(TimePassed{0});
  (void)fleet.join(0);
  (void)fleet.tell(TimePassed{1});
  for (std::uint64_t id = 0; id < 2; ++id) (void)fleet.result(0, id, done("r"));
  EXPECT_EQ(fleet.coordinator.status().assigned, 0U);
  EXPECT_EQ(fleet.coordinator.end(), FleetEnd::running);
  EXPECT_THAT(fleet.tell(RecordsDurable{2}), ElementsAre("0 <- item 2", "0 <- item 3"));
}

TEST(Coordinator, CancelsWhatIsAtHandWhenNothingCanBeRecorded) {
  Fleet fleet({item(0, 1), item(1, 1)}, 1);
  (void)fleet.join(0);
  EXPECT_THAT(fleet.tell(RecordingFailed{}), ElementsAre("dismiss 0"));
  EXPECT_THAT(fleet.tell(TimePassed{7}), ElementsAre("cancel 0"));
}

TEST(Coordinator, SendsHomeWhoJoinsAfterTheStop) {
  Fleet fleet({item(0, 1)}, 1);
  (void)fleet.tell(StopRequested{});
  EXPECT_EQ(fleet.coordinator.end(), FleetEnd::running);
  EXPECT_THAT(fleet.join(0), ElementsAre("dismiss 0"));
}

TEST(Coordinator, EndsWhenNothingCanBeRecorded) {
  Fleet fleet({item(0, 1), item(1, 1)}, 1);
  (void)fleet.join(0);
  (void)fleet.result(0, 0, done("r0"));
  EXPECT_THAT(fleet.tell(RecordingFailed{}), ElementsAre("dismiss 0"));
  EXPECT_THAT(fleet.result(0, 1, done("r1")), IsEmpty());
  (void)fleet.tell(WorkerLeft{Rank{0}});
  EXPECT_EQ(fleet.coordinator.end(), FleetEnd::recording_failed);
}

}  // namespace
}  // namespace crossfold::fleet
