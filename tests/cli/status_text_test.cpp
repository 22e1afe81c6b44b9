// What `crossfold status` says of a run in each of its states: every line and every key.

#include "status_text.h"

#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace crossfold::cli {
namespace {

using nlohmann::json;

SessionStatus session(const std::string& name, std::uint32_t workers) {
  return {.started = "start of " + name,
          .host = "host of " + name,
          .workers = workers,
          .shard = std::nullopt,
          .end = std::nullopt};
}

/// A run of one session with numbers of its own; of a state that lasts, it has not ended.
RunStatus run(const std::string& name, RunState state) {
  RunStatus status;
  status.directory = "runs/" + name;
  status.name = "job";
  status.state = state;
  status.planned = 1000;
  status.expected = 100;
  status.done = 60;
  status.failed = 3;
  if (state == RunState::not_started) return status;
  status.sessions.push_back(session(name, 2));
  if (state == RunState::stopped || state == RunState::finished)
    status.sessions.back().end = SessionStatus::End{.time = "end of " + name,
                                                    .stopped = state == RunState::stopped,
                                                    .seconds = 12.5,
                                                    .trained = 57};
  else
    status.silence_s = 75;
  return status;
}

Heartbeat heartbeat() {
  Heartbeat beat;
  beat.process = 4711;
  beat.slurm_job = "8_15";
  beat.elapsed_s = 50;
  beat.trained = 9;
  beat.failed = 1;
  beat.share = 0.2;
  beat.workers = {{.rank = 3,
                   .host = "alpha",
                   .device = "cpu core 1",
                   .done = 11,
                   .held = 2,
                   .lost = false,
                   .busy = 0.5,
                   .at_it_s = 7},
                  {.rank = 12,
                   .host = "a longer name",
                   .device = "gpu",
                   .done = 4,
                   .held = 1,
                   .lost = true,
                   .busy = 0,
                   .at_it_s = 0}};
  return beat;
}

StatusView view_of(std::vector<RunStatus> runs) {
  StatusView view;
  view.directory = "runs/whole";
  view.name = "job";
  view.expected = 400;
  view.done = 180;
  view.failed = 9;
  view.runs = std::move(runs);
  return view;
}

constexpr const char* kCounts = "job: 180 of 400 fits done, 9 failed, 211 to do\n";

TEST(StatusText, HasASentenceForEachState) {
  const std::vector<std::pair<RunState, std::string>> sentences{
      {RunState::not_started, "not started\n"},
      {RunState::running,
       "running on host of whole, since start of whole, last heard of 1 min 15 s ago\n"},
      {RunState::unresponsive,
       "unresponsive on host of whole, since 1 min 15 s (killed, or cut off). run the same command "
       "again to go on\n"},
      {RunState::interrupted,
       "interrupted on host of whole, last heard of 1 min 15 s ago (killed, or ended by an error). "
       "run the same command again to go on\n"},
      {RunState::stopped, "stopped at end of whole. run the same command again to go on\n"},
      {RunState::finished, "finished at end of whole\n"}};
  for (const auto& [state, sentence] : sentences) {
    const StatusView view = view_of({run("whole", state)});
    EXPECT_EQ(status_text(view), kCounts + sentence);
    EXPECT_EQ(state_line(view, view.runs.front()) + "\n", sentence);
  }
}

TEST(StatusText, IsOfTheLatestOfSeveralSessions) {
  RunStatus again = run("whole", RunState::finished);
  again.sessions.insert(again.sessions.begin(), session("before", 5));
  EXPECT_EQ(status_text(view_of({again})),
            std::string(kCounts) + "finished at end of whole; 1 restart\n");
  again.sessions.insert(again.sessions.begin(), session("long before", 7));
  EXPECT_EQ(status_text(view_of({again})),
            std::string(kCounts) + "finished at end of whole; 2 restarts\n");
}

TEST(StatusText, NamesEachWorkerOfARunThatIsAlive) {
  RunStatus alive = run("whole", RunState::running);
  alive.heartbeat = heartbeat();
  const std::string begin =
      std::string(kCounts) +
      "running on host of whole, Slurm job 8_15, since start of whole, last heard of 1 min 15 s "
      "ago\n";
  const std::string workers =
      "  worker  host           device        done  holds\n"
      "       3  alpha          cpu core 1      11  2\n"
      "      12  a longer name  gpu              4  lost\n";
  // 10 fits in 50 s; a fifth of the work took 50 s.
  EXPECT_EQ(status_text(view_of({alive})),
            begin + "0.2 fits a second, 3 min 20 s left\n" + workers);
  alive.heartbeat->rate_per_s = 3.5;
  alive.heartbeat->expected_left = {.seconds = 300, .least_s = 240, .most_s = 540};
  EXPECT_EQ(status_text(view_of({alive})),
            begin + "3.5 fits a second, between 4 and 9 min left\n" + workers);
  alive.heartbeat->expected_left.reset();
  alive.heartbeat->share = 0;
  EXPECT_EQ(status_text(view_of({alive})), begin + "3.5 fits a second\n" + workers);

  RunStatus cut_off = alive;
  cut_off.state = RunState::unresponsive;
  EXPECT_EQ(status_text(view_of({cut_off})),
            std::string(kCounts) +
                "unresponsive on host of whole, Slurm job 8_15, since 1 min 15 s (killed, or cut "
                "off). run the same command again to go on\n")
      << "what its workers did is past";
}

TEST(StatusText, NamesShardsAndThoseThatAreAbsent) {
  RunStatus second = run("second", RunState::finished);
  second.sessions.back().shard = ShardShare{.index = 2, .of = 4, .fits = 100};
  RunStatus third = run("third", RunState::stopped);
  third.done = 20;
  third.sessions.insert(third.sessions.begin(), session("third, before", 1));
  third.sessions.front().shard = ShardShare{.index = 1, .of = 9, .fits = 7};
  third.sessions.back().shard = ShardShare{.index = 3, .of = 4, .fits = 100};
  StatusView view = view_of(
      {run("whole", RunState::not_started), second, third, run("fourth", RunState::not_started)});
  view.absent = {{.index = 1, .of = 4}, {.index = 5, .of = 4}};
  EXPECT_EQ(status_text(view),
            std::string(kCounts) +
                "not started\n"
                "shard 2/4: 60 of 100 fits done, 3 failed, 37 to do\n"
                "finished at end of second\n"
                "shard 3/4: 20 of 100 fits done, 3 failed, 77 to do\n"
                "stopped at end of third. run the same command again to go on; 1 restart\n"
                "fourth: 60 of 100 fits done, 3 failed, 37 to do\n"
                "not started\n"
                "shard 1/4: not started\n"
                "shard 5/4: not started\n");
  EXPECT_EQ(state_line(view, view.runs[1]), "shard 2/4: finished at end of second");
  EXPECT_EQ(state_line(view, view.runs[3]), "fourth: not started");
}

StageRecord race(const std::string& experiment) {
  StageRecord record;
  record.experiment = experiment;
  record.embedding = "z";
  record.number = 2;
  record.splits = 10;
  record.living = 83;
  record.leader = "best of " + experiment;
  record.fits = 1000;
  record.fits_at_most = 1200;
  record.fits_of_all = 4000;
  return record;
}

StageRecord search(const std::string& experiment) {
  StageRecord record = race(experiment);
  record.embedding = "";
  record.generation = StageRecord::Generation{.drawn = {"a", "b"}, .candidates = 128, .of = 256};
  return record;
}

/// Races and searches, begun and over, with and without a leader.
RunStatus racing() {
  RunStatus status = run("whole", RunState::finished);
  StageRecord over = race("second");
  over.over = true;
  StageRecord alone = race("third");
  alone.living = 1;
  alone.splits = 1;
  StageRecord nobody = over;
  nobody.leader = "";
  StageRecord searched = search("fifth");
  searched.over = true;
  StageRecord found_none = search("sixth");
  found_none.leader = "";
  status.races = {race("first"), over, alone, nobody, search("fourth"), searched, found_none};
  status.spare = 5;
  return status;
}

TEST(StatusText, SaysHowFarEachRaceAndSearchIs) {
  EXPECT_EQ(status_text(view_of({racing()})),
            std::string(kCounts) +
                "finished at end of whole\n"
                "race of 'first' on z: 83 candidates on 10 splits, 2800 of 4000 fits saved so far\n"
                "race of 'second' on z: over, 3000 of 4000 fits saved; the best is best of second\n"
                "race of 'third' on z: 1 candidate on 1 split, 2800 of 4000 fits saved so far\n"
                "race of 'second' on z: over, 3000 of 4000 fits saved; the best is none\n"
                "search of 'fourth': generation 3, 128 of 256 candidates; the best so far is best "
                "of fourth\n"
                "search of 'fifth': over, 128 candidates; the best is best of fifth\n"
                "search of 'sixth': generation 3, 128 of 256 candidates; the best so far is none\n"
                "5 further fits completed that no table counts (the candidates were given up "
                "before)\n");
}

TEST(StatusJson, HasTheWholeAndEachRun) {
  StatusView view =
      view_of({run("whole", RunState::not_started), run("second", RunState::stopped)});
  view.runs[1].spare = 4;
  view.runs[1].sessions.insert(view.runs[1].sessions.begin(), session("before", 5));
  view.runs[1].sessions.back().shard = ShardShare{.index = 2, .of = 4, .fits = 100};
  view.absent = {{.index = 1, .of = 4}, {.index = 3, .of = 4}};
  view.over = true;
  EXPECT_EQ(status_json(view), json::parse(R"({
    "format": "crossfold-status", "format_version": 1, "name": "job", "over": true,
    "expected": 400, "done": 180, "failed": 9, "missing": 211,
    "absent_shards": [{"index": 1, "of": 4}, {"index": 3, "of": 4}],
    "runs": [
      {"directory": "runs/whole", "state": "not started", "expected": 100, "done": 60, "failed": 3,
       "missing": 37, "spare": 0, "restarts": 0, "sessions": []},
      {"directory": "runs/second", "state": "stopped", "expected": 100, "done": 60, "failed": 3,
       "missing": 37, "spare": 4, "restarts": 1, "shard": {"index": 2, "of": 4},
       "sessions": [
         {"started": "start of before", "host": "host of before", "workers": 5},
         {"started": "start of second", "host": "host of second", "workers": 2,
          "end": {"time": "end of second", "outcome": "stopped", "seconds": 12.5,
                  "trained": 57}}]}]})"));
  EXPECT_EQ(status_json(view_of({})).at("over"), false);
}

TEST(StatusJson, HasAWordForEachState) {
  const std::vector<std::pair<RunState, std::string>> words{
      {RunState::not_started, "not started"},   {RunState::running, "running"},
      {RunState::unresponsive, "unresponsive"}, {RunState::interrupted, "interrupted"},
      {RunState::stopped, "stopped"},           {RunState::finished, "finished"}};
  for (const auto& [state, word] : words) {
    const json told = status_json(view_of({run("whole", state)})).at("runs").at(0);
    EXPECT_EQ(told.at("state"), word);
    const bool may_be_alive = state == RunState::running || state == RunState::unresponsive ||
                              state == RunState::interrupted;
    EXPECT_EQ(told.value("silence_s", -1.0), may_be_alive ? 75.0 : -1.0) << word;
    const std::string outcome = state == RunState::stopped    ? "stopped"
                                : state == RunState::finished ? "completed"
                                                              : "";
    EXPECT_EQ(told.value(json::json_pointer("/sessions/0/end/outcome"), ""), outcome) << word;
    EXPECT_FALSE(told.contains("races") || told.contains("searches") || told.contains("shard") ||
                 told.contains("last_heard"));
  }
}

TEST(StatusJson, HasWhatWasHeardLast) {
  RunStatus alive = run("whole", RunState::running);
  alive.heartbeat = heartbeat();
  const auto heard = [&] {
    return status_json(view_of({alive})).at("runs").at(0).at("last_heard");
  };
  const json workers = json::parse(R"([
    {"rank": 3, "host": "alpha", "device": "cpu core 1", "done": 11, "held": 2, "lost": false,
     "busy": 0.5, "at_it_s": 7.0},
    {"rank": 12, "host": "a longer name", "device": "gpu", "done": 4, "held": 1, "lost": true,
     "busy": 0.0, "at_it_s": 0.0}])");
  json expected{{"process", 4711},   {"slurm_job", "8_15"},   {"elapsed_s", 50.0},
                {"trained", 9},      {"share", 0.2},          {"fits_per_s", 0.2},
                {"left_s", 200.0},   {"left_least_s", 200.0}, {"left_most_s", 200.0},
                {"workers", workers}};
  EXPECT_EQ(heard(), expected);
  alive.heartbeat->rate_per_s = 3.5;
  alive.heartbeat->expected_left = {
      .seconds = 300, .least_s = 240, .most_s = std::numeric_limits<double>::infinity()};
  expected["fits_per_s"] = 3.5;
  expected["left_s"] = 300.0;
  expected["left_least_s"] = 240.0;
  expected.erase("left_most_s");
  EXPECT_EQ(heard(), expected);
  alive.heartbeat->expected_left.reset();
  alive.heartbeat->share = 0;
  expected["share"] = 0.0;
  expected.erase("left_s");
  expected.erase("left_least_s");
  EXPECT_EQ(heard(), expected);
}

