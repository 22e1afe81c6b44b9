#include "crossfold/package/package.h"

#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/audit/audit.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/hash.h"
#include "crossfold/core/utc_time.h"

#include "case_maker.h"
#include "hdf5/scratch_folder.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using audit::CaseMaker;
using nlohmann::json;
using test::ScratchFolder;
using ::testing::HasSubstr;

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32;

/// A run and what was packed of it.
class PackageRun : public ::testing::Test {
 protected:
  PackageRun() : maker_(made_), run_(maker_.clean_run()), store_(store_of(run_)) {}

  [[nodiscard]] fs::path crate() const { return scratch_.path() / "clean.crate"; }
  [[nodiscard]] json metadata() const {
    return json::parse(read_file(crate() / "ro-crate-metadata.json", kMostBytes));
  }
  /// The crate's entities by id; each id once.
  [[nodiscard]] std::map<std::string, json> entities() const {
    std::map<std::string, json> found;
    const json document = metadata();
    for (const json& entity : document.at("@graph"))
      EXPECT_TRUE(found.emplace(entity.at("@id"), entity).second) << entity.at("@id");
    return found;
  }
  static fs::path store_of(const fs::path& run) {
    return run / json::parse(read_file(run / "job.json", kMostBytes))["store"].get<std::string>();
  }
  std::string error_of(const PackageRequest& request) const {
    try {
      package_run(request);
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  }

  ScratchFolder scratch_;
  fs::path made_ = scratch_.path() / "made";
  bool is_made_ = fs::create_directory(made_);
  CaseMaker maker_;
  fs::path run_;
  fs::path store_;
};

/// Every id that an entity refers to.
std::vector<std::string> references_in(const json& entity) {
  std::vector<std::string> ids;
  for (const auto& [key, value] : entity.items()) {
    const json list = value.is_array() ? value : json::array({value});
    for (const json& one : list)
      if (one.is_object() && one.contains("@id")) ids.push_back(one["@id"]);
  }
  return ids;
}

TEST_F(PackageRun, KeepsTheRequiredRulesOfRoCrate) {
  package_run({.run = run_, .crate = crate()});
  const json context = metadata().at("@context");
  EXPECT_THAT(context.dump(), HasSubstr("https://w3id.org/ro/crate/1.1/context"));
  const std::map<std::string, json> all = entities();
  const json& descriptor = all.at("ro-crate-metadata.json");
  EXPECT_EQ(descriptor.at("@type"), "CreativeWork");
  EXPECT_EQ(descriptor.at("about"), json({{"@id", "./"}}));
  EXPECT_EQ(descriptor.at("conformsTo"), json({{"@id", "https://w3id.org/ro/crate/1.1"}}));
  const json& root = all.at("./");
  EXPECT_EQ(root.at("@type"), "Dataset");
  for (const char* key : {"name", "description", "datePublished", "license"})
    EXPECT_TRUE(root.contains(key)) << key;
  EXPECT_TRUE(seconds_of_utc(root.at("datePublished")).has_value());
  for (const auto& [id, entity] : all) {
    EXPECT_TRUE(entity.contains("@type")) << id;
    for (const std::string& other : references_in(entity))
      EXPECT_TRUE(all.contains(other) || other.starts_with("http")) << id << " names " << other;
  }
}

TEST_F(PackageRun, NamesEveryFileWithItsHashAndSize) {
  const Package package = package_run({.run = run_, .crate = crate()});
  std::set<std::string> parts;
  for (const std::string& id : references_in({{"hasPart", entities().at("./").at("hasPart")}}))
    parts.insert(id);
  std::size_t files = 1;  // the metadata themselves
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(crate())) {
    if (entry.is_directory() || entry.path().filename() == "ro-crate-metadata.json") continue;
    ++files;
    const std::string id = entry.path().lexically_relative(crate()).generic_string();
    ASSERT_TRUE(parts.contains(id)) << id;
    const json entity = entities().at(id);
    EXPECT_EQ(entity.at("@type"), "File");
    const std::string content = read_file(entry.path(), kMostBytes);
    EXPECT_EQ(entity.at("sha256"), sha256(content).hex()) << id;
    EXPECT_EQ(entity.at("contentSize"), std::to_string(content.size())) << id;
  }
  EXPECT_EQ(files, parts.size() + 1);
  EXPECT_EQ(package.files, files);
  EXPECT_TRUE(parts.contains("run/journal.jsonl"));
  EXPECT_TRUE(parts.contains("audit.json"));
  EXPECT_FALSE(parts.contains("run/lock"));
}

TEST_F(PackageRun, TellsOfEachSessionAsAnAction) {
  package_run({.run = run_, .crate = crate()});
  const std::map<std::string, json> all = entities();
  EXPECT_EQ(all.at("./").at("mentions"), json::array({{{"@id", "#session-1"}}}));
  const json& action = all.at("#session-1");
  EXPECT_EQ(action.at("@type"), "CreateAction");
  const json& program = all.at(action.at("instrument").at("@id"));
  EXPECT_EQ(program.at("@type"), "SoftwareApplication");
  EXPECT_EQ(program.at("name"), "crossfold");
  EXPECT_LE(*seconds_of_utc(action.at("startTime")), *seconds_of_utc(action.at("endTime")));
  EXPECT_EQ(action.at("actionStatus").at("@id"), "http://schema.org/CompletedActionStatus");
  EXPECT_THAT(action.at("object").dump(), HasSubstr("run/job.json"));
  EXPECT_THAT(action.at("result").dump(), HasSubstr("run/results.h5"));
  EXPECT_FALSE(action.contains("agent"));
  EXPECT_EQ(all.at("https://w3id.org/ro/wfrun/process/0.5").at("@type"), "CreativeWork");
}

