#include "run_heartbeat.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/core/host_info.h"
#include "crossfold/results/heartbeat.h"

#include "fleet/coordinator_words.h"
#include "hdf5/scratch_folder.h"

namespace crossfold {
namespace {

TEST(RunHeartbeat, ShowsWorkersAsTheyJoinAndGoesWithTheRun) {
  const test::ScratchFolder folder;
  fleet::Fleet fleet({fleet::item(1, 1)}, 4);
  {
    RunHeartbeat heartbeat(folder.path());
    const auto shown = [&] {
      heartbeat.update(fleet.coordinator, {});
      heartbeat.wait();
      const std::optional<Heartbeat> read = read_heartbeat(folder.path());
      return read ? read->workers.size() : 0;
    };
    EXPECT_EQ(shown(), 0U);
    for (const std::uint32_t worker : {0U, 1U}) {
      static_cast<void>(fleet.join(worker));
      EXPECT_EQ(shown(), worker + 1);
    }
    static_cast<void>(fleet.join(2));
    static_cast<void>(fleet.join(3));
    EXPECT_EQ(shown(), 4U);
  }
  EXPECT_FALSE(read_heartbeat(folder.path()).has_value());
}

TEST(RunHeartbeat, OfAKilledRunGoesWhenAnotherBegins) {
  const test::ScratchFolder folder;
  Heartbeat earlier;
  earlier.slurm_job = "7";
  write_heartbeat(folder.path(), earlier);
  const RunHeartbeat heartbeat(folder.path());
  EXPECT_FALSE(read_heartbeat(folder.path()).has_value());
}

/// What is known of the run and of each worker, under its name.
TEST(RunHeartbeat, SaysHowTheRunAndEachWorkerStand) {
  const test::ScratchFolder folder;
  std::vector<fleet::WorkItem> items;
  for (std::uint64_t id = 0; id < 12; ++id) items.push_back(fleet::item(id, 1));
  fleet::Fleet fleet(std::move(items), 3);
  static_cast<void>(fleet.tell(fleet::TimePassed{100}));
  const std::vector<std::string> hosts{"node-a", "node-b", "node-c"};
  const std::vector<std::string> devices{"cpu core 1", "cuda:0", "cuda:1"};
  for (const std::uint32_t worker : {0U, 1U, 2U})
    static_cast<void>(fleet.join(worker, {"build 1", "plan 1", hosts[worker], devices[worker]}));
  static_cast<void>(fleet.tell(fleet::TimePassed{110}));
  static_cast<void>(fleet.result(0, 0, fleet::done("r0")));
  static_cast<void>(fleet.tell(fleet::WorkerLost{Rank{1}, "silent"}));
  static_cast<void>(fleet.tell(fleet::TimePassed{117}));

  RunHeartbeat heartbeat(folder.path());
  heartbeat.update(fleet.coordinator, {.done = 40,
                                       .of = 50,
                                       .failed = 3,
                                       .fresh = 20,
                                       .fresh_share = 0.25,
                                       .workers = 2,
                                       .at = "race of 'task' on z",
                                       .at_work = 2,
                                       .rate_per_s = 1.5,
                                       .left = ExpectedTime{30, 20, 40}});
  heartbeat.wait();
  const Heartbeat said = read_heartbeat(folder.path()).value();
  EXPECT_GT(said.written_s, 1'700'000'000);
  EXPECT_EQ(said.host, host_info().name);
  EXPECT_EQ(said.process, ::getpid());
  EXPECT_GE(said.elapsed_s, 0);
  EXPECT_EQ(said.trained, 17U) << "those that failed are not among them";
  EXPECT_EQ(said.failed, 3U);
  EXPECT_EQ(said.share, 0.25);
  EXPECT_EQ(said.at, "race of 'task' on z");
  EXPECT_EQ(said.rate_per_s, 1.5);
  EXPECT_EQ(said.expected_left, (ExpectedTime{30, 20, 40}));
  ASSERT_EQ(said.workers.size(), 3U);
  const std::vector<std::size_t> done{1, 0, 0}, held{1, 0, 2};
  const std::vector<double> busy{1, 0, 1}, at_it_s{7, 0, 17};
  for (const std::uint32_t worker : {0U, 1U, 2U}) {
    SCOPED_TRACE(worker);
    const Heartbeat::Worker& one = said.workers[worker];
    EXPECT_EQ(one.rank, worker);
    EXPECT_EQ(one.host, hosts[worker]);
    EXPECT_EQ(one.device, devices[worker]);
    EXPECT_EQ(one.done, done[worker]);
    EXPECT_EQ(one.held, held[worker]);
    EXPECT_EQ(one.lost, worker == 1);
    EXPECT_EQ(one.busy, busy[worker]);
    EXPECT_DOUBLE_EQ(one.at_it_s, at_it_s[worker]);
  }
}

/// By what they did since the first of the heartbeats, not by what they hold at the latest.
TEST(RunHeartbeat, SaysHowBusyWorkersWereSinceItWasFirstWritten) {
  const test::ScratchFolder folder;
  fleet::Fleet fleet({fleet::item(1, 1), fleet::item(2, 1), fleet::item(3, 1)}, 3);
  static_cast<void>(fleet.tell(fleet::TimePassed{100}));
  RunHeartbeat heartbeat(folder.path());
  static_cast<void>(fleet.join(0));
  heartbeat.update(fleet.coordinator, {});
  for (const std::uint32_t worker : {1U, 2U}) static_cast<void>(fleet.join(worker));
  heartbeat.update(fleet.coordinator, {});
  heartbeat.wait();
  const Heartbeat said = read_heartbeat(folder.path()).value();
  ASSERT_EQ(said.workers.size(), 3U);
  for (const Heartbeat::Worker& worker : said.workers) {
    EXPECT_GT(worker.held, 0U) << worker.rank;
    EXPECT_EQ(worker.busy, 0) << worker.rank << " was given it at this moment";
  }
}

TEST(RunHeartbeat, NamesItsSlurmJobOrTheTaskOfItsArray) {
  using Variables = std::map<std::string, std::string>;
  const auto said = [](const Variables& variables) {
    for (const char* name : {"SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID"})
      ::unsetenv(name);
    for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
    const test::ScratchFolder folder;
    fleet::Fleet fleet({fleet::item(1, 1)}, 1);
    static_cast<void>(fleet.join(0));
    RunHeartbeat heartbeat(folder.path());
    heartbeat.update(fleet.coordinator, {});
    heartbeat.wait();
    return read_heartbeat(folder.path()).value().slurm_job;
  };
  const Variables of_array{{"SLURM_ARRAY_JOB_ID", "7"}, {"SLURM_ARRAY_TASK_ID", "2"}};
  Variables job{{"SLURM_JOB_ID", "9"}};
  EXPECT_EQ(said(job), "9");
  job.insert(of_array.begin(), of_array.end());
  EXPECT_EQ(said(job), "7_2") << "each task has a job id of its own";
  job.erase("SLURM_ARRAY_TASK_ID");
  EXPECT_EQ(said(job), "9");
  EXPECT_EQ(said({}), "");
}

}  // namespace
}  // namespace crossfold
