#include "crossfold/report/timeline.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/csv.h"
#include "crossfold/core/hash.h"

#include "base64.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

FitId fit() { return *FitId::from_hex(std::string(32, 'a')); }

TimelineCohort cohort(double start_s, double seconds, double write_s, std::uint32_t stage) {
  return {.start_s = start_s,
          .end_s = start_s + seconds,
          .write_s = write_s,
          .fits = 4,
          .stage = stage,
          .first_fit = fit()};
}

/// Two ranks for ten seconds; the second is lost after six.
Timeline small_timeline() {
  TimelineSession session{.started = "2026-11-28T23:45:17Z",
                          .shard = {},
                          .host = "alpha",
                          .start_s = 1000,
                          .end_s = 1010,
                          .end = TimelineSession::End::completed,
                          .workers = 2,
                          .ranks = {}};
  session.ranks.push_back({.rank = 0,
                           .host = "alpha",
                           .device = "cpu core 0",
                           .cohorts = {cohort(1001, 4, 1, 0), cohort(1005.5, 4, 0.5, 1)},
                           .lost_s = std::nullopt});
  session.ranks.push_back({.rank = 1,
                           .host = "beta",
                           .device = "cuda:0",
                           .cohorts = {cohort(1001, 3, 0, 0)},
                           .lost_s = 1006});
  return {.name = "demo", .stages = {"task, rung 1", "task, rung 2"}, .sessions = {session}};
}

TEST(TimelineText, IsATableOfShares) {
  EXPECT_EQ(render_timeline(small_timeline(), TimelineFormat::text),
            "demo: 3 cohorts on record\n"
            "\n"
            "session 1: started 2026-11-28T23:45:17Z on alpha, 2 workers, 10 s, completed\n"
            "rank  host   device       train   write    wait    lost  cohorts  fits\n"
            "----  -----  ----------  ------  ------  ------  ------  -------  ----\n"
            "   0  alpha  cpu core 0  65.0 %  15.0 %  20.0 %   0.0 %        2     8\n"
            "   1  beta   cuda:0      30.0 %   0.0 %  30.0 %  40.0 %        1     4\n"
            "----  -----  ----------  ------  ------  ------  ------  -------  ----\n"
            " all                     47.5 %   7.5 %  25.0 %  20.0 %        3    12\n");
}

TEST(Timeline, TellsWhichShardASessionIsOf) {
  Timeline timeline = small_timeline();
  timeline.sessions[0].shard = "2-of-3";
  for (const TimelineFormat format :
       {TimelineFormat::text, TimelineFormat::page, TimelineFormat::trace})
    EXPECT_THAT(render_timeline(timeline, format), HasSubstr("session 1 of shard 2-of-3: started"));
  EXPECT_THAT(render_timeline(timeline, TimelineFormat::csv), HasSubstr(",2-of-3\n"));
}

TEST(TimelineText, SaysWhereNothingIsRecorded) {
  Timeline timeline = small_timeline();
  timeline.sessions[0].ranks.clear();
  EXPECT_THAT(render_timeline(timeline, TimelineFormat::text),
              HasSubstr("  nothing is recorded of its workers\n"));
  timeline = small_timeline();
  timeline.sessions[0].workers = 5;
  EXPECT_THAT(render_timeline(timeline, TimelineFormat::text),
              HasSubstr("  of 3 workers nothing is recorded\n"));
}

TEST(TimelineCsv, HasALineForEachCohortAndEachLoss) {
  Timeline timeline = small_timeline();
  timeline.sessions[0].ranks[0].host = "a,\"b\"";
  const CsvTable table = parse_csv(render_timeline(timeline, TimelineFormat::csv), "timeline.csv");
  ASSERT_EQ(table.rows.size(), 4U);
  EXPECT_EQ(table.rows[0], (std::vector<std::string>{"1", "0", "a,\"b\"", "cpu core 0", "cohort",
                                                     "1001.000", "4.000000", "1.000000", "4",
                                                     "task, rung 1", fit().hex(), ""}));
  EXPECT_EQ(table.rows[3], (std::vector<std::string>{"1", "1", "beta", "cuda:0", "lost", "1006.000",
                                                     "4.000000", "", "", "", "", ""}));
}

