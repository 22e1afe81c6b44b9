// Where work comes from: when it is asked for, and what hangs on results.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/fleet/coordinator.h"

#include "fleet/coordinator_words.h"

namespace crossfold::fleet {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

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

}  // namespace
}  // namespace crossfold::fleet
