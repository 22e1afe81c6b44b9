#include "crossfold/results/timeline.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/files.h"

#include "core/expect_error.h"
#include "journal_entry.h"
#include "journal_line.h"
#include "results/small_run.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A run directory whose journal is made up line by line, so that its times are known.
class TimelineTest : public ::testing::Test {
 protected:
  TimelineTest() {
    run_.record(0, 1);  // for job.json
    const std::string journal = test::bytes_of(run_.journal());
    text_ = journal.substr(0, journal.find('\n') + 1);
  }

  void add(json line) { text_ += journal_line(line); }
  void start(double at, const std::string& launch = "mpi") {
    add({{"kind", "session"},
         {"event", "start"},
         {"time", "2026-11-28T23:45:17Z"},
         {"at", at},
         {"launch", launch},
         {"workers", 3},
         {"host", "alpha"}});
  }
  void end(double at, const std::string& outcome = "completed") {
    json workers = json::array();
    for (int rank = 0; rank < 3; ++rank)
      workers.push_back({{"rank", rank}, {"host", "beta"}, {"device", "cpu core 1"}});
    add({{"kind", "session"},
         {"event", "end"},
         {"time", "2026-11-28T23:45:17Z"},
         {"at", at},
         {"outcome", outcome},
         {"by_worker", workers}});
  }
  void cohort(int worker, double start, double seconds, double write, std::optional<int> stage,
              const std::string& experiment = "task") {
    json line{{"kind", "cohort"},
              {"worker", worker},
              {"start", start},
              {"seconds", seconds},
              {"write", write},
              {"fits", 4},
              {"first_fit", std::string(32, 'a')},
              {"experiment", experiment}};
    if (stage) line["stage"] = *stage;
    add(line);
  }
  void lost(int worker, double at) {
    add({{"kind", "lost"}, {"worker", worker}, {"at", at}, {"host", "beta"}, {"device", "cpu"}});
  }
  [[nodiscard]] Timeline load() const {
    write_file_whole(run_.journal(), text_);
    return load_timeline(run_.path());
  }

  testing::SmallRun run_;
  std::string text_;
};

TEST_F(TimelineTest, SharesOutTheTimeOfEachRank) {
  start(100);
  cohort(0, 101, 4, 1, std::nullopt);
  cohort(0, 105, 3, 0.5, std::nullopt);
  cohort(1, 101, 2, 0, std::nullopt);
  lost(1, 106);
  end(110);
  const Timeline timeline = load();
  ASSERT_EQ(timeline.sessions.size(), 1U);
  const TimelineSession& session = timeline.sessions[0];
  EXPECT_EQ(session.end, TimelineSession::End::completed);
  ASSERT_EQ(session.ranks.size(), 3U);
  EXPECT_EQ(session.ranks[0].host, "beta");
  const TimeShares first = shares_of(session, session.ranks[0]);
  EXPECT_DOUBLE_EQ(first.train_s, 5.5);
  EXPECT_DOUBLE_EQ(first.write_s, 1.5);
  EXPECT_DOUBLE_EQ(first.wait_s, 3);
  EXPECT_DOUBLE_EQ(first.lost_s, 0);
  EXPECT_EQ(first.cohorts, 2U);
  EXPECT_EQ(first.fits, 8U);
  const TimeShares second = shares_of(session, session.ranks[1]);
  EXPECT_DOUBLE_EQ(second.train_s, 2);
  EXPECT_DOUBLE_EQ(second.wait_s, 4);
  EXPECT_DOUBLE_EQ(second.lost_s, 4);
  EXPECT_DOUBLE_EQ(shares_of(session, session.ranks[2]).wait_s, 10);
  EXPECT_DOUBLE_EQ(shares_of(timeline).total_s(), 30);
  EXPECT_EQ(timeline.cohorts(), 3U);
}

/// The session's own words, and of each rank those of the session's end.
TEST_F(TimelineTest, HasEachRankAsTheEndOfItsSessionNamesIt) {
  start(100);
  cohort(2, 101, 1, 0, std::nullopt);
  const auto rank = [](int number, const char* host, const char* device) {
    return json({{"rank", number}, {"host", host}, {"device", device}});
  };
  add({{"kind", "session"},
       {"event", "end"},
       {"time", "2026-11-28T23:50:17Z"},
       {"at", 110.0},
       {"outcome", "completed"},
       {"by_worker", {rank(2, "gamma", "cuda:1"), rank(0, "beta", "cpu core 3")}}});
  const Timeline timeline = load();
  ASSERT_EQ(timeline.sessions.size(), 1U);
  const TimelineSession& session = timeline.sessions[0];
  EXPECT_EQ(session.started, "2026-11-28T23:45:17Z");
  EXPECT_EQ(session.host, "alpha");
  EXPECT_EQ(session.workers, 3U);
  EXPECT_EQ(session.start_s, 100);
  EXPECT_EQ(session.end_s, 110);
  ASSERT_EQ(session.ranks.size(), 2U);
  EXPECT_EQ(session.ranks[0].rank, 0U);
  EXPECT_EQ(session.ranks[0].host, "beta");
  EXPECT_EQ(session.ranks[0].device, "cpu core 3");
  EXPECT_TRUE(session.ranks[0].cohorts.empty());
  EXPECT_EQ(session.ranks[1].rank, 2U);
  EXPECT_EQ(session.ranks[1].host, "gamma");
  EXPECT_EQ(session.ranks[1].device, "cuda:1");
  EXPECT_EQ(session.ranks[1].cohorts.size(), 1U);
}