TEST_F(PackageRun, UnpackedElsewhereIsAuditedAsTheRunWas) {
  package_run({.run = run_, .crate = crate(), .copy = StoreCopy::included});
  const fs::path elsewhere = scratch_.path() / "other" / "place";
  fs::create_directories(elsewhere.parent_path());
  fs::rename(crate(), elsewhere);
  const audit::RunEvidence before({.run = run_});
  const audit::RunEvidence after({.run = elsewhere / "run", .store = elsewhere / "store.h5"});
  const audit::AuditReport left = audit::audit_run(before);
  const audit::AuditReport right = audit::audit_run(after);
  const json packed = json::parse(read_file(elsewhere / "audit.json", kMostBytes));
  ASSERT_EQ(left.results.size(), right.results.size());
  for (std::size_t i = 0; i < left.results.size(); ++i) {
    SCOPED_TRACE(left.results[i].rule->id);
    EXPECT_EQ(left.results[i].finding.verdict, right.results[i].finding.verdict);
    EXPECT_EQ(left.results[i].finding.text, right.results[i].finding.text);
    EXPECT_EQ(left.results[i].finding.value, right.results[i].finding.value);
    EXPECT_EQ(packed.at("rules")[i].at("id"), left.results[i].rule->id);
    EXPECT_EQ(packed.at("rules")[i].at("verdict"), name_of(left.results[i].finding.verdict));
  }
}

TEST_F(PackageRun, HasAConfigurationForCodecheck) {
  package_run({.run = run_, .crate = crate()});
  const std::string text = read_file(crate() / "codecheck.yml", kMostBytes);
  EXPECT_TRUE(text.starts_with("---\nversion: https://codecheck.org.uk/spec/config/1.0/\n"));
  for (const char* key : {"\npaper:\n", "\ncodechecker:\n", "\nreport: ", "\nmanifest:\n",
                          "  - file: \"run/results.h5\"\n    comment: "})
    EXPECT_THAT(text, HasSubstr(key));
}

TEST_F(PackageRun, NothingIsWrittenOverWhatIsThere) {
  fs::create_directory(crate());
  write_file_whole(crate() / "mine.txt", "mine");
  EXPECT_EQ(error_of({.run = run_, .crate = crate()}),
            crate().string() +
                ": is there already (a crate is never written over anything). name another place, "
                "or move it away");
  EXPECT_EQ(read_file(crate() / "mine.txt", kMostBytes), "mine");
  fs::remove_all(crate());
  fs::create_directory(crate().string() + ".unfinished");
  EXPECT_THAT(error_of({.run = run_, .crate = crate()}),
              HasSubstr("clean.crate.unfinished: is there already"));
  EXPECT_TRUE(fs::exists(crate().string() + ".unfinished"));
}

TEST_F(PackageRun, ACrateThatCannotBeMadeLeavesNothing) {
  fs::rename(run_ / "results.h5", scratch_.path() / "results.h5");
  fs::create_symlink(scratch_.path() / "results.h5", run_ / "results.h5");
  EXPECT_EQ(error_of({.run = run_, .crate = crate()}),
            (run_ / "results.h5").string() +
                ": is a link or a special file (a crate has to hold what it names). put the file "
                "itself in its place");
  EXPECT_FALSE(fs::exists(crate()));
  EXPECT_FALSE(fs::exists(crate().string() + ".unfinished"));
}

TEST_F(PackageRun, ALicenseIsNamedByItsUrl) {
  EXPECT_EQ(error_of({.run = run_, .crate = crate(), .license = "mine"}),
            "--license: is 'mine', no URL (a crate names its license by one). give one such as "
            "https://spdx.org/licenses/CC-BY-4.0");
  EXPECT_FALSE(fs::exists(crate()));
}

TEST_F(PackageRun, WhatTheUserPutIntoTheRunStaysThere) {
  write_file_whole(run_ / "patients.xlsx", "names");
  package_run({.run = run_, .crate = crate()});
  EXPECT_FALSE(fs::exists(crate() / "run" / "patients.xlsx"));
}

TEST_F(PackageRun, ARunThatIsBeingTrainedIsNotPacked) {
  std::string journal = read_file(run_ / "journal.jsonl", kMostBytes);
  const std::size_t last_line = journal.rfind('\n', journal.size() - 2) + 1;
  ASSERT_THAT(journal.substr(last_line), HasSubstr("\"event\":\"end\""));
  write_file_whole(run_ / "journal.jsonl", journal.substr(0, last_line));
  fs::remove(run_ / "lock");  // as seen from another host, which cannot tell who holds it
  EXPECT_EQ(error_of({.run = run_, .crate = crate()}),
            run_.string() +
                ": is being trained (its files change while they are packed). wait for its end, or "
                "stop it");
  EXPECT_FALSE(fs::exists(crate()));
}

/// A crate is made all the same, and whoever makes it is told.
TEST_F(PackageRun, TellsWhetherARuleOfTheAuditFails) {
  const auto failed_rules = [](const fs::path& packed) {
    std::set<std::string> failed;
    const json audit = json::parse(read_file(packed / "audit.json", kMostBytes));
    for (const json& rule : audit.at("rules"))
      if (rule.at("verdict") == "fail") failed.insert(rule.at("id").get<std::string>());
    return failed;
  };
  EXPECT_FALSE(package_run({.run = run_, .crate = crate()}).audit_failed);
  EXPECT_EQ(failed_rules(crate()), std::set<std::string>{});
  fs::remove_all(run_ / "segments");  // what the fits left behind
  const fs::path without = scratch_.path() / "without.crate";
  EXPECT_TRUE(package_run({.run = run_, .crate = without}).audit_failed);
  EXPECT_TRUE(failed_rules(without).contains("INT-03"));
}

}  // namespace
}  // namespace crossfold
