#include "crossfold/results/run_scan.h"

#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
