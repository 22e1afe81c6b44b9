#include "crossfold/core/log.h"

#include <csignal>
#include <fcntl.h>
#include <unistd.h>

#include <gmock/gmock.h>

namespace crossfold {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::internal::CaptureStderr;
using ::testing::internal::CaptureStdout;
using ::testing::internal::GetCapturedStderr;
using ::testing::internal::GetCapturedStdout;

struct Captured {
  std::string out;
  std::string err;
};

Captured log_one_of_each(LogLevel level) {
  CaptureStdout();
  CaptureStderr();
  start_log(level);
  log_detail("a detail");
  log_info("a fact {}");  // braces are text, not a place for an argument
  log_warning("a warning");
  log_error("an error");
  return {.out = GetCapturedStdout(), .err = GetCapturedStderr()};
}

TEST(Log, WritesToStderrWithTimeAndLevel) {
  const Captured captured = log_one_of_each(LogLevel::normal);
  EXPECT_EQ(captured.out, "");
  EXPECT_THAT(captured.err, ContainsRegex("[0-9]+:[0-9]+:[0-9]+ info a fact \\{\\}\n"));
  EXPECT_THAT(captured.err, HasSubstr("warning a warning\n"));
  EXPECT_THAT(captured.err, HasSubstr("error an error\n"));
  EXPECT_THAT(captured.err, Not(HasSubstr("a detail")));
}

TEST(Log, SaysAsMuchAsItsLevel) {
  EXPECT_THAT(log_one_of_each(LogLevel::verbose).err, HasSubstr("debug a detail\n"));
  const std::string quiet = log_one_of_each(LogLevel::quiet).err;
  EXPECT_THAT(quiet, Not(HasSubstr("a fact")));
  EXPECT_THAT(quiet, HasSubstr("a warning"));
}

std::string log_around_quiet(LogLevel level) {
  CaptureStderr();
  start_log(level);
  {
    const QuietLog outer;
    { const QuietLog inner; }
    log_detail("hidden detail");
    log_info("hidden fact");
    log_warning("quiet warning");
    log_error("quiet error");
  }
  log_detail("later detail");
  log_info("later fact");
  return GetCapturedStderr();
}

/// Whatever the level was, it is the same afterwards.
TEST(QuietLog, LetsOnlyWarningsAndErrorsThroughWhileItLives) {
  for (const LogLevel level : {LogLevel::quiet, LogLevel::normal, LogLevel::verbose}) {
    const std::string text = log_around_quiet(level);
    EXPECT_THAT(text, Not(HasSubstr("hidden")));
    EXPECT_THAT(text, HasSubstr("quiet warning"));
    EXPECT_THAT(text, HasSubstr("quiet error"));
    EXPECT_EQ(text.find("later fact") != std::string::npos, level != LogLevel::quiet);
    EXPECT_EQ(text.find("later detail") != std::string::npos, level == LogLevel::verbose);
  }
}

TEST(Log, GoesOnWhereNobodyReadsIt) {
  const int before = ::dup(STDERR_FILENO);
  int pipe[2];
  ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
  ::close(pipe[0]);
  ::dup2(pipe[1], STDERR_FILENO);
  ::close(pipe[1]);
  start_log(LogLevel::normal);
  for (int i = 0; i < 3; ++i) log_warning("nobody reads this");  // SIGPIPE would end the test
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  sigset_t waiting;
  sigpending(&waiting);
  EXPECT_EQ(sigismember(&waiting, SIGPIPE), 0) << "no signal may wait for others";
  EXPECT_THAT(log_one_of_each(LogLevel::normal).err, HasSubstr("error an error\n"))
      << "what is read again is written again";
}

}  // namespace
}  // namespace crossfold
