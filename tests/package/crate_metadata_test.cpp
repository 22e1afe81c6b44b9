#include "crate_metadata.h"

#include <map>
#include <string>

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
  SessionStatus killed;
  SessionStatus ended;
  ended.end = SessionStatus::End{
      .time = "2026-01-31T23:59:59Z", .stopped = false, .seconds = 1, .trained = 3};
  return {
      .name = "a \"quoted\" name",
      .time = "2026-02-01T00:00:00Z",
      .license = "https://spdx.org/licenses/CC-BY-4.0",
      .files = {{.id = "run/job.json", .what = "job", .encoding = "application/json", .sha256 = {}},
                {.id = "run/results.h5",
                 .what = "scores",
                 .encoding = "application/x-hdf5",
                 .sha256 = {}}},
      .sessions = {session, session},
      .ends = {killed, ended},
      .store = "elsewhere"};
}

std::map<std::string, json> entities() {
  std::map<std::string, json> found;
  const json document = json::parse(crate_metadata(content()));
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

}  // namespace
}  // namespace crossfold
