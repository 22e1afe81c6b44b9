#include "crossfold/results/run_scan.h"

#include <filesystem>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/build_info.h"
#include "crossfold/core/error.h"
#include "crossfold/results/run_editor.h"

#include "core/damage.h"
#include "results/replace_file.h"
#include "results/small_run.h"

namespace crossfold {
namespace {

using test::bytes_of;
using test::damage_rounds;
using test::wound;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::replace_file;

TEST(RunScan, TellsOfEveryLineOfASoundRun) {
  const testing::SmallRun run;
  run.record(0, 3);
  const RunScan scan = scan_run(run.path());
  EXPECT_EQ(scan.fits.size(), 3U);
  EXPECT_THAT(scan.damage, IsEmpty());
  EXPECT_THAT(scan.unreadable, IsEmpty());
  ASSERT_TRUE(scan.plan.has_value());
  EXPECT_EQ(scan.plan->hash.hex(), scan.header_plan_sha256);
  EXPECT_EQ(scan.file_plan_sha256, scan.header_plan_sha256);
}

TEST(RunScan, GoesOnBehindADamagedLine) {
  const testing::SmallRun run;
  run.record(0, 3);
  std::string text = bytes_of(run.journal());
  text[text.find("\"kind\":\"fit\"") + 9] = 'F';
  replace_file(run.journal(), text);
  const RunScan scan = scan_run(run.path());
  EXPECT_EQ(scan.fits.size(), 2U);
  ASSERT_EQ(scan.damage.size(), 1U);
  EXPECT_THAT(scan.damage[0].place, HasSubstr("journal.jsonl, line "));
  EXPECT_EQ(scan.damage[0].problem, "its checksum does not fit");
}

TEST(RunScan, NamesAnInputThatIsNotTheHeaders) {
  const testing::SmallRun run;
  run.record(0, 3);
  replace_file(run.path("job.json"), bytes_of(run.path("job.json")) + " ");
  const RunScan scan = scan_run(run.path());
  ASSERT_EQ(scan.damage.size(), 1U);
  EXPECT_EQ(scan.damage[0].place, "job.json");
  EXPECT_TRUE(scan.plan.has_value());
  repair_header(run.path());
  EXPECT_THAT(scan_run(run.path()).damage, IsEmpty());
}

TEST(RunScan, TellsOfArtefactsThatNoLineNames) {
  const testing::SmallRun run;
  run.record(0, 3);
  std::vector<ScannedFit> fits = scan_run(run.path()).fits;
  EXPECT_THAT(unnamed_artefacts(run.path(), fits), IsEmpty());
  fits.pop_back();
  const std::vector<UnnamedArtefacts> unnamed = unnamed_artefacts(run.path(), fits);
  ASSERT_EQ(unnamed.size(), 1U);
  EXPECT_EQ(unnamed[0].documents, 1U);
}

/// Each line's own words, in the order of the lines.
TEST(RunScan, RepeatsWhatEachLineSays) {
  const testing::SmallRun run;
  const Origin gamma{.host = "gamma", .device = "cpu core 9", .equivalence_class = "build A"};
  StageRecord stage;
  stage.experiment = "task";
  stage.number = 3;
  ArtefactPlace place;
  {
    RunDirectory directory = run.open();
    for (const char* isa : {"avx2", "sse2"}) {
      SessionStart start;
      start.instruction_set = isa;
      start.equivalence_class = std::string("class of ") + isa;
      directory.append_session(start);
    }
    testing::record(directory, run.plan(), run.plan().fits[4], testing::kBeta);  // lines 4 and 5
    FitRecord failed;
    failed.result = testing::failed_result(run.plan().fits[2].id);
    directory.append(failed);
    testing::record(directory, run.plan(), run.plan().fits[2], gamma);  // lines 7 and 8
    directory.flush();
    place = run.load().artefacts.at(run.plan().fits[2].id);
    directory.append_stage(stage);
    stage.number = 5;
    directory.append_stage(stage);
    directory.append_session(SessionEnd{
        .outcome = SessionEnd::Outcome::stopped, .seconds = 3, .trained = 7, .workers = {}});
  }
  test::write_bytes(run.journal(), bytes_of(run.journal()) + "{\"kind\"");
  const RunScan scan = scan_run(run.path());
  EXPECT_THAT(scan.damage, IsEmpty());
  EXPECT_EQ(scan.lines, 11U);
  EXPECT_EQ(scan.torn_bytes, 7U);
  ASSERT_EQ(scan.sessions.size(), 2U);
  const BuildInfo build = build_info();
  for (const std::size_t i : {0U, 1U}) {
    const std::string isa = i == 0 ? "avx2" : "sse2";
    EXPECT_EQ(scan.sessions[i].instruction_set, isa);
    EXPECT_EQ(scan.sessions[i].equivalence_class, "class of " + isa);
    EXPECT_EQ(scan.sessions[i].version, build.version);
    EXPECT_EQ(scan.sessions[i].git_hash, build.git_hash);
    EXPECT_THAT(scan.sessions[i].time, ::testing::MatchesRegex("[0-9-]+T[0-9:]+Z"));
  }
  EXPECT_FALSE(scan.sessions[0].end.has_value()) << "it was killed";
  ASSERT_TRUE(scan.sessions[1].end.has_value());
  EXPECT_TRUE(scan.sessions[1].end->stopped);
  EXPECT_EQ(scan.sessions[1].end->trained, 7U);
  EXPECT_THAT(scan.sessions[1].end->time, ::testing::MatchesRegex("[0-9-]+T[0-9:]+Z"));
  ASSERT_EQ(scan.fits.size(), 3U);
  EXPECT_EQ(scan.fits[0].line, 5U);
  EXPECT_EQ(scan.fits[1].line, 6U);
  EXPECT_EQ(scan.fits[2].line, 8U);
  EXPECT_EQ(scan.fits[0].result.id, run.plan().fits[4].id);
  EXPECT_EQ(scan.fits[1].result.error, testing::failed_result().error);
  EXPECT_EQ(scan.fits[2].result.id, run.plan().fits[2].id);
  EXPECT_EQ(scan.fits[0].origin.host, "beta");
  EXPECT_EQ(scan.fits[0].origin.device, "cuda:0");
  EXPECT_EQ(scan.fits[0].origin.equivalence_class, "build B");
  EXPECT_EQ(scan.fits[1].origin.equivalence_class, "");
  EXPECT_EQ(scan.fits[2].origin.host, "gamma");
  EXPECT_EQ(scan.fits[2].origin.device, "cpu core 9");
  EXPECT_EQ(scan.fits[2].origin.equivalence_class, "build A");
  EXPECT_FALSE(scan.fits[1].artefacts.has_value());
  EXPECT_EQ(scan.fits[2].artefacts, place);
  ASSERT_EQ(scan.stages.size(), 2U);
  EXPECT_EQ(scan.stages[0].number, 3U);
  EXPECT_EQ(scan.stages[1], stage);
}

/// Every input that is not the header's, and every line that cannot be, is told of, not the first.
TEST(RunScan, NamesAllThatIsDamaged) {
  const testing::SmallRun run;
  run.record(0, 3);
  const auto problems = [&] {
    std::vector<std::string> found;
    for (const ScannedDamage& damage : scan_run(run.path()).damage)
      found.push_back(damage.place + ": " + damage.problem);
    return found;
  };
  const std::string journal = bytes_of(run.journal());
  const std::string plan = bytes_of(run.path("plan.json"));
  replace_file(run.path("job.json"), bytes_of(run.path("job.json")) + " ");
  std::filesystem::remove(run.path("plan.json"));
  replace_file(run.path("splits.csv"), "x");
  EXPECT_THAT(problems(), ::testing::UnorderedElementsAre(
                              "job.json: is not the file that the journal's header names (SHA-256)",
                              "plan.json: is missing, and the journal's header names it",
                              "splits.csv: is there, and the journal's header does not name it"));
  replace_file(run.path("plan.json"), plan);
  std::filesystem::remove(run.path("splits.csv"));
  repair_header(run.path());
  const std::string sound = bytes_of(run.journal());
  const std::size_t second = sound.find('\n') + 1;  // the line that describes the class
  const std::size_t third = sound.find('\n', second) + 1;
  const std::string header = sound.substr(0, second);
  std::string undescribed = sound.substr(third);
  replace_file(run.journal(), header + undescribed + header + "a user's note\n" + undescribed);
  const std::vector<std::string> found = problems();
  ASSERT_EQ(found.size(), 8U);
  for (const std::size_t i : {0U, 1U, 2U})
    EXPECT_THAT(found[i], ::testing::MatchesRegex("journal.jsonl, line " + std::to_string(i + 2) +
                                                  ": names the class [0-9a-f]+, which no line "
                                                  "before describes"));
  EXPECT_EQ(found[3], "journal.jsonl, line 5: is a second header");
  EXPECT_EQ(found[4], "journal.jsonl, line 6: its checksum does not fit");
  EXPECT_THAT(found[7], ::testing::StartsWith("journal.jsonl, line 9: names the class "));
}

/// Which of the inputs it is, and what could be read before it; the journal is read all the same.
TEST(RunScan, NamesTheInputThatCannotBeRead) {
  const testing::SmallRun run;
  run.record(0, 3);
  for (const std::string name : {"job.json", "samples.json", "plan.json"}) {
    SCOPED_TRACE(name);
    const std::string sound = bytes_of(run.path(name));
    replace_file(run.path(name), "{");
    const RunScan scan = scan_run(run.path());
    ASSERT_EQ(scan.unreadable.size(), 1U);
    EXPECT_EQ(scan.unreadable[0].place, name);
    EXPECT_EQ(scan.job.has_value(), name != "job.json");
    EXPECT_EQ(scan.samples.has_value(), name == "plan.json");
    EXPECT_FALSE(scan.plan.has_value());
    EXPECT_EQ(scan.file_plan_sha256, "");
    EXPECT_EQ(scan.header_plan_sha256, run.plan().hash.hex());
    EXPECT_EQ(scan.fits.size(), 3U);
    replace_file(run.path(name), sound);
  }
}

/// What plan.json says of itself, beside what the header says and what follows from the job.
TEST(RunScan, RepeatsTheHashThatThePlanFileHas) {
  const testing::SmallRun run;
  run.record(0, 1);
  const std::string hash = run.plan().hash.hex();
  std::string plan = bytes_of(run.path("plan.json"));
  plan.replace(plan.find(hash), hash.size(), std::string(64, '0'));
  replace_file(run.path("plan.json"), plan);
  const RunScan scan = scan_run(run.path());
  EXPECT_THAT(scan.unreadable, IsEmpty());
  EXPECT_EQ(scan.file_plan_sha256, std::string(64, '0'));
  EXPECT_EQ(scan.header_plan_sha256, hash);
  ASSERT_TRUE(scan.plan.has_value());
  EXPECT_EQ(scan.plan->hash.hex(), hash);
}

/// Wherever a kill has cut a segment: what is whole is counted, and what is not is not.
TEST(RunScan, CountsTheWholeDocumentsOfASegmentThatIsCut) {
  const testing::SmallRun run;
  run.record(0, 1);
  std::filesystem::create_directories(run.path("segments") / "0009-00000000");
  SegmentWriter segment({.run = run.path(), .session = "0009-00000000"}, Rank{2});
  for (const char* document : {"of eight", "of  7", "of nine.."})
    static_cast<void>(segment.append(run.plan().fits[0].id, document));
  segment.flush();
  const std::filesystem::path file = run.path("segments") / "0009-00000000" / "0002.bin";
  const std::string whole = bytes_of(file);
  constexpr std::size_t kHeader = 24, kHead = 48;
  constexpr std::size_t kSecond = kHeader + kHead + 8;  // where it begins
  constexpr std::size_t kThird = kSecond + kHead + 8;
  ASSERT_EQ(whole.size(), kThird + kHead + 16);
  const std::vector<ScannedFit> fits = scan_run(run.path()).fits;
  for (const auto& [bytes, documents] :
       {std::pair(whole.size(), 3U), std::pair(kThird + kHead + 9, 3U),
        std::pair(kThird + kHead + 8, 2U), std::pair(kThird, 2U), std::pair(kSecond, 1U),
        std::pair(kSecond - 1, 0U), std::pair(kHeader, 0U), std::pair(kHeader - 1, 0U)}) {
    SCOPED_TRACE(bytes);
    replace_file(file, whole.substr(0, bytes));
    const std::vector<UnnamedArtefacts> unnamed = unnamed_artefacts(run.path(), fits);
    ASSERT_EQ(unnamed.size(), documents > 0 ? 1U : 0U);
    if (documents == 0) continue;
    EXPECT_EQ(unnamed[0].file, "segments/0009-00000000/0002.bin");
    EXPECT_EQ(unnamed[0].documents, documents);
  }
}

/// Whatever is done to a file, the scan tells or throws an Error, and nothing else.
TEST(RunScan, NeverCrashes) {
  const testing::SmallRun run;
  run.record(0, 3);
  std::mt19937 random(5);
  for (const char* name : {"job.json", "samples.json", "plan.json", "journal.jsonl"}) {
    const std::string sound = bytes_of(run.path(name));
    for (int round = 0; round < damage_rounds(300); ++round) {
      replace_file(run.path(name), wound(sound, random));
      try {
        static_cast<void>(scan_run(run.path()));
      } catch (const Error& error) {
        EXPECT_NE(error.code(), ErrorCode::internal) << error.what();
      }
    }
    replace_file(run.path(name), sound);
  }
}

}  // namespace
}  // namespace crossfold
