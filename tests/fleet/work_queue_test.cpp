#include "crossfold/fleet/work_queue.h"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "crossfold/core/error.h"

namespace crossfold::fleet {
namespace {

using Others = WorkQueue::Others;

Task task(std::uint64_t id, double cost, std::optional<Rank> failed_on = {}) {
  return {.item = {ItemId{id}, cost, ""}, .failed_on = failed_on};
}

std::uint64_t take_id(WorkQueue& queue, Rank worker, Others others = Others::available) {
  return queue.take(*queue.best_for(worker, others)).item.id.value;
}

TEST(WorkQueue, GivesTheCostliestFirstAndEqualOnesById) {
  WorkQueue queue;
  queue.push(task(3, 5));
  queue.push(task(2, 1));
  queue.push(task(1, 5));
  queue.push(task(0, 9));
  EXPECT_EQ(queue.cost(), 20);
  EXPECT_EQ(take_id(queue, Rank{0}), 0U);
  EXPECT_EQ(take_id(queue, Rank{0}), 1U);
  EXPECT_EQ(take_id(queue, Rank{0}), 3U);
  EXPECT_EQ(take_id(queue, Rank{0}), 2U);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.cost(), 0);
  EXPECT_EQ(queue.best_for(Rank{0}, Others::available), nullptr);
}

TEST(WorkQueue, GivesTheCostliestThatCanBeAfforded) {
  WorkQueue queue;
  for (const std::uint64_t id : {1U, 2U, 5U, 9U}) queue.push(task(id, static_cast<double>(id)));
  const auto best = [&](double most) -> std::uint64_t {
    const Task* found =
        queue.best_for(Rank{0}, Others::available, [&](std::uint32_t) { return most; });
    return found == nullptr ? 0 : found->item.id.value;
  };
  EXPECT_EQ(best(100), 9U);
  EXPECT_EQ(best(5), 5U);
  EXPECT_EQ(best(4.9), 2U);
  EXPECT_EQ(best(0.5), 0U);
  EXPECT_EQ(best(-1), 0U);
}

/// Two tasks that failed, each on another worker, and a fresh one; their ids are their costs.
TEST(WorkQueue, GivesTheCostliestThatCanBeAffordedWhereverItFailed) {
  WorkQueue queue;
  queue.push(task(9, 9, Rank{1}));
  queue.push(task(2, 2));
  queue.push(task(5, 5, Rank{2}));
  const auto best = [&](std::uint32_t worker, double most,
                        Others others = Others::available) -> std::uint64_t {
    const Task* found = queue.best_for(Rank{worker}, others, [&](std::uint32_t) { return most; });
    return found == nullptr ? 0 : found->item.id.value;
  };
  EXPECT_EQ(best(0, 9), 9U);
  EXPECT_EQ(best(0, 8), 5U);
  EXPECT_EQ(best(0, 4), 2U);
  EXPECT_EQ(best(0, 1), 0U);
  EXPECT_EQ(best(1, 9), 5U);
  EXPECT_EQ(best(1, 4), 2U);
  EXPECT_EQ(best(2, 9), 9U);
  EXPECT_EQ(best(2, 8), 2U) << "the one of 5 failed on it";
  EXPECT_EQ(best(2, 8, Others::none), 5U);
  EXPECT_EQ(best(1, 9, Others::none), 9U);
  EXPECT_EQ(best(1, 8, Others::none), 5U);
}

/// Kinds 1 to 3, each with a task that failed and a fresh one; their ids are their costs.
TEST(WorkQueue, GivesTheCostliestThatCanBeAffordedOfItsKind) {
  WorkQueue queue;
  for (std::uint32_t kind = 1; kind <= 3; ++kind)
    for (const std::optional<Rank> failed_on : {std::optional<Rank>(), std::optional(Rank{5})}) {
      const std::uint64_t id = 10 * kind + (failed_on ? 5 : 0);
      Task made = task(id, static_cast<double>(id), failed_on);
      made.item.kind = kind;
      queue.push(std::move(made));
    }
  const auto best = [&](std::map<std::uint32_t, double> most) -> std::uint64_t {
    const Task* found = queue.best_for(Rank{0}, Others::available,
                                       [&](std::uint32_t kind) { return most.at(kind); });
    return found == nullptr ? 0 : found->item.id.value;
  };
  EXPECT_EQ(best({{1, 99}, {2, 99}, {3, 99}}), 35U);
  EXPECT_EQ(best({{1, 99}, {2, 99}, {3, 34}}), 30U);
  EXPECT_EQ(best({{1, 99}, {2, 99}, {3, 29}}), 25U);
  EXPECT_EQ(best({{1, 99}, {2, 0}, {3, 0}}), 15U);
  EXPECT_EQ(best({{1, 12}, {2, 0}, {3, 0}}), 10U);
  EXPECT_EQ(best({{1, 0}, {2, 0}, {3, 0}}), 0U);
  const Task* found = queue.best_for(Rank{5}, Others::available);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(queue.take(*found).item.id.value, 30U);
  EXPECT_EQ(queue.size(), 5U);
  EXPECT_EQ(queue.cost(), 10 + 15 + 20 + 25 + 35);
}

TEST(WorkQueue, KeepsAFailedTaskFromTheWorkerItFailedOnWhileThereAreOthers) {
  WorkQueue queue;
  queue.push(task(0, 9, Rank{1}));
  queue.push(task(1, 1));
  EXPECT_EQ(take_id(queue, Rank{1}), 1U);
  EXPECT_EQ(queue.best_for(Rank{1}, Others::available), nullptr);
  EXPECT_EQ(take_id(queue, Rank{1}, Others::none), 0U);
}

TEST(WorkQueue, GivesAFailedTaskToAnotherWorkerInItsTurn) {
  WorkQueue queue;
  queue.push(task(0, 5, Rank{1}));
  queue.push(task(1, 7));
  queue.push(task(2, 6, Rank{2}));
  EXPECT_EQ(take_id(queue, Rank{2}), 1U);
  EXPECT_EQ(take_id(queue, Rank{2}), 0U);
  EXPECT_EQ(take_id(queue, Rank{1}), 2U);
}

TEST(WorkQueue, RefusesACostThatCannotBeOrdered) {
  WorkQueue queue;
  EXPECT_THROW(queue.push(task(0, -1)), Error);
  EXPECT_THROW(queue.push(task(0, std::numeric_limits<double>::quiet_NaN())), Error);
  EXPECT_THROW(queue.push(task(0, std::numeric_limits<double>::infinity())), Error);
}

}  // namespace
}  // namespace crossfold::fleet
