#include <algorithm>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <optional>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/job/job_json.h"

#include "core/damage.h"
#include "results/replace_file.h"
#include "results/small_run.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using test::bytes_of;
using test::damage_rounds;
using test::wound;
using testing::replace_file;

/// What load_run says: nothing when it reads the run, else its Error. Anything else fails the test.
std::optional<std::string> complaint(const testing::SmallRun& run) {
  try {
    static_cast<void>(run.load());
    return std::nullopt;
  } catch (const Error& error) {
    EXPECT_NE(error.code(), ErrorCode::internal) << error.what();
    return error.what();
  } catch (const std::exception& other) {
    ADD_FAILURE() << "not an Error: " << other.what();
    return other.what();
  }
}

TEST(DamagedRun, NamesTheFileWhateverIsWrongWithIt) {
  const testing::SmallRun run;
  run.record(0, 3);
  std::mt19937 random(1);
  for (const char* name : {"job.json", "samples.json", "plan.json"}) {
    const std::string sound = bytes_of(run.path(name));
    for (int round = 0; round < damage_rounds(1000); ++round) {
      const std::string damaged = wound(sound, random);
      if (damaged == sound) continue;
      replace_file(run.path(name), damaged);
      const auto said = complaint(run);
      ASSERT_TRUE(said.has_value()) << name << " round " << round;
      EXPECT_EQ(said->find(run.path(name).string()), 0U) << *said;
    }
    replace_file(run.path(name), sound);
  }
  EXPECT_FALSE(complaint(run).has_value());
}

/// Before the journal has started nothing tells a changed text from the right one, but the readers
/// of the three files still end in an Error or in a run.
TEST(DamagedRun, NeverCrashesItsReaders) {
  const testing::SmallRun run;
  static_cast<void>(run.open());
  fs::remove(run.journal());
  std::mt19937 random(2);
  for (const char* name : {"job.json", "samples.json", "plan.json"}) {
    const std::string sound = bytes_of(run.path(name));
    for (int round = 0; round < damage_rounds(1000); ++round) {
      replace_file(run.path(name), wound(sound, random));
      static_cast<void>(complaint(run));
    }
    replace_file(run.path(name), sound);
  }
  EXPECT_FALSE(complaint(run).has_value());
}

TEST(DamagedRun, EndsInAnErrorOrInFewerFitsWhereTheJournalIsWounded) {
  const testing::SmallRun run;
  run.record(0, 3);
  const std::string sound = bytes_of(run.journal());
  std::mt19937 random(3);
  for (int round = 0; round < damage_rounds(1500); ++round) {
    replace_file(run.journal(), wound(sound, random));
    if (complaint(run)) continue;
    const RunRecords records = run.load();
    for (const auto& [id, result] : records.results)
      EXPECT_EQ(result.held_out.auc, testing::full_result().held_out.auc);
  }
}

TEST(DamagedRun, NamesAnArtefactFileWhateverIsWrongWithIt) {
  const testing::SmallRun run;
  run.record(0, 1);
  const RunRecords records = run.load();
  const FitId& id = run.plan().fits[0].id;
  const ArtefactPlace place = records.artefacts.at(id);
  const std::string sound = bytes_of(run.artefacts(id));
  std::mt19937 random(4);
  for (int round = 0; round < damage_rounds(500); ++round) {
    const std::string damaged = wound(sound, random);
    if (damaged == sound) continue;
    replace_file(run.artefacts(id), damaged);
    const std::string left = damaged.substr(0, place.offset + place.bytes);
    if (left.size() < place.offset + place.bytes ||
        left.substr(place.offset) != sound.substr(place.offset, place.bytes)) {
      EXPECT_THROW(static_cast<void>(read_artefacts(run.path(), records, id)), Error);
    }
    try {  // as if the hash were forged too
      static_cast<void>(artefacts_from_bytes(left.substr(std::min(left.size(), place.offset)), id));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::bad_input);
    }
  }
}

}  // namespace
}  // namespace crossfold
