// Each key of a journal line holds what its name says. A round trip through our own code does not
// show it: what is written under a wrong key is read back from there.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/plan/fit_result_json.h"

#include "core/expect_error.h"
#include "journal_entry.h"
#include "journal_line.h"
#include "plan/sample_result.h"
#include "results/journal/sample_fit.h"
#include "results/small_run.h"
#include "salvage.h"

namespace crossfold {
namespace {

using nlohmann::json;
using testing::sample_fit;

JournalCohort cohort() {
  return {.record = {.worker = 3,
                     .times = {.first_fit = testing::fit_id('c'),
                               .start_s = 1000.5,
                               .seconds = 1.25,
                               .write_s = 0.125},
                     .fits = 32,
                     .experiment = "task",
                     .stage = 2}};
}

JournalLost lost() {
  return {.record = {.worker = 5, .at_s = 2000.5, .host = "beta", .device = "cuda:0"}};
}

TEST(JournalKeys, HoldWhatTheirNamesSay) {
  EXPECT_EQ(to_json(JournalHeader{.version = 1,
                                  .job_sha256 = "j",
                                  .plan_sha256 = "p",
                                  .inputs = {{"job.json", "a"}, {"plan.json", "b"}}}),
            json::parse(R"({"kind": "header", "format": "crossfold-journal", "format_version": 1,
                            "job_sha256": "j", "plan_sha256": "p",
                            "inputs": {"job.json": "a", "plan.json": "b"}})"));
  EXPECT_EQ(to_json(JournalFormat{.version = 2}),
            json::parse(R"({"kind": "format", "format_version": 2})"));
  EXPECT_EQ(to_json(JournalClass{.id = "c", .text = "build"}),
            json::parse(R"({"kind": "class", "id": "c", "text": "build"})"));
  for (const auto& [event, name] : {std::pair(JournalSession::Event::start, "start"),
                                    std::pair(JournalSession::Event::end, "end")})
    EXPECT_EQ(to_json(JournalSession{.event = event, .facts = {{"fact", 3}}}),
              json({{"kind", "session"}, {"event", name}, {"fact", 3}}));
  EXPECT_EQ(to_json(cohort()),
            json::parse(R"({"kind": "cohort", "worker": 3, "start": 1000.5, "seconds": 1.25,
                            "write": 0.125, "fits": 32, "experiment": "task", "stage": 2,
                            "first_fit": "cccccccccccccccccccccccccccccccc"})"));
  EXPECT_EQ(to_json(lost()),
            json::parse(R"({"kind": "lost", "worker": 5, "at": 2000.5, "host": "beta",
                            "device": "cuda:0"})"));
  json of_fit = fit_result_to_json(sample_fit().result);
  of_fit.update(json::parse(R"({"kind": "fit", "host": "alpha", "device": "cpu core 1",
      "class": "0123456789ab", "taken_from": "plan",
      "artefacts": {"segment": "0001-9f3ac2d1/0003.bin", "offset": 72, "bytes": 17}})"));
  of_fit["artefacts"]["sha256"] = std::string(64, 'f');
  EXPECT_EQ(to_json(sample_fit()), of_fit);
}

/// No two of its numbers are alike.
StageRecord stage() {
  return {.experiment = "task",
          .embedding = "texture/raw",
          .number = 2,
          .over = false,
          .splits = 15,
          .living = 7,
          .leader = "d1",
          .leader_stays = true,
          .given_up = {{.candidate = "d9", .reason = "hardly-best", .n = 9, .mean = 0.25},
                       {.candidate = "d8", .reason = "no-score", .n = 0, .mean = {}}},
          .dropped_pairs = 3,
          .failed = {testing::fit_id('b'), testing::fit_id('a')},
          .inputs_sha256 = "4",
          .fits = 900,
          .fits_at_most = 1200,
          .fits_of_all = 3000,
          .generation = StageRecord::Generation{.drawn = {"d3", "d2"}, .candidates = 6, .of = 10}};
}

/// Both ways: what a run of an earlier program decided is compared with what follows now.
TEST(JournalKeys, OfAStageHoldWhatTheirNamesSay) {
  const json line = json::parse(R"({"kind": "stage", "experiment": "task",
      "embedding": "texture/raw", "number": 2, "over": false, "splits": 15, "living": 7,
      "leader": "d1", "leader_stays": true,
      "given_up": [{"candidate": "d9", "reason": "hardly-best", "n": 9, "mean": 0.25},
                   {"candidate": "d8", "reason": "no-score", "n": 0}],
      "dropped_pairs": 3,
      "failed": ["bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],
      "inputs_sha256": "4", "fits": 900, "fits_at_most": 1200, "fits_of_all": 3000,
      "generation": {"drawn": ["d3", "d2"], "candidates": 6, "of": 10}})");
  EXPECT_EQ(to_json(JournalStage{.record = stage()}), line);
  EXPECT_EQ(std::get<JournalStage>(journal_entry_from_json(line)).record, stage());
  json race = line;
  race.erase("generation");
  EXPECT_FALSE(std::get<JournalStage>(journal_entry_from_json(race)).record.generation.has_value());
}

TEST(JournalKeys, AreReadAsWhatTheirNamesSay) {
  const auto read = [](const JournalEntry& entry) {
    return journal_entry_from_json(to_json(entry));
  };
  const CohortRecord of_cohort = std::get<JournalCohort>(read(cohort())).record;
  EXPECT_EQ(of_cohort.worker, 3U);
  EXPECT_EQ(of_cohort.times.first_fit, testing::fit_id('c'));
  EXPECT_EQ(of_cohort.times.start_s, 1000.5);
  EXPECT_EQ(of_cohort.times.seconds, 1.25);
  EXPECT_EQ(of_cohort.times.write_s, 0.125);
  EXPECT_EQ(of_cohort.fits, 32U);
  EXPECT_EQ(of_cohort.experiment, "task");
  EXPECT_EQ(of_cohort.stage, 2U);
  const LostWorker of_lost = std::get<JournalLost>(read(lost())).record;
  EXPECT_EQ(of_lost.worker, 5U);
  EXPECT_EQ(of_lost.at_s, 2000.5);
  EXPECT_EQ(of_lost.host, "beta");
  EXPECT_EQ(of_lost.device, "cuda:0");
  const auto of_fit = std::get<JournalFit>(read(sample_fit()));
  EXPECT_EQ(of_fit.host, "alpha");
  EXPECT_EQ(of_fit.device, "cpu core 1");
  EXPECT_EQ(of_fit.class_id, "0123456789ab");
  EXPECT_EQ(of_fit.taken_from, "plan");
  EXPECT_EQ(of_fit.artefacts, sample_fit().artefacts);
}

/// Numbers that cannot be what the key says, under each key that has some.
TEST(JournalKeys, RefuseNumbersThatCannotBe) {
  const auto expect_refused = [](const json& whole, const char* key, const json& number) {
    json value = whole;
    value[key] = number;
    EXPECT_THROW(static_cast<void>(journal_entry_from_json(value)), Error) << key << number;
  };
  for (const char* key : {"start", "seconds", "write"})
    for (const json& time : {json(-1), json(1e13), json("1"), json()})
      expect_refused(to_json(cohort()), key, time);
  for (const json& time : {json(-1), json(1e13), json("1"), json()})
    expect_refused(to_json(lost()), "at", time);
  for (const json& count : {json(-1), json(1.5), json("1"), json()}) {
    for (const char* key : {"worker", "fits", "stage"})
      expect_refused(to_json(cohort()), key, count);
    expect_refused(to_json(lost()), "worker", count);
  }
  for (const JournalEntry& versioned :
       {JournalEntry(JournalHeader{}), JournalEntry(JournalFormat{})})
    for (const json& version : {json(0), json(-1), json(3), json(1.5), json("1"), json(true)})
      expect_refused(to_json(versioned), "format_version", version);
}

/// A journal with a line of every kind but a stage: of a run that was started in the earlier format
/// and gone on with in this one, on machines of two classes, one of which no session names.
class SalvageOfEveryKind : public ::testing::Test {
 protected:
  SalvageOfEveryKind() {
    const auto fit_of = [&](std::size_t index, const std::string& class_id, bool in_segment) {
      JournalFit made = sample_fit();
      made.result.id = run_.plan().fits[index].id;
      made.class_id = class_id;
      if (!in_segment)
        *made.artefacts = {.segment = "", .bytes = 17, .sha256 = std::string(64, 'f')};
      if (!in_segment) made.taken_from.reset();
      return made;
    };
    const JournalSession start{.event = JournalSession::Event::start,
                               .facts = {{"equivalence_class", "build A"}, {"launch", "mpi"}}};
    const JournalSession end{.event = JournalSession::Event::end, .facts = {{"trained", 1}}};
    const std::string a = class_id("build A");
    const std::string b = class_id("build B");
    for (const JournalEntry& entry : std::vector<JournalEntry>{
             JournalHeader{.version = 1,
           .job_sha256 = "j",
           .plan_sha256 = run_.plan().hash.hex(),
           .inputs = {{"job.json", "x"}}},
             start, JournalClass{.id = a, .text = "build A"}, fit_of(0, a, false), cohort(), end,
             start, lost(), JournalFormat{}, fit_of(1, a, true),
             JournalClass{.id = b, .text = "build B"}, fit_of(2, b, true), fit_of(3, a, true),
             cohort(), fit_of(4, "", true), end})
      lines_.push_back(journal_line(to_json(entry)));
  }

