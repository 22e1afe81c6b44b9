#include "watch_screen.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/text_lines.h"

namespace crossfold::cli {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;

StatusView running(std::size_t workers) {
  RunStatus run;
  run.directory = "demo.run";
  run.name = "demo";
  run.state = RunState::running;
  run.expected = 150;
  run.done = 60;
  run.failed = 1;
  run.sessions.push_back({.started = "2026-11-28T23:45:17Z",
                          .host = "alpha",
                          .workers = static_cast<std::uint32_t>(workers),
                          .shard = std::nullopt,
                          .end = std::nullopt});
  Heartbeat heartbeat;
  heartbeat.at = "race of 'task' on z: rung 2 of 4, 12 candidates";
  heartbeat.rate_per_s = 3.4;
  heartbeat.expected_left = {.seconds = 26, .least_s = 25, .most_s = 28};
  for (std::uint32_t i = 0; i < workers; ++i)
    heartbeat.workers.push_back({.rank = i,
                                 .host = i % 2 == 0 ? "alpha" : "beta",
                                 .device = "cpu core 1",
                                 .done = 3,
                                 .held = i == 1 ? 0U : 2U,
                                 .lost = i == 2,
                                 .busy = i == 1 ? 0.25 : 1.0,
                                 .at_it_s = 12});
  run.heartbeat = heartbeat;
  StatusView view;
  view.directory = run.directory;
  view.name = run.name;
  view.expected = run.expected;
  view.done = run.done;
  view.failed = run.failed;
  view.runs.push_back(run);
  return view;
}

const std::vector<std::string> kEvents{"fit 12ab failed: out of memory",
                                       "worker 2 on alpha was declared lost"};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(WatchScreen, HasABarForEachWorker) {
  EXPECT_EQ(watch_screen(running(3), kEvents, {.width = 80, .height = 24}),
            "demo: 60 of 150 fits done, 1 failed, 89 to do\n"
            "[#################.........................]  40 %  3.4 fits a second, 26 s left\n"
            "race of 'task' on z: rung 2 of 4, 12 candidates\n"
            "    0 alpha cpu core 1               [##########] 100 %  holds 2, 12 s at it\n"
            "    1 beta cpu core 1                [###.......]  25 %  waits\n"
            "    2 alpha cpu core 1               lost\n"
            "\n"
            "fit 12ab failed: out of memory\n"
            "worker 2 on alpha was declared lost\n");
}

TEST(WatchScreen, FoldsWorkersThatDoNotFitByHost) {
  EXPECT_EQ(watch_screen(running(64), {}, {.width = 80, .height = 24}),
            "demo: 60 of 150 fits done, 1 failed, 89 to do\n"
            "[#################.........................]  40 %  3.4 fits a second, 26 s left\n"
            "race of 'task' on z: rung 2 of 4, 12 candidates\n"
            "[##########] 100 % alpha: 32 workers, 31 at work, 1 lost\n"
            "[##########]  98 % beta: 32 workers, 31 at work\n");
}

TEST(WatchScreen, FoldsHostsThatDoNotFitIntoOneLine) {
  StatusView view = running(64);
  for (Heartbeat::Worker& worker : view.runs[0].heartbeat->workers)
    worker.host = "node" + std::to_string(worker.rank);
  EXPECT_THAT(watch_screen(view, {}, {.width = 80, .height = 24}),
              HasSubstr("\n[##########]  99 % 64 hosts: 64 workers, 62 at work, 1 lost\n"));
}

TEST(WatchScreen, FitsWindowsOfEverySize) {
  for (const std::size_t width : {1U, 2U, 5U, 20U, 40U, 80U, 200U})
    for (const std::size_t height : {1U, 2U, 3U, 5U, 8U, 24U, 60U})
      for (const std::size_t workers : {0U, 1U, 30U, 1000U}) {
        const auto lines =
            lines_of(watch_screen(running(workers), kEvents, {.width = width, .height = height}));
        EXPECT_LE(lines.size(), std::max<std::size_t>(1, height - 1));
        for (const std::string& line : lines) EXPECT_LE(width_of(line), width) << line;
      }
}

TEST(WatchScreen, LetsNoNameDriveTheTerminal) {
  StatusView view = running(2);
  const std::string hostile = "\x1b]0;x\x07\x1b[2J\r\n\x9b";
  view.name = hostile;
  view.runs[0].heartbeat->at = hostile;
  for (Heartbeat::Worker& worker : view.runs[0].heartbeat->workers) worker.host = hostile;
  const std::string screen = watch_screen(view, {hostile}, {.width = 80, .height = 24});
  for (const char c : {'\x1b', '\x07', '\r'})
    EXPECT_EQ(screen.find(c), std::string::npos) << static_cast<int>(c);
  EXPECT_EQ(lines_of(screen).size(), 7U);
}

TEST(WatchScreen, SaysHowARunStandsThatDoesNotRun) {
  StatusView view = running(1);
  view.runs[0].state = RunState::not_started;
  view.runs[0].sessions.clear();
  EXPECT_EQ(watch_screen(view, {}, {.width = 60, .height = 10}),
            "demo: 60 of 150 fits done, 1 failed, 89 to do\n"
            "[####################..............................]  40 %\n"
            "not started\n");
}

/// A second run beside that of running(3): slower, larger, with a worker of its own.
RunStatus slower() {
  RunStatus run = running(3).runs.front();
  run.directory = "demo.run/shards/2-of-3";
  run.heartbeat->rate_per_s = 1.1;
  run.heartbeat->at = "race of 'other' on z";
  run.heartbeat->expected_left = {.seconds = 90, .least_s = 88, .most_s = 92};
  run.heartbeat->workers.resize(1);
  run.heartbeat->workers.front().host = "gamma";
  return run;
}

TEST(WatchScreen, AddsUpRatesAndWaitsForTheSlowestOfSeveralRuns) {
  for (const bool slowest_first : {false, true}) {
    StatusView view = running(3);
    view.runs.insert(slowest_first ? view.runs.begin() : view.runs.end(), slower());
    const std::string screen = watch_screen(view, {}, {.width = 100, .height = 24});
    EXPECT_THAT(screen, HasSubstr("]  40 %  4.5 fits a second, 1 min 30 s left\n"));
    for (const char* line :
         {"\nrace of 'task' on z: rung 2 of 4, 12 candidates\n", "\nrace of 'other' on z\n",
          "\n    0 alpha cpu core 1 ", "\n    1 beta cpu core 1 ", "\n    2 alpha cpu core 1 ",
          "\n    0 gamma cpu core 1 "})
      EXPECT_THAT(screen, HasSubstr(line));
  }
}

TEST(WatchScreen, SaysOfRunsThatAreNotAliveHowTheyStand) {
  StatusView view = running(1);
  RunStatus ended = slower();
  ended.state = RunState::finished;
  ended.sessions.back().shard = ShardShare{.index = 2, .of = 3, .fits = 10};
  ended.sessions.back().end = SessionStatus::End{.time = "noon"};
  RunStatus cut_off = slower();
  cut_off.state = RunState::unresponsive;
  cut_off.silence_s = 70;
  cut_off.sessions.back().shard = ShardShare{.index = 3, .of = 3, .fits = 10};
  RunStatus mute = view.runs.front();
  mute.heartbeat.reset();
  view.runs.insert(view.runs.end(), {ended, cut_off, mute});
  EXPECT_EQ(watch_screen(view, {}, {.width = 120, .height = 24}),
            "demo: 60 of 150 fits done, 1 failed, 89 to do\n"
            "[####################..............................]  40 %  3.4 fits a second, 26 s "
            "left\n"
            "shard 2/3: finished at noon\n"
            "shard 3/3: unresponsive on alpha, since 1 min 10 s (killed, or cut off). run the same "
            "command again to go on\n"
            "race of 'task' on z: rung 2 of 4, 12 candidates\n"
            "    0 alpha cpu core 1               [##########] 100 %  holds 2, 12 s at it\n");
}

/// Of three head lines and no events, rows of the window less four are for workers.
TEST(WatchScreen, FoldsWorkersOnlyWhereTheyDoNotFit) {
  const auto lines = [](std::size_t workers, std::size_t height) {
    return lines_of(watch_screen(running(workers), {}, {.width = 80, .height = height}));
  };
  EXPECT_EQ(lines(6, 10).size(), 9U) << "each has a line";
  EXPECT_EQ(lines(7, 10).size(), 5U) << "a line for each of two hosts";
  EXPECT_EQ(lines(7, 6).size(), 5U) << "two lines are enough for two hosts";
  EXPECT_EQ(lines(7, 5).size(), 4U) << "a line for all";
}

TEST(WatchScreen, ShowsTheLatestFiveEvents) {
  std::vector<std::string> events;
  for (int i = 1; i <= 7; ++i) events.push_back("event " + std::to_string(i));
  const std::string screen = watch_screen(running(1), events, {.width = 80, .height = 40});
  EXPECT_THAT(screen, ::testing::EndsWith("\n\nevent 3\nevent 4\nevent 5\nevent 6\nevent 7\n"));
}

TEST(WatchScreen, CountsWhatIsDoneAgainstTheWholePlan) {
  StatusView view = running(0);
  view.done = 75;
  EXPECT_THAT(watch_screen(view, {}, {.width = 80, .height = 24}), HasSubstr("]  50 %  "));
  view.expected = 0;
  view.done = 0;
  EXPECT_THAT(watch_screen(view, {}, {.width = 80, .height = 24}), HasSubstr("#] 100 %  "));
}

}  // namespace
}  // namespace crossfold::cli
