// A stop on request ends within its time, also where fits take for ever.

#include <chrono>
#include <csignal>
#include <iostream>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "faults/small_study.h"

namespace crossfold::test {
namespace {

using ::testing::HasSubstr;

class Stop : public ::testing::Test {
 protected:
  void expect_end_within(double limit_s, const std::vector<std::string>& command, int signal) {
    Child run(command, study_.folder());
    while (run.running() && run.error_output().find("fits to train") == std::string::npos)
      ::usleep(5000);
    ::sleep(1);  // then fits are in flight; nothing tells of their begin
    ASSERT_TRUE(run.running());
    const auto asked = std::chrono::steady_clock::now();
    ::kill(run.pid(), signal);
    const Ended ended = run.wait();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - asked;
    EXPECT_EQ(ended.code, 75) << ended.err;
    EXPECT_LT(took.count(), limit_s) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("stopped on request: "));
    std::cout << "asked to end within " << limit_s << " s, ended after " << took.count() << " s\n";
  }

  const SmallStudy study_{1'000'000};  // no fit ever ends
};

TEST_F(Stop, EndsWithinItsTimeAlone) {
  std::vector<std::string> command = study_.run("alone", {"--stop-within", "8s", "--workers", "2"});
  command.insert(command.begin(), crossfold_program());
  for (const int signal : {SIGUSR1, SIGUSR2, SIGTERM, SIGINT})
    expect_end_within(8, command, signal);
}

TEST_F(Stop, EndsWithinItsTimeOnOneRank) {
  expect_end_within(8, with_ranks(1, study_.run("ranks1", {"--stop-within", "8s"})), SIGUSR1);
}
TEST_F(Stop, EndsWithinItsTimeOnFourRanks) {
  expect_end_within(8, with_ranks(4, study_.run("ranks4", {"--stop-within", "8s"})), SIGUSR1);
}
TEST_F(Stop, EndsWithinItsTimeOnSixteenRanks) {
  expect_end_within(12, with_ranks(16, study_.run("ranks16", {"--stop-within", "12s"})), SIGUSR1);
}

TEST_F(Stop, ATimeLimitEndsARunByItself) {
  const Ended ended =
      run_crossfold(study_.run("limit", {"--time-limit", "16s", "--stop-within", "6s"}));
  EXPECT_EQ(ended.code, 75) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("time limit: 16 s\n"));
  EXPECT_THAT(ended.err, HasSubstr("the time limit is near: the run stops"));
}

TEST_F(Stop, TheEndOfASlurmAllocationIsATimeLimit) {
  const auto end = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) + 16;
  std::vector<std::string> command = study_.run("slurm", {"--stop-within", "6s"});
  command.insert(command.begin(),
                 {"env", "SLURM_JOB_END_TIME=" + std::to_string(end), crossfold_program()});
  const Ended ended = Child(command, study_.folder()).wait(30);
  EXPECT_EQ(ended.code, 75) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("s (the end of the Slurm allocation)"));
}

TEST_F(Stop, TimesThatAreNoneAreRefused) {
  for (const char* text : {"", "x", "5x", "-3", "1:", "1:2:3:4", "nan", "1e3"}) {
    const Ended ended = run_crossfold(study_.run("bad", {"--time-limit", text}));
    EXPECT_EQ(ended.code, 2) << text;
    EXPECT_THAT(ended.err,
                HasSubstr("'" + std::string(text) +
                          "' is no duration. write seconds (90 or 90s), minutes (15m), hours (2h), "
                          "or [days-]hours:minutes:seconds as Slurm does"));
  }
}

}  // namespace
}  // namespace crossfold::test
