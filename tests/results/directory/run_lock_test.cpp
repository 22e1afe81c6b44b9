// Who only looks at a run directory is never taken for a run, and a run always is.

#include "run_lock.h"

#include <fcntl.h>
#include <filesystem>
#include <latch>
#include <optional>
#include <stop_token>
#include <string>
#include <sys/file.h>
#include <thread>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/file_descriptor.h"
#include "crossfold/core/log.h"
#include "crossfold/results/run_status.h"
#include "crossfold/results/warm_start.h"

#include "core/expect_error.h"
#include "results/small_run.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using Use = RunLock::Use;

/// Another program that looks at the lock at this moment: it shares it, as RunLock::use_of does.
class Looker {
 public:
  explicit Looker(const fs::path& lock) : file_(::open(lock.c_str(), O_RDONLY | O_CLOEXEC)) {
    EXPECT_EQ(::flock(file_.get(), LOCK_SH | LOCK_NB), 0) << lock;
  }

 private:
  FileDescriptor file_;
};

/// A run that was killed: a session without an end, and nobody who holds the lock.
class RunLockTest : public ::testing::Test {
 protected:
  RunLockTest() {
    RunDirectory directory = run_.open();
    SessionStart start;
    start.launch = "alone";
    directory.append_session(start);
    testing::record(directory, run_.plan(), run_.plan().fits[0]);
    directory.flush();
  }
  [[nodiscard]] RunState state() const { return read_status(run_.path(), 0).state; }
  [[nodiscard]] std::size_t to_take() const {
    const Job job = testing::small_job();
    return WarmStart(run_.path(), job, run_.plan(), testing::small_samples().id)
        .shared()
        .to_take.size();
  }

  testing::SmallRun run_;
  const fs::path lock_ = run_.path("lock");
};

TEST_F(RunLockTest, IsHeldByARunAlone) {
  EXPECT_EQ(RunLock::use_of(run_.path("none")), Use::unknown);
  EXPECT_EQ(RunLock::use_of(lock_), Use::free);
  EXPECT_EQ(RunLock::holder(lock_), std::nullopt);
  {
    const RunLock run(lock_);
    EXPECT_EQ(RunLock::use_of(lock_), Use::held);
    EXPECT_THAT(RunLock::holder(lock_).value(), HasSubstr("process "));
    expect_error(ErrorCode::io,
                 run_.path().string() + ": another run is alive in this folder (" +
                     *RunLock::holder(lock_) + "). wait for it, or choose another --out",
                 [&] { const RunLock second(lock_); });
  }
  EXPECT_EQ(RunLock::use_of(lock_), Use::free);
}

TEST_F(RunLockTest, IsNotHeldByThoseThatLook) {
  const Looker one(lock_);
  EXPECT_EQ(RunLock::use_of(lock_), Use::free);
  EXPECT_EQ(RunLock::holder(lock_), std::nullopt);
  const Looker two(lock_);
  EXPECT_EQ(RunLock::use_of(lock_), Use::free);
  EXPECT_EQ(RunLock::holder(lock_), std::nullopt);
}

/// Each of those that ask: status, and a run that starts from this one.
TEST_F(RunLockTest, OfAKilledRunIsFreeForStatusAndWarmStartWhileOthersLook) {
  ASSERT_EQ(state(), RunState::interrupted);
  ASSERT_EQ(to_take(), 1U);
  const Looker other(lock_);
  EXPECT_EQ(state(), RunState::interrupted);
  EXPECT_EQ(to_take(), 1U);
}

/// Of what the one before wrote nothing stays, or its remains would make the file no lock of ours.
TEST_F(RunLockTest, NamesTheLatestRunAloneHoweverLongTheNamesOfTheOneBefore) {
  test::write_bytes(lock_, "host " + std::string(200, 'x') + ", process 4, since yesterday\n");
  {
    const RunLock run(lock_);
    const std::string content = test::bytes_of(lock_);
    EXPECT_THAT(content, ::testing::StartsWith("host "));
    EXPECT_THAT(content, Not(HasSubstr("xxx")));
    EXPECT_EQ(content, RunLock::holder(lock_).value() + "\n");
  }
  EXPECT_NO_THROW(const RunLock next(lock_));
}

/// A node is lost with the run on it, and the file server frees its lock some time later.
TEST_F(RunLockTest, OfAnEarlierStartOfTheSameJobIsWaitedFor) {
  const SlurmJob again{.id = "7_2", .restarted = true};
  std::optional<RunLock> earlier(std::in_place, lock_, SlurmJob{.id = "7_2"});
  EXPECT_THAT(RunLock::holder(lock_).value(), HasSubstr(", Slurm job 7_2, since "));
  ::testing::internal::CaptureStderr();
  start_log(LogLevel::normal);
  for (const SlurmJob& other :
       {SlurmJob{.id = "7_2"}, SlurmJob{.id = "7", .restarted = true},
        SlurmJob{.id = "2", .restarted = true}, SlurmJob{.id = "", .restarted = true}})
    EXPECT_THROW(const RunLock second(lock_, other), Error) << other.id;
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), Not(HasSubstr("waits up to")));
  std::latch begins(1);
  std::jthread restarted([&] {
    begins.count_down();
    EXPECT_NO_THROW(const RunLock later(lock_, again));
  });
  begins.wait();
  for (int look = 0; look < 1000; ++look) EXPECT_NE(RunLock::use_of(lock_), Use::free);
  earlier.reset();
}

/// A run that starts waits for whoever looks just then.
TEST_F(RunLockTest, IsHadByARunHoweverManyLook) {
  std::jthread looks([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) EXPECT_NE(RunLock::use_of(lock_), Use::unknown);
  });
  for (int start = 0; start < 100; ++start) {
    const RunLock run(lock_);
    EXPECT_EQ(RunLock::use_of(lock_), Use::held);
  }
}

}  // namespace
}  // namespace crossfold
