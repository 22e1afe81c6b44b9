#include "crossfold/mpi/run_fleet.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "crossfold/core/error.h"

#include "fleet/fakes.h"
#include "mpi/test_session.h"

namespace crossfold::mpi {
namespace {

using namespace std::chrono_literals;
using namespace crossfold::fleet;

const Hello own_hello{"build 1", "plan 1", "node-a", "cpu"};

RunnerFactory runner(FunctionRunner::Function function) {
  return
      [function = std::move(function)](Rank) { return std::make_unique<FunctionRunner>(function); };
}

/// One run on all ranks of the test; `sink` is looked at on rank 0.
struct FleetRun {
  MemorySink sink;
  std::optional<FleetReport> report;
  std::string error = "no error";

  FleetRun(std::vector<WorkItem> items, const RunnerFactory& make_runner, FleetLayout layout = {},
           const Hello& hello = own_hello, Sink* other_sink = nullptr) {
    ListSource source(std::move(items));
    try {
      report = run_fleet(test_session(), layout, &source, hello, make_runner,
                         other_sink != nullptr ? other_sink : &sink);
    } catch (const Error& e) {
      error = e.what();
    }
  }
};

void expect_all_recorded(const FleetRun& run, std::size_t count) {
  EXPECT_EQ(run.error, "no error");
  EXPECT_EQ(run.report.has_value(), test_session().is_root());
  if (!run.report) return;
  EXPECT_EQ(run.report->end, FleetEnd::completed);
  std::set<std::string> results;
  for (const Record& record : run.sink.records) results.insert(record.bytes);
  EXPECT_EQ(results.size(), count);
  EXPECT_EQ(run.sink.records.size(), count);
}

TEST(RunFleet, RecordsEveryItemOnce) {
  expect_all_recorded(FleetRun(numbered_items(500), make_echo_runner), 500);
}

TEST(RunFleet, UsesEveryRank) {
  const auto slow = [](const WorkItem& item) {
    std::this_thread::sleep_for(5ms);
    return Outcome{.results = item.bytes, .failures = {}};
  };
  const FleetRun run(numbered_items(20ULL * test_session().size()), runner(slow));
  if (!run.report) return;
  ASSERT_EQ(run.report->workers.size(), test_session().size());
  for (const WorkerReport& worker : run.report->workers) {
    EXPECT_GT(worker.items, 0U) << worker.worker.value;
    EXPECT_EQ(worker.hello.host, "node-a");
  }
}

TEST(RunFleet, ADedicatedCoordinatorDoesNotWork) {
  std::atomic<int> calls = 0;
  const auto counting = [&](const WorkItem& item) {
    ++calls;
    return Outcome{.results = item.bytes, .failures = {}};
  };
  const FleetRun run(numbered_items(100), runner(counting),
                     {.coordinator = CoordinatorMode::dedicated});
  if (test_session().size() == 1) {
    EXPECT_EQ(run.error,
              "a dedicated coordinator needs a second rank (rank 0 does not work then). start more "
              "ranks with mpirun, or leave --coordinator out");
    return;
  }
  expect_all_recorded(run, 100);
  if (test_session().is_root()) {
    EXPECT_EQ(calls, 0);
    EXPECT_EQ(run.report->workers.front().worker, Rank{1});
  }
}

TEST(RunFleet, WorksWithMoreRanksThanItemsAndWithNone) {
  expect_all_recorded(FleetRun(numbered_items(1), make_echo_runner), 1);
  expect_all_recorded(FleetRun({}, make_echo_runner), 0);
}

TEST(RunFleet, CarriesItemsAndResultsOfAnySize) {
  std::vector<WorkItem> items;
  for (std::uint64_t i = 0; i < 24; ++i)
    items.push_back({ItemId{i}, 1, std::string(std::size_t{1} << i, static_cast<char>('a' + i))});
  const auto echo = [](const WorkItem& item) {
    return Outcome{.results = item.bytes, .failures = {}};
  };
  const FleetRun run(items, runner(echo));
  expect_all_recorded(run, 24);
  for (const Record& record : run.sink.records)
    EXPECT_EQ(record.bytes, std::string(record.bytes.size(), record.bytes[0]));
}

TEST(RunFleet, ARunnerThatThrowsIsTriedOnceMoreElsewhereThenGivenUp) {
  Session& session = test_session();
  const auto throwing = [&](const WorkItem& item) -> Outcome {
    if (item.bytes == "item 3")
      throw Error(ErrorCode::internal, "on rank " + std::to_string(session.rank().value));
    return {.results = item.bytes, .failures = {}};
  };
  const FleetRun run(numbered_items(50), runner(throwing));
  expect_all_recorded(run, 50);
  if (!run.report) return;
  EXPECT_EQ(run.report->status.retries, 1U);
  EXPECT_EQ(run.report->status.given_up, 1U);
}

TEST(RunFleet, ARetryGoesToAnotherRank) {
  const std::string rank = std::to_string(test_session().rank().value);
  const auto failing = [&](const WorkItem& item) -> Outcome {
    // A first try leaves its rank in the bytes; the second tells both.
    if (item.bytes.starts_with("item"))
      return {.results = {}, .failures = {{rank, item.cost, "first"}}};
    return {.results = item.bytes + " then " + rank, .failures = {}};
  };
  const FleetRun run(numbered_items(20), runner(failing));
  if (!run.report) return;
  EXPECT_EQ(run.sink.records.size(), 20U);
  for (const Record& record : run.sink.records) {
    const std::string first = record.bytes.substr(0, record.bytes.find(' '));
    const std::string second = record.bytes.substr(record.bytes.rfind(' ') + 1);
    EXPECT_EQ(first == second, test_session().size() == 1) << record.bytes;
  }
}

TEST(RunFleet, RefusesMixedBuildsOnAllRanksBeforeAnyWork) {
  Session& session = test_session();
  if (session.size() == 1) GTEST_SKIP() << "needs a second rank";
  const bool other = session.rank().value == session.size() - 1;
  const FleetRun run(numbered_items(20), make_echo_runner, {},
                     other ? Hello{"build 2", "plan 1", "node-b", "cpu"} : own_hello);
  const std::string reason =
      "worker " + std::to_string(session.size() - 1) +
      " on node-b: runs 'build 2', but the coordinator on node-a runs 'build 1' (another build can "
      "give other numbers). start the same build on all nodes";
  EXPECT_TRUE(run.sink.records.empty());
  if (session.is_root())
    EXPECT_EQ(run.error, "workers: " + reason);
  else
    EXPECT_EQ(run.error, other ? reason : "no error");
}

TEST(RunFleet, GoesOnWithoutARankThatCannotStart) {
  Session& session = test_session();
  const auto make = [&](Rank worker) {
    if (worker.value == session.size() - 1) throw Error(ErrorCode::bad_input, "no such device");
    return make_echo_runner(worker);
  };
  const FleetRun run(numbered_items(30), make);
  if (session.size() > 1) return expect_all_recorded(run, 30);
  EXPECT_EQ(run.error,
            "no worker is left, but 30 pieces of work are. run again to continue\n  cause: worker "
            "0: on node-a: no such device");
}

/// A disk that is full.
struct FullDisk : Sink {
  void submit(Record) override { throw Error(ErrorCode::io, "no space left", "journal.jsonl"); }
  std::uint64_t durable() override { return 0; }
};

TEST(RunFleet, ASinkThatFailsEndsTheRunOnAllRanks) {
  FullDisk disk;
  const FleetRun run(numbered_items(1000), make_echo_runner, {}, own_hello, &disk);
  EXPECT_EQ(run.error, test_session().is_root() ? "journal.jsonl: no space left" : "no error");
}

TEST(RunFleet, StopsOnRequest) {
  static std::atomic<bool> stop = false;
  const auto slow = [](const WorkItem& item) {
    std::this_thread::sleep_for(1ms);
    return Outcome{.results = item.bytes, .failures = {}};
  };
  MemorySink sink;
  FleetOptions options;
  options.stop = &stop;
  options.on_progress = [&](const Coordinator& c) { stop = stop || c.status().saved > 10; };
  ListSource source(numbered_items(100'000));
  const auto report =
      run_fleet(test_session(), {}, &source, own_hello, runner(slow), &sink, options);
  if (!report) return;
  EXPECT_EQ(report->end, FleetEnd::stopped);
  EXPECT_EQ(report->status.saved + report->status.waiting, 100'000U);
}

TEST(RunFleet, ServesSixtyFourRanks) {
  if (test_session().size() != 64) GTEST_SKIP() << "a test for 64 ranks";
  expect_all_recorded(FleetRun(numbered_items(2000), make_echo_runner), 2000);
}

}  // namespace
}  // namespace crossfold::mpi
