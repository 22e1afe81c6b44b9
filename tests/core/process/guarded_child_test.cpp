#include "crossfold/core/guarded_child.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "core/expect_error.h"
#include "core/sanitizers.h"

namespace crossfold {
namespace {

using namespace std::chrono_literals;

constexpr ChildLimits kLimits{.time = 20s, .memory = std::uint64_t{256} << 20};

TEST(GuardedChild, ReturnsWhatTheWorkReturns) {
  EXPECT_EQ(run_guarded("file", kLimits, [] { return std::string("result"); }), "result");
  const std::string large(5 << 20, 'x');
  EXPECT_EQ(run_guarded("file", kLimits, [&] { return large; }), large);
}

TEST(GuardedChild, LeavesThisProcessAsItWas) {
  int count = 0;
  (void)run_guarded("file", kLimits, [&] { return std::to_string(++count); });
  EXPECT_EQ(count, 0);
}

TEST(GuardedChild, PassesErrorsOnWhole) {
  expect_error(ErrorCode::io, "place: message\n  cause: reason", [] {
    (void)run_guarded("file", kLimits, []() -> std::string {
      throw Error(ErrorCode::io, "message", "place", "reason");
    });
  });
}

TEST(GuardedChild, ACrashIsAnErrorOfTheFile) {
  expect_error(ErrorCode::bad_input,
               "file: the HDF5 library crashed on it (signal 9, Killed: the file is damaged). copy "
               "or write it again",
               [] {
                 (void)run_guarded("file", kLimits, []() -> std::string {
                   std::raise(SIGKILL);
                   return {};
                 });
               });
  expect_error(ErrorCode::bad_input,
               "file: the HDF5 library crashed on it (exit code 3: the file is damaged). copy or "
               "write it again",
               [] { (void)run_guarded("file", kLimits, []() -> std::string { ::_exit(3); }); });
}

TEST(GuardedChild, AnInterruptionIsNoFaultOfTheFile) {
  for (const int signal : {SIGINT, SIGTERM})
    expect_error(ErrorCode::stopped, "file: reading it was interrupted. run again", [&] {
      (void)run_guarded("file", kLimits, [&]() -> std::string {
        std::raise(signal);
        return {};
      });
    });
}

/// The system's own limit, which a process meets that never waits.
TEST(GuardedChild, TimeOfTheProcessorThatIsUsedUpIsAHang) {
  expect_error(ErrorCode::bad_input,
               "file: reading it did not end within 20 s (a damaged file can hang the HDF5 "
               "library). copy or write it again",
               [] {
                 (void)run_guarded("file", kLimits, []() -> std::string {
                   std::raise(SIGXCPU);
                   return {};
                 });
               });
}

TEST(GuardedChild, AHangIsAnErrorOfTheFile) {
  const std::string message =
      "file: reading it did not end within 0.3 s (a damaged file can hang the HDF5 library). copy "
      "or write it again";
  const ChildLimits limits{.time = 300ms, .memory = kLimits.memory};
  expect_error(ErrorCode::bad_input, message, [&] {
    (void)run_guarded("file", limits, []() -> std::string {
      while (true) std::this_thread::sleep_for(1s);
    });
  });
  expect_error(ErrorCode::bad_input, message, [&] {
    (void)run_guarded("file", limits, []() -> std::string {
      while (true) std::this_thread::yield();
    });
  });
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child was left behind";
}

TEST(GuardedChild, MemoryIsLimited) {
  if (test::under_address_sanitizer())
    GTEST_SKIP() << "the address sanitizer ends a process that gets no memory";
  expect_error(ErrorCode::bad_input,
               "file: reading it needs more than 256 MiB of memory (a damaged file can ask for any "
               "amount). copy or write it again",
               [] {
                 (void)run_guarded("file", kLimits, [] {
                   const std::vector<char> block(std::size_t{1} << 30, 'x');
                   return std::string(block.data(), 1);
                 });
               });
}

}  // namespace
}  // namespace crossfold
