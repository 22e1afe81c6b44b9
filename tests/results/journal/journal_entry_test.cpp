#include "journal_entry.h"

#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "crossfold/plan/fit_result_json.h"

#include "core/expect_error.h"
#include "plan/sample_result.h"
#include "results/journal/sample_fit.h"

namespace crossfold {
namespace {

using nlohmann::json;
using testing::failed_result;
using testing::full_result;

StageRecord full_stage() {
  return {.experiment = "task",
          .embedding = "texture/raw",
          .number = 2,
          .over = true,
          .splits = 15,
          .living = 7,
          .leader = "d[lambda.from=1.5]",
          .leader_stays = true,
          .given_up = {{.candidate = "d[lambda.from=9]",
                        .reason = "hardly-best",
                        .n = 9,
                        .mean = 0.1 + 0.2},
                       {.candidate = "d[lambda.from=8]", .reason = "no-score", .n = 0, .mean = {}}},
          .dropped_pairs = 3,
          .failed = {testing::fit_id('b')},
          .inputs_sha256 = std::string(64, '4'),
          .fits = 900,
          .fits_at_most = 1200,
          .fits_of_all = 3000,
          .generation = {}};
}

/// One entry of each kind, with every field that it can have.
std::vector<JournalEntry> entries() {
  JournalFit fit = testing::sample_fit();
  fit.taken_from = std::string(64, '5');
  fit.result.probes = testing::probed_result().probes;
  fit.result.sets = {testing::mixed_scores(3, 0.6)};
  return {
      JournalHeader{.job_sha256 = std::string(64, '1'),
                    .plan_sha256 = std::string(64, '2'),
                    .inputs = {{"job.json", std::string(64, '3')}}},
      JournalFormat{},
      JournalClass{.id = "0123456789ab", .text = "crossfold 1"},
      JournalSession{.event = JournalSession::Event::end, .facts = {{"trained", 3}}},
      fit,
      JournalStage{.record = full_stage()},
      JournalCohort{.record = {.worker = 3,
                               .times = {.first_fit = testing::fit_id('c'),
                                         .start_s = 1'795'916'968.123,
                                         .seconds = 1.25,
                                         .write_s = 0.000125},
                               .fits = 32,
                               .experiment = "task",
                               .stage = 2}},
      JournalLost{
          .record = {.worker = 3, .at_s = 1'795'916'968.123, .host = "beta", .device = "cuda:0"}}};
}

TEST(JournalEntry, ReadsAStageBackToTheLastBit) {
  const StageRecord record = full_stage();
  const JournalEntry read =
      journal_entry_from_json(json::parse(to_json(JournalStage{.record = record}).dump()));
  EXPECT_EQ(std::get<JournalStage>(read).record, record);
}

void expect_refused(const std::string& message, const json& value) {
  expect_error(ErrorCode::bad_input, message,
               [&] { static_cast<void>(journal_entry_from_json(value)); });
}

TEST(JournalEntry, ReadsBackWhateverItsKind) {
  for (const JournalEntry& entry : entries()) {
    const json value = json::parse(to_json(entry).dump());
    const JournalEntry read = journal_entry_from_json(value);
    EXPECT_EQ(read.index(), entry.index());
    EXPECT_EQ(to_json(read), value);
  }
}

TEST(JournalEntry, RefusesWhatLacksAField) {
  for (const JournalEntry& entry : entries()) {
    const json whole = json::parse(to_json(entry).dump());
    for (const auto& [key, ignored] : whole.items()) {
      const std::set<std::string> optional{"oos",    "probe",   "class",      "artefacts", "sets",
                                           "probes", "trained", "taken_from", "stage"};
      if (optional.contains(key)) continue;
      json value = whole;
      value.erase(key);
      EXPECT_THROW(static_cast<void>(journal_entry_from_json(value)), Error) << key;
    }
  }
}

TEST(JournalEntry, RefusesOtherKindsFormatsAndVersions) {
  expect_refused("has the unknown kind 'note'", {{"kind", "note"}});
  expect_refused("has the unknown event 'pause'", {{"kind", "session"}, {"event", "pause"}});
  json header = to_json(entries()[0]);
  header["format"] = "crossfold-report";
  expect_refused("is the header of a \"crossfold-report\", not of a crossfold-journal", header);
  header = to_json(entries()[0]);
  header["format_version"] = 3;
  expect_refused(
      "has format version 3 (this program reads versions 1 to 2). read it with the program that "
      "wrote it",
      header);
}

TEST(JournalEntry, RefusesCohortsOfNoFitOrNoTime) {
  json cohort = to_json(entries()[6]);
  cohort["first_fit"] = "c";
  expect_refused("names the fit \"c\", which is none", cohort);
  cohort = to_json(entries()[6]);
  cohort["seconds"] = -1;
  expect_refused("has the time -1, which is none", cohort);
}

TEST(JournalEntry, HasNoStageWhereNoneAskedForTheCohort) {
  json cohort = to_json(entries()[6]);
  cohort.erase("stage");
  EXPECT_FALSE(std::get<JournalCohort>(journal_entry_from_json(cohort)).record.stage.has_value());
}

TEST(JournalEntry, ReadsEveryStageOfACohortBack) {
  auto cohort = std::get<JournalCohort>(entries()[6]);
  for (const std::optional<std::uint32_t>& stage :
       std::vector<std::optional<std::uint32_t>>{std::nullopt, 0, 1, 7, 4'000'000}) {
    cohort.record.stage = stage;
    const JournalEntry read = journal_entry_from_json(json::parse(to_json(cohort).dump()));
    EXPECT_EQ(std::get<JournalCohort>(read).record.stage, stage);
  }
}

/// A run directory from elsewhere must not lead readers out of it.
TEST(JournalEntry, RefusesSegmentsThatLieElsewhere) {
  json fit = to_json(entries()[4]);
  for (const char* name : {"../0003.bin", "0001-9f3ac2d1/../../x.bin", "/etc/1.bin", "0003.bin",
                           "0001-9f3ac2d1/0003", "0001-9f3ac2d1/.bin", "0001-9f3ac2d1/a/3.bin"}) {
    fit["artefacts"]["segment"] = name;
    expect_refused("names the segment \"" + std::string(name) + "\", which is none", fit);
  }
}

/// Keys of an object's schema.
std::set<std::string> described(const json& schema) {
  std::set<std::string> keys;
  for (const auto& [key, ignored] : schema.at("properties").items()) keys.insert(key);
  return keys;
}

std::set<std::string> keys_of(const json& value) {
  std::set<std::string> keys;
  for (const auto& [key, ignored] : value.items()) keys.insert(key);
  return keys;
}

TEST(JournalSchema, DescribesEveryKeyOfAStage) {
  std::ifstream file(CROSSFOLD_SOURCE_DIR "/data-schemas/journal.schema.json");
  const json schema = json::parse(file).at("definitions").at("stage");
  StageRecord record = full_stage();
  record.generation = StageRecord::Generation{.drawn = {"d"}, .candidates = 1, .of = 2};
  json stage = to_json(JournalStage{.record = record});
  stage["checksum"] = "";
  EXPECT_EQ(keys_of(stage), described(schema));
  const json& properties = schema.at("properties");
  EXPECT_EQ(keys_of(stage.at("given_up").at(0)), described(properties.at("given_up").at("items")));
  EXPECT_EQ(keys_of(stage.at("generation")), described(properties.at("generation")));
}

TEST(JournalSchema, DescribesEveryKeyOfALine) {
  std::ifstream file(CROSSFOLD_SOURCE_DIR "/data-schemas/journal.schema.json");
  const json schema = json::parse(file).at("definitions");
  const auto with_checksum = [](const JournalEntry& entry) {
    json value = to_json(entry);
    value["checksum"] = "";
    return keys_of(value);
  };
  EXPECT_EQ(with_checksum(entries()[0]), described(schema.at("header")));
  EXPECT_EQ(with_checksum(entries()[1]), described(schema.at("format")));
  EXPECT_EQ(with_checksum(entries()[2]), described(schema.at("class")));
  EXPECT_EQ(with_checksum(entries()[4]), described(schema.at("fit")));
  JournalFit failed{.result = failed_result(),
                    .host = "",
                    .device = "",
                    .class_id = "",
                    .artefacts = std::nullopt};
  failed.class_id = "c";
  EXPECT_EQ(with_checksum(failed), described(schema.at("failed-fit")));
  EXPECT_EQ(with_checksum(entries()[6]), described(schema.at("cohort")));
  EXPECT_EQ(with_checksum(entries()[7]), described(schema.at("lost")));
  const json fit = to_json(entries()[4]);
  EXPECT_EQ(keys_of(fit.at("in")), described(schema.at("scores")));
  EXPECT_EQ(keys_of(fit.at("in").at("classes").at(0)), described(schema.at("class-scores")));
  for (const char* part : {"n", "training", "solver", "artefacts"})
    EXPECT_EQ(keys_of(fit.at(part)), described(schema.at("fit").at("properties").at(part)));
  EXPECT_EQ(
      json(stop_reason_names()),
      schema.at("fit").at("properties").at("training").at("properties").at("stop").at("enum"));
}

}  // namespace
}  // namespace crossfold
