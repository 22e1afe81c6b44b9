#include "crossfold/results/run_status.h"

#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/host_info.h"
#include "crossfold/core/utc_time.h"

#include "core/expect_error.h"
#include "journal_line.h"
#include "results/small_run.h"

namespace crossfold {
namespace {

class RunStatusTest : public ::testing::Test {
 protected:
  RunStatusTest() : directory_(run_.open()) {}

  /// As a kill or an error ends a run: without a word in the journal.
  void interrupt() { const RunDirectory gone = std::move(directory_); }
  /// The journal as it would be had the run been on another host.
  void move_to_other_host() const {
    std::istringstream lines(test::bytes_of(run_.journal()));
    std::string text;
    for (std::string line; std::getline(lines, line);) {
      nlohmann::json value = read_journal_line(line).value();
      if (value.at("kind") == "session") value["host"] = "another-host";
      text += journal_line(value);
    }
    test::write_bytes(run_.journal(), text);
  }

  /// The journal with another value of `key` in line number `index` of those of sessions.
  void change_session(std::size_t index, const char* key, const std::string& value) const {
    std::istringstream lines(test::bytes_of(run_.journal()));
    std::string text;
    std::size_t sessions = 0;
    for (std::string line; std::getline(lines, line);) {
      nlohmann::json entry = read_journal_line(line).value();
      if (entry.at("kind") == "session" && sessions++ == index) entry[key] = value;
      text += journal_line(entry);
    }
    test::write_bytes(run_.journal(), text);
  }

  void begin(std::optional<ShardShare> shard = std::nullopt) {
    SessionStart start;
    start.launch = "mpi";
    start.shard = shard;
    directory_.append_session(start);
  }
  void end(SessionEnd::Outcome outcome) {
    SessionEnd end;
    end.outcome = outcome;
    directory_.append_session(end);
  }
  void record(std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i)
      testing::record(directory_, run_.plan(), run_.plan().fits[i]);
    directory_.flush();
  }
  void beat(std::int64_t at_s) {
    Heartbeat heartbeat;
    heartbeat.written_s = at_s;
    heartbeat.host = "alpha";
    heartbeat.slurm_job = "7_2";
    heartbeat.elapsed_s = 10;
    heartbeat.share = 0.25;
    heartbeat.workers.push_back(
        {.rank = 1, .host = "beta", .device = "cuda:0", .done = 3, .held = 2});
    write_heartbeat(run_.path(), heartbeat);
  }
  [[nodiscard]] RunStatus status(std::int64_t seconds_from_now = 0) const {
    return read_status(run_.path(), *seconds_of_utc(utc_now()) + seconds_from_now);
  }

