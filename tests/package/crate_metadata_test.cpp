#include "crate_metadata.h"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace crossfold {
namespace {

using nlohmann::json;

/// Two sessions of one build, of which the first was killed.
CrateContent content() {
  const ScannedSession session{.time = "2026-01-31T23:00:00Z",
                               .version = "0.1.0",
                               .git_hash = "abc",
                               .instruction_set = "avx2",
                               .equivalence_class = "one"};
  ScannedSession ended = session;
  ended.end = {.time = "2026-01-31T23:59:59Z", .stopped = false, .trained = 3};
  return {
      .name = "a \"quoted\" name",
      .time = "2026-02-01T00:00:00Z",
      .license = "https://spdx.org/licenses/CC-BY-4.0",
      .files = {{.id = "run/job.json", .what = "job", .encoding = "application/json", .sha256 = {}},
                {.id = "run/results.h5",
                 .what = "scores",
                 .encoding = "application/x-hdf5",
                 .sha256 = {}}},
      .sessions = {session, ended},
      .store = "elsewhere"};
}

std::map<std::string, json> entities(const CrateContent& of = content()) {
  std::map<std::string, json> found;
  const json document = json::parse(crate_metadata(of));
  for (const json& entity : document.at("@graph")) found[entity.at("@id")] = entity;
  return found;
}

TEST(CrateMetadata, ASessionWithoutAnEndFailed) {
  const std::map<std::string, json> all = entities();
  const json& killed = all.at("#session-1");
  EXPECT_EQ(killed.at("actionStatus").at("@id"), "http://schema.org/FailedActionStatus");
  EXPECT_EQ(killed.at("error"), "the journal has no end of this session: it was killed or cut off");
  EXPECT_FALSE(killed.contains("endTime"));
  const json& ended = all.at("#session-2");
  EXPECT_EQ(ended.at("actionStatus").at("@id"), "http://schema.org/CompletedActionStatus");
  EXPECT_FALSE(ended.contains("error"));
  EXPECT_EQ(ended.at("endTime"), "2026-01-31T23:59:59Z");
}

TEST(CrateMetadata, InputsAreObjectsAndOutputsResults) {
  const json action = entities().at("#session-2");
  EXPECT_EQ(action.at("object"), json::parse(R"([{"@id": "run/job.json"}, {"@id": "#store"}])"));
  EXPECT_EQ(action.at("result"), json::parse(R"([{"@id": "run/results.h5"}])"));
}

TEST(CrateMetadata, OneBuildIsOneProgram) {
  EXPECT_EQ(entities().at("#crossfold-0.1.0-abc").at("softwareVersion"), "0.1.0 (abc)");
}

TEST(CrateMetadata, AStatedLicenseIsNamed) {
  EXPECT_EQ(entities().at("./").at("license").at("@id"), "https://spdx.org/licenses/CC-BY-4.0");
  EXPECT_EQ(entities().at("https://spdx.org/licenses/CC-BY-4.0").at("@type"), "CreativeWork");
}

TEST(CodecheckConfig, QuotesNames) {
  EXPECT_NE(codecheck_config(content()).find("  title: \"a \\\"quoted\\\" name\"\n"),
            std::string::npos);
}

/// Each session was run by its own build, at its own time, and ended in its own way.
TEST(CrateMetadata, TellsOfEachSessionWhatItsJournalSays) {
  CrateContent of = content();
  of.sessions.push_back({.time = "2026-02-01T01:00:00Z",
                         .version = "0.2.0",
                         .git_hash = "def",
                         .instruction_set = "avx512",
                         .equivalence_class = "two"});
  of.sessions.back().end = {.time = "2026-02-01T02:00:00Z", .stopped = true, .trained = 1};
  const std::map<std::string, json> all = entities(of);
  EXPECT_EQ(
      all.at("./").at("mentions"),
      json::parse(R"([{"@id": "#session-1"}, {"@id": "#session-2"}, {"@id": "#session-3"}])"));
  struct Told {
    const char* id;
    const char* name;
    const char* program;
    const char* start;
    const char* description;
  };
  for (const Told& told :
       {Told{"#session-1", "session 1 of 3: crossfold run", "#crossfold-0.1.0-abc",
             "2026-01-31T23:00:00Z", "instruction set avx2; one"},
        Told{"#session-2", "session 2 of 3: crossfold run", "#crossfold-0.1.0-abc",
             "2026-01-31T23:00:00Z", "instruction set avx2; one; 3 fits trained"},
        Told{"#session-3", "session 3 of 3: crossfold run", "#crossfold-0.2.0-def",
             "2026-02-01T01:00:00Z",
             "instruction set avx512; two; 1 fit trained; stopped with work left"}}) {
    const json& action = all.at(told.id);
    EXPECT_EQ(action.at("name"), told.name);
    EXPECT_EQ(action.at("instrument").at("@id"), told.program);
    EXPECT_EQ(action.at("startTime"), told.start);
    EXPECT_EQ(action.at("description"), told.description);
  }
  EXPECT_EQ(all.at("#session-3").at("endTime"), "2026-02-01T02:00:00Z");
  EXPECT_EQ(all.at("#session-3").at("actionStatus").at("@id"),
            "http://schema.org/CompletedActionStatus");
  EXPECT_EQ(all.at("#crossfold-0.2.0-def").at("softwareVersion"), "0.2.0 (def)");
}

/// What a session reads is not what it writes, and an audit is neither; what is to be reproduced is
/// what was written, and the audit.
TEST(CrateMetadata, TakesEachFileForWhatItIs) {
  CrateContent of = content();
  of.files.clear();
  std::vector<std::string> inputs, outputs, reproduced, all;
  const auto add = [&](const std::string& id, bool is_input, bool is_output, bool is_audit) {
    of.files.push_back({.id = id,
                        .what = "what " + id + " is",
                        .encoding = "text/" + std::to_string(all.size()),
                        .sha256 = "hash of " + id});
    of.files.back().bytes = 1000 + all.size();
    all.push_back(id);
    if (is_input) inputs.push_back(id);
    if (is_output) outputs.push_back(id);
    if (is_output || is_audit) reproduced.push_back(id);
  };
  for (const char* name : {"job.json", "plan.json", "samples.json", "splits.csv"})
    add(std::string("run/") + name, true, false, false);
  for (const char* name : {"journal.jsonl", "results.h5", "provenance.json", "segments/1/job.json"})
    add(std::string("run/") + name, false, true, false);
  add("store.h5", true, false, false);
  for (const char* name : {"audit.json", "audit.txt"}) add(name, false, false, true);
  add("codecheck.yml", false, false, false);

  const std::map<std::string, json> found = entities(of);
  const auto ids_in = [](const json& list) {
    std::vector<std::string> ids;
    for (const json& one : list) ids.push_back(one.at("@id"));
    return ids;
  };
  EXPECT_EQ(ids_in(found.at("./").at("hasPart")), all);
  inputs.emplace_back("#store");
  for (const char* session : {"#session-1", "#session-2"}) {
    EXPECT_EQ(ids_in(found.at(session).at("object")), inputs);
    EXPECT_EQ(ids_in(found.at(session).at("result")), outputs);
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string& id = all[i];
    EXPECT_EQ(found.at(id), (json{{"@id", id},
                                  {"@type", "File"},
                                  {"name", id.substr(id.rfind('/') + 1)},
                                  {"description", "what " + id + " is"},
                                  {"encodingFormat", "text/" + std::to_string(i)},
                                  {"contentSize", std::to_string(1000 + i)},
                                  {"sha256", "hash of " + id}}));
  }
  std::string manifest = "\nmanifest:\n";
  for (const std::string& id : reproduced)
    manifest += "  - file: \"" + id + "\"\n    comment: \"what " + id + " is\"\n";
  EXPECT_TRUE(codecheck_config(of).ends_with(manifest)) << codecheck_config(of);
}

TEST(CrateMetadata, SaysThatNoLicenseIsStated) {
  CrateContent of = content();
  of.license.clear();
  of.name.clear();
  const std::map<std::string, json> all = entities(of);
  EXPECT_EQ(all.at("./").at("license").at("@id"), "#license");
  EXPECT_EQ(all.at("#license").at("name"), "no license is stated");
  EXPECT_EQ(all.at("./").at("name"), "a run of crossfold");
  EXPECT_EQ(all.at("./").at("datePublished"), "2026-02-01T00:00:00Z");
  EXPECT_EQ(all.at("#store").at("description"), "elsewhere");
}

}  // namespace
}  // namespace crossfold