TEST(TimelineTrace, HasCompleteEventsInMicroseconds) {
  const json trace = json::parse(render_timeline(small_timeline(), TimelineFormat::trace));
  const json& events = trace.at("traceEvents");
  std::size_t complete = 0;
  for (const json& event : events) complete += event.at("ph") == "X" ? 1 : 0;
  EXPECT_EQ(complete, 6U) << "three cohorts, two of which wrote, and a loss";
  EXPECT_EQ(events[0],
            json({{"ph", "M"},
                  {"name", "process_name"},
                  {"pid", 1},
                  {"args",
                   {{"name",
                     "session 1: started 2026-11-28T23:45:17Z on alpha, 2 workers, 10 s, "
                     "completed"}}}}));
  EXPECT_EQ(events[2], json({{"ph", "X"},
                             {"name", "task, rung 1"},
                             {"cat", "cohort"},
                             {"pid", 1},
                             {"tid", 0},
                             {"ts", 1'000'000},
                             {"dur", 4'000'000},
                             {"args", {{"fits", 4}, {"first_fit", fit().hex()}}}}));
  EXPECT_EQ(events[3].at("name"), "write");
  EXPECT_EQ(events[3].at("ts"), 4'000'000);
}

/// A second session, of one rank that begins to work late, a minute after the first.
Timeline two_sessions() {
  Timeline timeline = small_timeline();
  TimelineSession second{.started = "2026-11-28T23:46:17Z",
                         .shard = "2-of-3",
                         .host = "gamma",
                         .start_s = 1060,
                         .end_s = 1080,
                         .end = TimelineSession::End::completed,
                         .workers = 1,
                         .ranks = {}};
  second.ranks.push_back({.rank = 5,
                          .host = "gamma",
                          .device = "cpu core 7",
                          .cohorts = {cohort(1065, 5, 0.5, 1)},
                          .lost_s = std::nullopt});
  timeline.sessions.push_back(second);
  return timeline;
}

/// Of 10 + 10 + 20 s: training 6.5 + 3 + 4.5, writing 1.5 + 0.5, waiting 2 + 3 + 15, lost 4.
TEST(TimelineText, SumsUpWhatTheRanksOfAllSessionsDid) {
  const std::string text = render_timeline(two_sessions(), TimelineFormat::text);
  EXPECT_THAT(text, HasSubstr("demo: 4 cohorts on record\n"));
  EXPECT_THAT(text, HasSubstr("\nsession 2 of shard 2-of-3: started 2026-11-28T23:46:17Z on gamma, "
                              "1 worker, 20 s, completed\n"));
  EXPECT_THAT(text,
              HasSubstr("\n   5  gamma  cpu core 7  22.5 %  2.5 %  75.0 %  0.0 %        1     "
                        "4\n"));
  EXPECT_THAT(text, ::testing::EndsWith(
                        "\nall sessions: train 35.0 %, write 5.0 %, wait 50.0 %, lost 10.0 %\n"));
  EXPECT_THAT(render_timeline(small_timeline(), TimelineFormat::text),
              Not(HasSubstr("all sessions")));
  EXPECT_THAT(render_timeline(two_sessions(), TimelineFormat::page),
              HasSubstr("4 cohorts on record; of all time 35.0 % training, 5.0 % writing, 50.0 % "
                        "waiting, 10.0 % lost."));
}