TEST(StatusJson, HasEachRaceAndSearch) {
  const json told = status_json(view_of({racing()})).at("runs").at(0);
  json race{{"experiment", "first"},
            {"embedding", "z"},
            {"stage", 2},
            {"over", false},
            {"splits", 10},
            {"living", 83},
            {"leader", "best of first"},
            {"fits", 1000},
            {"fits_at_most", 1200},
            {"fits_of_all", 4000}};
  json races = json::array({race});
  race["experiment"] = "second";
  race["leader"] = "best of second";
  race["over"] = true;
  races.push_back(race);
  json nobody = race;
  race["experiment"] = "third";
  race["leader"] = "best of third";
  race["over"] = false;
  race["splits"] = 1;
  race["living"] = 1;
  races.push_back(race);
  nobody["leader"] = "";
  races.push_back(nobody);
  EXPECT_EQ(told.at("races"), races);
  json search{{"experiment", "fourth"}, {"generation", 2},    {"over", false},
              {"candidates", 128},      {"of", 256},          {"leader", "best of fourth"},
              {"fits", 1000},           {"fits_of_all", 4000}};
  json searches = json::array({search});
  search["experiment"] = "fifth";
  search["leader"] = "best of fifth";
  search["over"] = true;
  searches.push_back(search);
  search["experiment"] = "sixth";
  search["leader"] = "";
  search["over"] = false;
  searches.push_back(search);
  EXPECT_EQ(told.at("searches"), searches);
}

TEST(FitsPerSecond, IsAsToldElseOfAllFitsOfTheSession) {
  Heartbeat beat;
  beat.trained = 30;
  beat.failed = 10;
  beat.elapsed_s = 8;
  EXPECT_EQ(fits_per_second(beat), 5);
  beat.elapsed_s = 0;
  EXPECT_EQ(fits_per_second(beat), 40'000) << "of a millisecond at least";
  beat.rate_per_s = 2.5;
  EXPECT_EQ(fits_per_second(beat), 2.5);
}

}  // namespace
}  // namespace crossfold::cli