/// Whoever was killed has written no end: the last thing that is known stands for it.
TEST_F(TimelineTest, EndsAKilledSessionWithItsLastLine) {
  start(100);
  cohort(0, 101, 4, 0, std::nullopt);
  lost(2, 107);
  start(200);
  cohort(1, 201, 5, 0, std::nullopt);
  end(210, "stopped");
  const Timeline timeline = load();
  ASSERT_EQ(timeline.sessions.size(), 2U);
  EXPECT_EQ(timeline.sessions[0].end, TimelineSession::End::none);
  EXPECT_DOUBLE_EQ(timeline.sessions[0].end_s, 107);
  EXPECT_EQ(timeline.sessions[0].ranks.size(), 2U);
  EXPECT_EQ(timeline.sessions[0].workers, 3U);
  EXPECT_EQ(timeline.sessions[1].end, TimelineSession::End::stopped);
  EXPECT_EQ(timeline.sessions[1].ranks[1].cohorts.size(), 1U);
}

TEST_F(TimelineTest, NamesStagesInWords) {
  start(100);
  cohort(0, 101, 1, 0, 0);
  cohort(0, 102, 1, 0, 2);
  cohort(0, 103, 1, 0, std::nullopt);
  end(110);
  EXPECT_THAT(load().stages, ElementsAre("task, rung 1", "task, rung 3", "task"));
}

TEST_F(TimelineTest, HasTheSessionsOfShardsBehindItsOwn) {
  const std::string head = text_;
  const std::filesystem::path shard = run_.path() / "shards" / "2-of-2";
  std::filesystem::create_directories(shard);
  std::filesystem::copy_file(run_.path() / "job.json", shard / "job.json");
  start(100);
  cohort(1, 101, 4, 0, std::nullopt);
  end(110);
  write_file_whole(shard / "journal.jsonl", text_);
  text_ = head;
  start(200, "merge");
  end(201);
  Timeline timeline = load();
  ASSERT_EQ(timeline.sessions.size(), 1U) << "a merge trains nothing";
  EXPECT_EQ(timeline.sessions[0].shard, "2-of-2");
  EXPECT_EQ(timeline.sessions[0].ranks[1].cohorts.size(), 1U);
  start(300);
  timeline = load();
  ASSERT_EQ(timeline.sessions.size(), 2U);
  EXPECT_EQ(timeline.sessions[0].shard, "");
  EXPECT_DOUBLE_EQ(timeline.sessions[1].start_s, 100);
  std::filesystem::remove(run_.path() / "job.json");  // shards that are not merged yet
  EXPECT_THROW(static_cast<void>(load_timeline(run_.path())), Error);
}

/// No end says who they were: the fits of a cohort do, which stand before its line.
TEST_F(TimelineTest, KnowsTheRanksOfAKilledSessionByTheirFits) {
  const auto fit_of = [&](const std::string& host, const std::string& device) {
    add(to_json(JournalFit{.result = testing::failed_result(run_.plan().fits[0].id),
                           .host = host,
                           .device = device,
                           .class_id = "",
                           .artefacts = {}}));
  };
  start(100);
  fit_of("alpha", "cuda:0");
  cohort(2, 103, 4, 9, std::nullopt);
  cohort(2, 101, 1, 0.25, std::nullopt);
  fit_of("beta", "cpu core 4");
  cohort(0, 101, 2, 0, std::nullopt);
  lost(1, 106);
  fit_of("gamma", "cpu core 5");
  cohort(0, 104, 1, 0, std::nullopt);
  const Timeline timeline = load();
  const TimelineSession& session = timeline.sessions.at(0);
  ASSERT_EQ(session.ranks.size(), 3U);
  const std::vector<std::string> hosts{"beta", "beta", "alpha"};
  const std::vector<std::string> devices{"cpu core 4", "cpu", "cuda:0"};
  for (std::size_t rank = 0; rank < 3; ++rank) {
    EXPECT_EQ(session.ranks[rank].rank, rank);
    EXPECT_EQ(session.ranks[rank].host, hosts[rank]);
    EXPECT_EQ(session.ranks[rank].device, devices[rank]);
    EXPECT_EQ(session.ranks[rank].lost_s.has_value(), rank == 1);
  }
  EXPECT_EQ(session.end_s, 107) << "of the cohort that ended last, not of a line";
  ASSERT_EQ(session.ranks[2].cohorts.size(), 2U);
  EXPECT_EQ(session.ranks[2].cohorts[0].start_s, 101) << "in the order of time";
  EXPECT_EQ(session.ranks[2].cohorts[0].end_s, 102);
  EXPECT_EQ(session.ranks[2].cohorts[0].write_s, 0.25);
  EXPECT_EQ(session.ranks[2].cohorts[1].write_s, 4) << "no more than it took";
  EXPECT_EQ(session.ranks[2].cohorts[1].fits, 4U);
  EXPECT_EQ(session.ranks[2].cohorts[1].first_fit.hex(), std::string(32, 'a'));
}