TEST(TimelineCsv, CountsSessionsFromOne) {
  const CsvTable table =
      parse_csv(render_timeline(two_sessions(), TimelineFormat::csv), "timeline.csv");
  ASSERT_EQ(table.rows.size(), 5U);
  std::vector<std::string> places;
  for (const std::vector<std::string>& row : table.rows)
    places.push_back(row[0] + " " + row[1] + " " + row[4] + " " + row[11]);
  EXPECT_THAT(places, ElementsAre("1 0 cohort ", "1 0 cohort ", "1 1 cohort ", "1 1 lost ",
                                  "2 5 cohort 2-of-3"));
  EXPECT_EQ(table.rows[4], (std::vector<std::string>{"2", "5", "gamma", "cpu core 7", "cohort",
                                                     "1065.000", "5.000000", "0.500000", "4",
                                                     "task, rung 2", fit().hex(), "2-of-3"}));
}

/// All times from the beginning of the first session on; what a rank wrote stands at the end of its
/// cohort, and what it lost lasts until its session's end.
TEST(TimelineTrace, HasOneClockForAllSessions) {
  const json trace = json::parse(render_timeline(two_sessions(), TimelineFormat::trace));
  std::vector<std::string> found;
  for (const json& event : trace.at("traceEvents"))
    if (event.at("ph") == "X")
      found.push_back(event.at("pid").dump() + " " + event.at("tid").dump() + " " +
                      event.at("name").get<std::string>() + " " + event.at("ts").dump() + " " +
                      event.at("dur").dump());
  EXPECT_THAT(found, ElementsAre("1 0 task, rung 1 1000000 4000000", "1 0 write 4000000 1000000",
                                 "1 0 task, rung 2 5500000 4000000", "1 0 write 9000000 500000",
                                 "1 1 task, rung 1 1000000 3000000", "1 1 lost 6000000 4000000",
                                 "2 5 task, rung 2 65000000 5000000", "2 5 write 69500000 500000"));
}

/// What stands between two marks.
std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t begin = text.find(from) + from.size();
  return text.substr(begin, text.find(to, begin) - begin);
}

TEST(TimelinePage, AllowsItsOwnStyleAndScriptAlone) {
  const std::string page = render_timeline(small_timeline(), TimelineFormat::page);
  const auto source = [](const std::string& text) {
    return "'sha256-" + html::base64(sha256(text).bytes) + "'";
  };
  EXPECT_THAT(page, HasSubstr("content=\"default-src 'none'; style-src " +
                              source(between(page, "<style>", "</style>")) + "; script-src " +
                              source(between(page, "</script>\n<script>", "</script>"))));
  EXPECT_THAT(page, AllOf(Not(HasSubstr("http:")), Not(HasSubstr("https:")),
                          Not(HasSubstr("data:")), Not(HasSubstr(" style="))));
}

/// In seconds from the beginning of its session on, as the script draws it.
TEST(TimelinePage, HoldsTheTimesOfEachSession) {
  const std::string page = render_timeline(two_sessions(), TimelineFormat::page);
  const json data =
      json::parse(between(page, "<script type=\"application/json\" id=\"cohorts\">", "</script>"));
  EXPECT_EQ(data.at("stages"), json({"task, rung 1", "task, rung 2"}));
  ASSERT_EQ(data.at("sessions").size(), 2U);
  const json& first = data.at("sessions").at(0);
  EXPECT_EQ(first.at("length"), 10.0);
  const std::string id = fit().hex().substr(0, 12);
  EXPECT_EQ(first.at("ranks").at(0), (json{{"rank", 0},
                                           {"host", "alpha"},
                                           {"device", "cpu core 0"},
                                           {"lost", nullptr},
                                           {"s", {1.0, 5.5}},
                                           {"d", {4.0, 4.0}},
                                           {"w", {1.0, 0.5}},
                                           {"f", {4, 4}},
                                           {"g", {0, 1}},
                                           {"id", {id, id}}}));
  EXPECT_EQ(first.at("ranks").at(1).at("lost"), 6.0);
  const json& second = data.at("sessions").at(1);
  EXPECT_EQ(second.at("length"), 20.0);
  EXPECT_EQ(second.at("ranks").at(0).at("rank"), 5);
  EXPECT_EQ(second.at("ranks").at(0).at("s"), json::array({5.0}));
}