  [[nodiscard]] Salvage salvage(const std::vector<std::string>& lines) const {
    std::string text;
    for (const std::string& line : lines) text += line;
    const JournalHeader header{
        .job_sha256 = "", .plan_sha256 = run_.plan().hash.hex(), .inputs = {}};
    return salvage_journal(text, header, testing::small_job(), run_.plan());
  }

  testing::SmallRun run_;
  std::vector<std::string> lines_;
};

TEST_F(SalvageOfEveryKind, KeepsAllThatIsSoundInItsOrder) {
  std::vector<std::string> lines = lines_;
  lines.erase(lines.begin() + 13);  // a cohort's line that repeats another one is kept once
  const Salvage kept = salvage(lines);
  EXPECT_EQ(kept.lines, 15U);
  // of the two equal starts and the two equal ends, one each
  std::vector<std::string> expected = lines;
  expected.erase(expected.begin() + 14);
  expected.erase(expected.begin() + 6);
  std::string expected_text;
  for (const std::string& line : expected) expected_text += line;
  EXPECT_EQ(kept.journal, expected_text);
  EXPECT_EQ(kept.kept, 13U);
}

/// Whichever line is lost, every other one is kept, and only its own fit is to be trained again.
TEST_F(SalvageOfEveryKind, LosesNothingWithALineButTheLine) {
  for (std::size_t line = 1; line < lines_.size(); ++line) {
    SCOPED_TRACE(line);
    std::vector<std::string> damaged = lines_;
    damaged[line][damaged[line].size() / 2] ^= 1;
    const Salvage kept = salvage(damaged);
    for (const std::size_t of_fit : {3U, 9U, 11U, 12U, 14U})
      EXPECT_EQ(kept.journal.find(lines_[of_fit]) != std::string::npos, of_fit != line) << of_fit;
    const bool repeats =
        line == 1 || line == 6 || line == 5 || line == 15 || line == 4 || line == 13;
    for (const std::size_t other : {1U, 4U, 5U, 7U, 8U})
      EXPECT_EQ(kept.journal.find(lines_[other]) != std::string::npos,
                other != line || repeats || line == 8)
          << other;  // a change of format is written anew
    EXPECT_NE(kept.journal.find("\"text\":\"build A\""), std::string::npos) << "a session names it";
    EXPECT_EQ(kept.journal.find("\"text\":\"build B\"") != std::string::npos,
              line != 10 && line != 11)
        << "11 is the only fit of its class";
    const std::string before_fit = kept.journal.substr(0, kept.journal.find("0003.bin"));
    EXPECT_NE(before_fit.find("\"kind\":\"format\""), std::string::npos);
  }
}

TEST_F(SalvageOfEveryKind, SaysWhatBecomesOfTheFitOfALostLine) {
  std::vector<std::string> damaged = lines_;
  damaged.push_back(lines_[3]);  // the fit is recorded twice, and one of the lines is lost
  damaged.push_back(lines_[9]);
  damaged[3][damaged[3].size() - 10] ^= 1;
  damaged[9][damaged[9].size() - 10] ^= 1;
  damaged[17] = damaged[9];
  std::string strange = lines_[11];
  strange.replace(strange.find(run_.plan().fits[2].id.hex()), 32, std::string(32, 'e'));
  damaged.push_back(strange);
  const std::vector<std::string> notes = salvage(damaged).notes;
  const auto note_of = [&](std::size_t line) {
    std::string found;
    for (const std::string& note : notes)
      if (note.starts_with("line " + std::to_string(line) + ": ")) found = note;
    return found;
  };
  EXPECT_THAT(note_of(4), ::testing::EndsWith("seed 0, fold 0, which another line records"));
  EXPECT_THAT(note_of(10), ::testing::EndsWith("seed 0, fold 1, is to be done again"));
  EXPECT_THAT(note_of(19), ::testing::EndsWith("; fit " + std::string(32, 'e') +
                                               ", which this run does not have"));
}

}  // namespace
}  // namespace crossfold
