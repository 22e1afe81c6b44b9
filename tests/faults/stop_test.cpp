// A stop on request ends within its time, also where fits take for ever.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iostream>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "faults/small_study.h"

namespace crossfold::test {
namespace {

using ::testing::HasSubstr;

class Stop : public ::testing::Test {
 protected:
  /// Asks a run to stop once all of its workers are at work, and expects its end within `limit_s`.
  void expect_end_within(double limit_s, const std::string& name, std::size_t workers,
                         const std::vector<std::string>& command, int signal) {
    Child run(command, study_.folder());
    while (run.running() && workers_at_work(name) < workers) ::usleep(5000);
    ASSERT_TRUE(run.running()) << run.error_output();
    const auto asked = std::chrono::steady_clock::now();
    ::kill(run.pid(), signal);
    const Ended ended = run.wait();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - asked;
    EXPECT_EQ(ended.code, 75) << ended.err;
    const double slack_s = start_and_end_s(command);
    EXPECT_LT(took.count(), limit_s + slack_s) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("stopped on request: "));
    std::cout << "asked to end within " << limit_s << " s, ended after " << took.count()
              << " s; to start and end takes " << slack_s << " s\n";
  }

  /// What it takes this machine, with all that it does now, to start and end as many processes: a
  /// run plans its stop by its own clock, and cannot know how long the last of them takes to go.
  double start_and_end_s(std::vector<std::string> command) const {
    command.erase(std::ranges::find(command, crossfold_program()) + 1, command.end());
    command.emplace_back("--version");
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(Child(command, study_.folder()).wait().code, 0);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  /// How many workers hold a fit, as `status` tells.
  std::size_t workers_at_work(const std::string& name) const {
    const Ended asked = run_crossfold({"status", study_.out(name), "--json"});
    if (asked.code != 0) return 0;  // there is no run directory yet
    const auto run = nlohmann::json::parse(asked.out).at("runs").at(0);
    if (run.at("state") != "running" || !run.contains("last_heard")) return 0;
    const auto& workers = run.at("last_heard").at("workers");
    return static_cast<std::size_t>(std::count_if(
        workers.begin(), workers.end(), [](const auto& worker) { return worker.at("held") > 0; }));
  }

  const SmallStudy study_{1'000'000};  // no fit ever ends
};

TEST_F(Stop, EndsWithinItsTimeAlone) {
  for (const int signal : {SIGUSR1, SIGUSR2, SIGTERM, SIGINT}) {
    const std::string name = "alone" + std::to_string(signal);
    expect_end_within(8, name, 2, study_.command(name, {"--stop-within", "8s", "--workers", "2"}),
                      signal);
  }
}

/// A launcher and Slurm both tell a job to stop, some more than once.
TEST_F(Stop, IsNotCutShortByFurtherSignals) {
  Child run(study_.command("told", {"--stop-within", "4s", "--workers", "2"}), study_.folder());
  while (run.running() && workers_at_work("told") < 2) ::usleep(5000);
  ASSERT_TRUE(run.running()) << run.error_output();
  while (run.running())
    for (const int signal : {SIGUSR1, SIGTERM, SIGUSR2}) {
      ::kill(run.pid(), signal);
      ::usleep(500);
    }
  const Ended ended = run.wait();
  EXPECT_EQ(ended.code, 75) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("stopped on request: "));
}

TEST_F(Stop, EndsWithinItsTimeOnOneRank) {
  expect_end_within(8, "ranks1", 1, with_ranks(1, study_.run("ranks1", {"--stop-within", "8s"})),
                    SIGUSR1);
}
TEST_F(Stop, EndsWithinItsTimeOnFourRanks) {
  expect_end_within(8, "ranks4", 4, with_ranks(4, study_.run("ranks4", {"--stop-within", "8s"})),
                    SIGUSR1);
}
TEST_F(Stop, EndsWithinItsTimeOnSixteenRanks) {
  expect_end_within(12, "ranks16", 16,
                    with_ranks(16, study_.run("ranks16", {"--stop-within", "12s"})), SIGUSR1);
}

TEST_F(Stop, ATimeLimitEndsARunByItself) {
  const Ended ended =
      run_crossfold(study_.run("limit", {"--time-limit", "16s", "--stop-within", "6s"}));
  EXPECT_EQ(ended.code, 2) << "no fit was done, and none would be: " << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("time limit: 16 s\n"));
  EXPECT_THAT(ended.err, HasSubstr("the time limit is near: the run stops"));
  EXPECT_THAT(ended.err, HasSubstr("--time-limit: 16 s was too short for a single fit"));
}

TEST_F(Stop, TheEndOfASlurmAllocationIsATimeLimit) {
  const auto end = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) + 16;
  std::vector<std::string> command = study_.command("slurm", {"--stop-within", "6s"});
  command.insert(command.begin(), {"env", "SLURM_JOB_END_TIME=" + std::to_string(end)});
  const Ended ended = Child(command, study_.folder()).wait();
  EXPECT_EQ(ended.code, 75) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("s (the end of the Slurm allocation)"));
}

TEST_F(Stop, TimesThatAreNoneAreRefused) {
  for (const char* text : {"", "x", "5x", "-3", "1:", "1:2:3:4", "nan", "1e3"}) {
    const Ended ended = run_crossfold(study_.run("bad", {"--time-limit", text}));
    EXPECT_EQ(ended.code, 2) << text;
    EXPECT_THAT(ended.err, HasSubstr("--time-limit: '" + std::string(text) +
                                     "' is no duration. write 90s, 15m, 2h, 1d, 2h30m or Slurm's "
                                     "[days-]hours:minutes:seconds; a number alone is seconds\n"));
  }
}

}  // namespace
}  // namespace crossfold::test