TEST(TimelinePage, HasTicksAtRoundTimes) {
  Timeline timeline = small_timeline();
  const auto ticks_of = [&](double length_s) {
    timeline.sessions[0].end_s = 1000 + length_s;
    const std::string page = render_timeline(timeline, TimelineFormat::page);
    std::vector<std::string> ticks;
    for (std::size_t at = page.find("\"middle\">"); at != std::string::npos;
         at = page.find("\"middle\">", at + 1))
      ticks.push_back(page.substr(at + 9, page.find('<', at) - at - 9));
    return ticks;
  };
  EXPECT_THAT(ticks_of(10), ElementsAre("0 s", "2 s", "4 s", "6 s", "8 s", "10 s"));
  EXPECT_THAT(ticks_of(137), ElementsAre("0 s", "20 s", "40 s", "60 s", "80 s", "100 s", "120 s"));
}

/// The names of jobs and hosts come from elsewhere.
TEST(TimelinePage, ShowsHostileNamesAsText) {
  Timeline timeline = small_timeline();
  const std::string hostile = "</script><img src=x onerror=alert(1)>\"'&\x1b[2J\xff";
  timeline.name = hostile;
  timeline.stages[0] = hostile;
  timeline.sessions[0].host = hostile;
  timeline.sessions[0].ranks[0].host = hostile;
  timeline.sessions[0].ranks[0].device = hostile;
  const std::string page = render_timeline(timeline, TimelineFormat::page);
  EXPECT_THAT(page, AllOf(Not(HasSubstr("<img")), Not(HasSubstr("\x1b")), Not(HasSubstr("\xff"))));
  EXPECT_TRUE(json::accept(
      between(page, "<script type=\"application/json\" id=\"cohorts\">", "</script>")));
  EXPECT_TRUE(json::accept(render_timeline(timeline, TimelineFormat::trace)));
  EXPECT_THAT(render_timeline(timeline, TimelineFormat::text), Not(HasSubstr("\x1b")));
}

/// Nothing is sampled away, and no element is made for each of the bars.
TEST(TimelinePage, HoldsEveryCohortOfAThousandRanks) {
  Timeline timeline = small_timeline();
  std::vector<TimelineRank>& ranks = timeline.sessions[0].ranks;
  ranks.clear();
  for (std::uint32_t rank = 0; rank < 1000; ++rank) {
    TimelineRank one{.rank = rank, .host = "node", .device = "cpu", .cohorts = {}, .lost_s = {}};
    for (int i = 0; i < 100; ++i) one.cohorts.push_back(cohort(1000 + i * 0.1, 0.09, 0, i % 2));
    ranks.push_back(std::move(one));
  }
  const std::string page = render_timeline(timeline, TimelineFormat::page);
  const std::string picture = between(page, "<g class=\"bars\">", "</g>");
  const auto steps = std::count(picture.begin(), picture.end(), 'h');
  const auto paths = std::count(picture.begin(), picture.end(), '<');
  EXPECT_EQ(steps, 100'000 + 2 * paths) << "a step for each cohort; path and width have one each";
  EXPECT_EQ(paths, 3 * 1000 / 20)
      << "in each band of 20 ranks the lanes, and a path for each stage";
  const json data =
      json::parse(between(page, "<script type=\"application/json\" id=\"cohorts\">", "</script>"));
  std::size_t cohorts = 0;
  for (const json& rank : data.at("sessions")[0].at("ranks")) cohorts += rank.at("s").size();
  EXPECT_EQ(cohorts, 100'000U);
  EXPECT_LT(page.size(), 12'000'000U);
  RecordProperty("bytes", std::to_string(page.size()));
}

TEST(TimelinePage, IsTheSameBytesEachTime) {
  EXPECT_EQ(render_timeline(small_timeline(), TimelineFormat::page),
            render_timeline(small_timeline(), TimelineFormat::page));
}

}  // namespace
}  // namespace crossfold