  testing::SmallRun run_;
  RunDirectory directory_;
};

TEST_F(RunStatusTest, SaysOfLinesOfAnotherRunWhatAReportSays) {
  record(0, 2);
  FitResult stranger = testing::result_of(run_.plan(), run_.plan().fits[2]);
  stranger.id.bytes.back() ^= 1;
  const std::string id = stranger.id.hex();
  testing::record(directory_, stranger);
  directory_.flush();
  const std::string text = run_.journal().string() + ": records fit " + id +
                           ", which the plan does not hold (lines of another run were added). "
                           "restore the file from a copy, or let `crossfold run --salvage` with "
                           "the same job and --out leave them out";
  expect_error(ErrorCode::bad_input, text, [&] { static_cast<void>(status()); });
  expect_error(ErrorCode::bad_input, text, [&] { static_cast<void>(run_.load()); });
}

TEST_F(RunStatusTest, KnowsARunThatHasNotStarted) {
  const RunStatus now = status();
  EXPECT_EQ(now.state, RunState::not_started);
  EXPECT_EQ(now.expected, distinct_fits(run_.plan()));
  EXPECT_EQ(now.missing(), now.expected);
  EXPECT_EQ(now.name, "small");
  EXPECT_EQ(now.restarts(), 0U);
}

TEST_F(RunStatusTest, CountsWhatIsDoneAndWhatFailed) {
  begin();
  record(0, 3);
  FitRecord failed;
  failed.result = testing::failed_result(run_.plan().fits[3].id);
  directory_.append(failed);
  directory_.flush();
  const RunStatus now = status();
  EXPECT_EQ(now.done, 3U);
  EXPECT_EQ(now.failed, 1U);
  EXPECT_EQ(now.missing(), now.expected - 4);
}

TEST_F(RunStatusTest, TellsARunThatIsAliveFromOneThatFellSilent) {
  begin();
  EXPECT_EQ(status(10).state, RunState::running);
  EXPECT_EQ(status(100).state, RunState::unresponsive);
  beat(*seconds_of_utc(utc_now()) + 95);
  const RunStatus later = status(100);
  EXPECT_EQ(later.state, RunState::running);
  EXPECT_NEAR(later.silence_s, 5, 1.5);
  EXPECT_EQ(status(200).state, RunState::unresponsive);
}

TEST_F(RunStatusTest, KnowsAtOnceThatNobodyIsAtWorkOnThisHost) {
  begin();
  beat(*seconds_of_utc(utc_now()));
  interrupt();
  const RunStatus now = status(5);
  EXPECT_EQ(now.state, RunState::interrupted);
  EXPECT_NEAR(now.silence_s, 5, 1.5);
  EXPECT_TRUE(now.heartbeat.has_value());
  EXPECT_EQ(status(1000).state, RunState::interrupted);
}

TEST_F(RunStatusTest, WaitsForASignOfLifeFromAnotherHost) {
  begin();
  interrupt();
  move_to_other_host();
  EXPECT_EQ(status(10).state, RunState::running) << "its lock may not be seen here";
  EXPECT_EQ(status(100).state, RunState::unresponsive);
}

TEST_F(RunStatusTest, AfterAnInterruptionIsThatOfTheRunThatGoesOn) {
  begin();
  interrupt();
  directory_ = run_.open();
  EXPECT_EQ(status(5).state, RunState::running) << "it has the lock and begins its session next";
  begin();
  EXPECT_EQ(status(5).state, RunState::running);
  end(SessionEnd::Outcome::completed);
  interrupt();
  EXPECT_EQ(status(5).state, RunState::finished);
}

/// However long ago the sessions before were killed.
TEST_F(RunStatusTest, IsSilentSinceItsLatestSessionBegan) {
  begin();
  interrupt();
  change_session(0, "time", "2020-01-31T23:59:59Z");
  directory_ = run_.open();
  begin();
  const std::int64_t began_s = seconds_of_utc(status().sessions.back().started).value();
  const RunStatus now = read_status(run_.path(), began_s + 10);
  EXPECT_EQ(now.silence_s, 10);
  EXPECT_EQ(now.state, RunState::running);
}

/// A run is continued on another host: the lock tells of the host of its latest session alone.
TEST_F(RunStatusTest, IsInterruptedWhereItsLatestSessionWasOnThisHost) {
  begin();
  interrupt();
  directory_ = run_.open();
  begin();
  interrupt();
  change_session(0, "host", "another-host");
  EXPECT_EQ(status().state, RunState::interrupted);
  change_session(0, "host", host_info().name);
  change_session(1, "host", "another-host");
  EXPECT_EQ(status().state, RunState::running) << "its lock may not be seen here";
}

TEST_F(RunStatusTest, OfAnInterruptedRunWithoutALockIsJudgedByItsHeartbeat) {
  begin();
  interrupt();
  std::filesystem::remove(run_.path("lock"));
  EXPECT_EQ(status(10).state, RunState::running);
  EXPECT_EQ(status(100).state, RunState::unresponsive);
}

TEST_F(RunStatusTest, TellsWhereItRunsAndHowLongItWillTake) {
  begin();
  beat(*seconds_of_utc(utc_now()));
  const RunStatus now = status();
  ASSERT_TRUE(now.heartbeat.has_value());
  EXPECT_EQ(now.heartbeat->slurm_job, "7_2");
  EXPECT_EQ(now.heartbeat->left()->seconds, 30);
  ASSERT_EQ(now.heartbeat->workers.size(), 1U);
  EXPECT_EQ(now.heartbeat->workers[0].host, "beta");
  EXPECT_EQ(now.heartbeat->workers[0].device, "cuda:0");
  EXPECT_EQ(now.heartbeat->workers[0].held, 2U);
}

/// A merge leaves no heartbeat: it lives as long as it has the lock, and what a killed run left is
/// not its own.
TEST_F(RunStatusTest, OfAMergeIsJudgedByItsLock) {
  const auto merge = [&] {
    SessionStart start;
    start.launch = "merge";
    directory_.append_session(start);
  };
  begin();
  beat(*seconds_of_utc(utc_now()));
  merge();
  EXPECT_EQ(status(1000).state, RunState::running);
  EXPECT_FALSE(status().heartbeat.has_value());
  EXPECT_EQ(status().restarts(), 0U) << "it trains nothing";
  interrupt();
  EXPECT_EQ(status().state, RunState::interrupted);
  EXPECT_FALSE(status().heartbeat.has_value());
  directory_ = run_.open();
  merge();
  begin();
  EXPECT_EQ(status().restarts(), 1U);
}

TEST_F(RunStatusTest, BelievesTheJournalsEndMoreThanAHeartbeat) {
  begin();
  beat(*seconds_of_utc(utc_now()));
  end(SessionEnd::Outcome::stopped);
  EXPECT_EQ(status().state, RunState::stopped);
  EXPECT_FALSE(status().heartbeat.has_value());
  begin();
  end(SessionEnd::Outcome::completed);
  EXPECT_EQ(status().state, RunState::finished);
  EXPECT_EQ(status().restarts(), 1U);
}

TEST_F(RunStatusTest, MakesNothingOfAHeartbeatThatIsDamaged) {
  begin();
  for (const char* text : {"", "{", "[]", R"({"format": "crossfold-heartbeat"})",
                           R"({"format": "crossfold-heartbeat", "format_version": 1})"}) {
    test::write_bytes(run_.path("heartbeat.json"), text);
    EXPECT_FALSE(read_heartbeat(run_.path()).has_value()) << text;
    EXPECT_EQ(status().state, RunState::running);
  }
  remove_heartbeat(run_.path());
  remove_heartbeat(run_.path());
}

/// Each session's own words; those that took fits over are not of the run's work.
TEST_F(RunStatusTest, HasTheSessionsAsTheyWere) {
  const auto start = [&](const std::string& launch, std::uint32_t workers, std::size_t share) {
    SessionStart begun;
    begun.launch = launch;
    begun.workers = workers;
    if (share > 0) begun.shard = ShardShare{.index = 2, .of = 3, .fits = share};
    directory_.append_session(begun);
  };
  start("warm-start", 0, 0);
  end(SessionEnd::Outcome::stopped);
  start("mpi", 4, 12);
  start("alone", 5, 13);
  directory_.append_session(SessionEnd{.outcome = SessionEnd::Outcome::stopped,
                                       .seconds = 2.5,
                                       .trained = 7,
                                       .failed = 3,
                                       .workers = {}});
  start("warm-start", 0, 0);
  end(SessionEnd::Outcome::completed);
  start("mpi", 6, 14);
  directory_.append_session(SessionEnd{.outcome = SessionEnd::Outcome::completed,
                                       .seconds = 3.5,
                                       .trained = 8,
                                       .failed = 0,
                                       .workers = {}});
  const RunStatus now = status();
  ASSERT_EQ(now.sessions.size(), 3U);
  EXPECT_EQ(now.restarts(), 2U);
  EXPECT_EQ(now.expected, 14U) << "the share of the last one";
  EXPECT_EQ(now.state, RunState::finished);
  for (const std::size_t i : {0U, 1U, 2U}) {
    const SessionStatus& session = now.sessions[i];
    EXPECT_EQ(session.workers, 4 + i);
    EXPECT_EQ(session.host, host_info().name);
    EXPECT_TRUE(seconds_of_utc(session.started).has_value());
    ASSERT_TRUE(session.shard.has_value());
    EXPECT_EQ(session.shard->index, 2U);
    EXPECT_EQ(session.shard->of, 3U);
    EXPECT_EQ(session.shard->fits, 12 + i);
    EXPECT_EQ(session.end.has_value(), i > 0);
  }
  EXPECT_TRUE(now.sessions[1].end->stopped);
  EXPECT_EQ(now.sessions[1].end->seconds, 2.5);
  EXPECT_EQ(now.sessions[1].end->trained, 7U);
  EXPECT_TRUE(seconds_of_utc(now.sessions[1].end->time).has_value());
  EXPECT_FALSE(now.sessions[2].end->stopped);
  EXPECT_EQ(now.sessions[2].end->seconds, 3.5);
  EXPECT_EQ(now.sessions[2].end->trained, 8U);
}

TEST_F(RunStatusTest, ExpectsOfAShardItsShare) {
  begin(ShardShare{.index = 2, .of = 3, .fits = 12});
  EXPECT_EQ(status().expected, 12U);
  EXPECT_EQ(status().planned, distinct_fits(run_.plan()));
}

/// To the second, and whichever of two clocks is ahead.
TEST_F(RunStatusTest, IsUnresponsiveOnceItWasSilentForMoreThanAMinute) {
  begin();
  const std::int64_t beat_s = *seconds_of_utc(utc_now()) + 1000;  // far behind the session's start
  beat(beat_s);
  const auto after = [&](std::int64_t seconds) {
    return read_status(run_.path(), beat_s + seconds);
  };
  EXPECT_EQ(after(60).state, RunState::running);
  EXPECT_EQ(after(60).silence_s, 60);
  EXPECT_EQ(after(61).state, RunState::unresponsive);
  EXPECT_EQ(after(61).silence_s, 61);
  EXPECT_EQ(after(-5).state, RunState::running);
  EXPECT_EQ(after(-5).silence_s, 0);
}

TEST(RunStatus, MissesWhatIsNeitherDoneNorFailed) {
  RunStatus status;
  status.expected = 7;
  status.done = 2;
  status.failed = 1;
  EXPECT_EQ(status.missing(), 4U);
  status.done = 6;
  EXPECT_EQ(status.missing(), 0U);
  status.failed = 3;
  EXPECT_EQ(status.missing(), 0U) << "a failed fit may be one of another shard";
  EXPECT_EQ(status.restarts(), 0U);
}

TEST(ReadStatus, NamesAFolderThatIsNoRun) {
  const test::ScratchFolder folder;
  expect_error(ErrorCode::bad_input,
               folder.path().string() +
                   ": is no run directory of crossfold (job.json is missing). name the --out "
                   "folder of a run",
               [&] { static_cast<void>(read_status(folder.path(), 0)); });
  expect_error(ErrorCode::io,
               (folder / "none").string() + ": is no folder. name the --out folder of a run",
               [&] { static_cast<void>(read_status(folder / "none", 0)); });
}

TEST(UtcTime, IsReadBack) {
  EXPECT_EQ(seconds_of_utc("1970-01-02T00:00:01Z"), 86401);
  EXPECT_FALSE(seconds_of_utc("yesterday").has_value());
  EXPECT_FALSE(seconds_of_utc("1970-01-02T00:00:01Z ").has_value());
}

}  // namespace
}  // namespace crossfold
