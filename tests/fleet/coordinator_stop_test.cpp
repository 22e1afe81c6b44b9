// How a run ends before its work: on request, for a time limit, for a disk.

#include <cstdint>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/fleet/coordinator.h"

#include "fleet/coordinator_words.h"

namespace crossfold::fleet {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

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

TEST(Coordinator, CancelsWhatEveryWorkerHasAtHandAndEachOnce) {
  Fleet fleet({item(0, 1), item(1, 1), item(2, 1)}, 3, {.stop_within_s = 20});
  for (std::uint32_t worker : {0U, 1U, 2U}) (void)fleet.join(worker);
  (void)fleet.tell(TimePassed{100});
  (void)fleet.tell(StopRequested{});
  EXPECT_THAT(fleet.tell(TimePassed{115}), ElementsAre("cancel 0", "cancel 1", "cancel 2"));
  EXPECT_THAT(fleet.tell(TimePassed{116}), IsEmpty());
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

/// It only took too long: neither its item nor its host is to blame.
TEST(Coordinator, BlamesNothingForWorkersThatDoNotStop) {
  Fleet fleet({item(0, 1), item(1, 1), item(2, 1)}, 3, {.lost_workers = 1, .stop_within_s = 20});
  (void)fleet.join(0);
  for (const std::uint32_t worker : {1U, 2U})
    (void)fleet.join(worker, {"build 1", "plan 1", "node-b", "cpu"});
  (void)fleet.tell(TimePassed{0});
  (void)fleet.tell(StopRequested{});
  (void)fleet.tell(TimePassed{15});
  EXPECT_THAT(
      fleet.tell(TimePassed{18}),
      ElementsAre("warn worker 0 on node-a is lost (did not stop within 18 s); items that go "
                  "back: 1",
                  "warn worker 1 on node-b is lost (did not stop within 18 s); items that go "
                  "back: 1",
                  "warn worker 2 on node-b is lost (did not stop within 18 s); items that go "
                  "back: 1"));
  EXPECT_EQ(fleet.coordinator.end(), FleetEnd::stopped);
  EXPECT_EQ(fleet.coordinator.status().waiting, 3U);
}

TEST(Coordinator, GivesNobodyMoreTimeWhereTheDiskFailsAfterTheStop) {
  Fleet fleet({item(0, 1)}, 1, {.stop_within_s = 20});
  (void)fleet.join(0);
  (void)fleet.tell(TimePassed{0});
  (void)fleet.tell(StopRequested{});
  (void)fleet.tell(TimePassed{17});
  (void)fleet.tell(RecordingFailed{});
  (void)fleet.tell(TimePassed{18});
  EXPECT_EQ(fleet.coordinator.end(), FleetEnd::recording_failed);
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

/// The slow ones of one kind say nothing of the other's.
TEST(Coordinator, KnowsThePaceOfEachKindOfWork) {
  const auto of_kind = [](std::uint32_t kind, std::uint64_t id, double cost) {
    WorkItem made = item(id, cost);
    made.kind = kind;
    return made;
  };
  Fleet fleet({of_kind(0, 0, 100), of_kind(1, 1, 80), of_kind(0, 2, 60), of_kind(1, 3, 50),
               of_kind(0, 4, 40)},
              1, {.stop_within_s = 20, .time_limit_s = 520});
  (void)fleet.tell(TimePassed{0});
  EXPECT_THAT(fleet.join(0), ElementsAre("0 <- item 0", "0 <- item 1"));
  (void)fleet.tell(TimePassed{100});  // 1 s for each unit of cost
  (void)fleet.result(0, 0, done("r0"));
  EXPECT_THAT(fleet.tell(RecordsDurable{1}), ElementsAre("0 <- item 2"));
  (void)fleet.tell(TimePassed{340});  // 3 s
  (void)fleet.result(0, 1, done("r1"));
  // Item 2 ends at 400: until the stop at 500 the 40 s of item 4 fit, the 150 s of item 3 do not.
  EXPECT_THAT(fleet.tell(RecordsDurable{2}), ElementsAre("0 <- item 4"));
  (void)fleet.tell(TimePassed{400});
  (void)fleet.result(0, 2, done("r2"));
  EXPECT_THAT(fleet.tell(RecordsDurable{3}), IsEmpty());
  (void)fleet.tell(TimePassed{440});
  (void)fleet.result(0, 4, done("r4"));
  EXPECT_THAT(fleet.tell(RecordsDurable{4}),
              ElementsAre("warn what is left would not end within the time limit: the run stops",
                          "dismiss 0"));
}

/// What takes longer than expected may end at any time, but not before now.
TEST(Coordinator, PutsNothingAheadThatCannotEndAfterAnItemThatIsLate) {
  Fleet fleet({item(0, 30), item(1, 30), item(2, 20)}, 1,
              {.stop_within_s = 20, .time_limit_s = 120});
  (void)fleet.tell(TimePassed{0});
  (void)fleet.join(0);
  (void)fleet.tell(TimePassed{30});  // 1 s for each unit of cost, and item 1 is expected at 60
  (void)fleet.result(0, 0, done("r0"));
  (void)fleet.tell(TimePassed{85});
  EXPECT_THAT(fleet.tell(RecordsDurable{1}), IsEmpty()) << "15 s are left until the stop";
}

/// The batch system's clock goes on while a disk keeps the coordinator waiting.
TEST(Coordinator, CountsForItsTimeLimitWhatItsClockStoodStill) {
  Fleet fleet({item(0, 1)}, 1, {.stop_within_s = 20, .time_limit_s = 100});
  (void)fleet.join(0);
  (void)fleet.tell(TimePassed{.now_s = 50, .stood_still_s = 7});
  EXPECT_THAT(fleet.tell(TimePassed{.now_s = 100, .stood_still_s = 36.5}), IsEmpty());
  EXPECT_THAT(fleet.tell(TimePassed{.now_s = 100, .stood_still_s = 37}),
              ElementsAre("warn the time limit is near: the run stops", "dismiss 0"));
}

TEST(Coordinator, LosesNobodyForWhatItsClockStoodStill) {
  Fleet fleet({item(0, 1)}, 1, {.join_s = 60});
  (void)fleet.tell(TimePassed{0});
  EXPECT_THAT(fleet.tell(TimePassed{.now_s = 59, .stood_still_s = 1000}), IsEmpty());
  EXPECT_THAT(fleet.tell(TimePassed{.now_s = 60, .stood_still_s = 1000}), ::testing::SizeIs(1));
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

TEST(Coordinator, NeedsNoWorkerWhereNothingIsToBeDone) {
  Fleet fleet({}, 1);
  (void)fleet.tell(WorkerLost{Rank{0}, "no memory"});
  EXPECT_EQ(fleet.coordinator.end(), FleetEnd::completed);
}

TEST(Coordinator, CountsWhatLostWorkersWereBusy) {
  Fleet fleet({item(0, 1), item(1, 1)}, 2, {.stop_within_s = 20});
  (void)fleet.tell(TimePassed{100});
  (void)fleet.join(0);
  (void)fleet.join(1);
  (void)fleet.tell(TimePassed{110});
  (void)fleet.tell(WorkerLost{Rank{0}, "silent"});
  (void)fleet.tell(StopRequested{});
  (void)fleet.tell(TimePassed{115});
  (void)fleet.tell(WorkerLeft{Rank{1}});
  (void)fleet.tell(TimePassed{200});
  const std::vector<WorkerReport> workers = fleet.coordinator.workers();
  EXPECT_EQ(workers[0].busy_s, 10);
  EXPECT_EQ(workers[1].busy_s, 15);
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