TEST_F(TimelineTest, CallsTheStagesOfASearchGenerations) {
  StageRecord stage;
  stage.experiment = "task";
  stage.generation = StageRecord::Generation{.drawn = {}, .candidates = 2, .of = 4};
  add(to_json(JournalStage{.record = stage}));
  start(100);
  cohort(0, 101, 1, 0, 1);
  EXPECT_THAT(load().stages, ElementsAre("task, generation 2"));
}

/// Beside an experiment that searches another one may race.
TEST_F(TimelineTest, CallsTheStagesOfEachExperimentByWhatTheyAre) {
  const std::string head = text_;
  for (const std::string searched : {"one", "two"}) {
    SCOPED_TRACE(searched);
    text_ = head;
    for (const std::string experiment : {"one", "two"}) {
      StageRecord stage;
      stage.experiment = experiment;
      if (experiment == searched)
        stage.generation = StageRecord::Generation{.drawn = {}, .candidates = 2, .of = 4};
      else
        stage.embedding = "z";
      add(to_json(JournalStage{.record = stage}));
    }
    start(100);
    for (const std::string experiment : {"two", "one"})
      for (const int stage : {0, 1}) cohort(0, 101, 1, 0, stage, experiment);
    const auto named = [&](const std::string& experiment) {
      return experiment + (experiment == searched ? ", generation " : ", rung ");
    };
    EXPECT_THAT(load().stages, ElementsAre(named("two") + "1", named("two") + "2",
                                           named("one") + "1", named("one") + "2"));
  }
}

/// Of each shard its own, under its name, in the order of their numbers.
TEST_F(TimelineTest, HasTheSessionsOfEveryShard) {
  const std::string head = text_;
  for (const int index : {1, 2, 3}) {
    const std::filesystem::path shard = run_.path() / "shards" / (std::to_string(index) + "-of-3");
    std::filesystem::create_directories(shard);
    std::filesystem::copy_file(run_.path() / "job.json", shard / "job.json");
    text_ = head;
    if (index == 2) cohort(1, 501, 4, 0, std::nullopt);  // before its first session: of nobody
    for (int time = 0; time < index; ++time) {
      start(100 * index + 10 * time);
      cohort(1, 100 * index + 10 * time, 4, 0, std::nullopt);
    }
    write_file_whole(shard / "journal.jsonl", text_);
  }
  text_ = head;
  const Timeline timeline = load();
  ASSERT_EQ(timeline.sessions.size(), 6U);
  EXPECT_EQ(timeline.cohorts(), 6U);
  const std::vector<std::string> shards{"1-of-3", "2-of-3", "2-of-3", "3-of-3", "3-of-3", "3-of-3"};
  const std::vector<double> starts{100, 200, 210, 300, 310, 320};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(timeline.sessions[i].shard, shards[i]);
    EXPECT_EQ(timeline.sessions[i].start_s, starts[i]);
    EXPECT_EQ(timeline.sessions[i].ranks.size(), 1U);
  }
  const TimeShares all = shares_of(timeline);
  EXPECT_EQ(all.cohorts, 6U);
  EXPECT_EQ(all.fits, 24U);
  EXPECT_DOUBLE_EQ(all.train_s, 24);
}

TEST_F(TimelineTest, LeavesOutSessionsThatTrainNothing) {
  start(100, "warm-start");
  end(101);
  start(200);
  end(210);
  ASSERT_EQ(load().sessions.size(), 1U);
  EXPECT_DOUBLE_EQ(load().sessions[0].start_s, 200);
}

/// Programs before this line wrote whole seconds and no cohorts.
TEST_F(TimelineTest, ReadsRunsOfEarlierPrograms) {
  add({{"kind", "session"},
       {"event", "start"},
       {"time", "2026-11-28T23:45:17Z"},
       {"launch", "alone"},
       {"workers", 1},
       {"host", "alpha"}});
  const Timeline timeline = load();
  ASSERT_EQ(timeline.sessions.size(), 1U);
  EXPECT_DOUBLE_EQ(timeline.sessions[0].start_s, 1795909517);
  EXPECT_THAT(timeline.sessions[0].ranks, IsEmpty());
  EXPECT_EQ(timeline.name, "small");
}

TEST_F(TimelineTest, RefusesASessionThatItDoesNotUnderstand) {
  add({{"kind", "session"}, {"event", "start"}, {"time", "now"}});
  try {
    static_cast<void>(load());
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    EXPECT_THAT(error.what(),
                ::testing::HasSubstr("line 2 is a session that cannot be understood"));
  }
}

}  // namespace
}  // namespace crossfold
