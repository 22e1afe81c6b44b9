#include "lost_journal.h"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "crossfold/results/run_directory.h"
#include "crossfold/results/run_records.h"
#include "crossfold/results/run_status.h"

#include "core/expect_error.h"
#include "results/small_run.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

class LostJournal : public ::testing::Test {
 protected:
  LostJournal() { run_.record(0, 2); }
  /// Whoever opens or reads the run is told.
  void expect_told(const std::string& state, const std::string& names = "segments is") {
    const std::string text = run_.journal().string() + ": is " + state + " while " + names +
                             " there (the fits that it recorded would be trained again). bring it "
                             "back from a backup, or choose another --out";
    expect_error(ErrorCode::bad_input, text, [&] { static_cast<void>(run_.open()); });
    expect_error(ErrorCode::bad_input, text, [&] {
      static_cast<void>(RunDirectory::open(run_.path(), testing::small_job(),
                                           testing::small_samples(), run_.plan(), {},
                                           {.salvage = true}));
    });
    expect_error(ErrorCode::bad_input, text, [&] { static_cast<void>(run_.load()); });
    expect_error(ErrorCode::bad_input, text,
                 [&] { static_cast<void>(read_status(run_.path(), 0)); });
  }

  testing::SmallRun run_;
};

TEST_F(LostJournal, ThatIsMissingIsToldBeforeAnyFitIsTrainedAgain) {
  fs::remove(run_.journal());
  expect_told("missing");
  EXPECT_FALSE(fs::exists(run_.journal()));
}

TEST_F(LostJournal, ThatIsEmptyOrCutIsToldToo) {
  const std::string journal = test::bytes_of(run_.journal());
  test::write_bytes(run_.journal(), "");
  expect_told("empty");
  test::write_bytes(run_.journal(), journal.substr(0, 20));
  expect_told("cut within its first line");
}

TEST_F(LostJournal, IsToldBesideFinalFiles) {
  write_final_files(run_.path());
  fs::remove(run_.journal());
  expect_told("missing", "results.h5, artefacts.h5, provenance.json, segments are");
  fs::remove_all(run_.path("segments"));
  fs::remove(run_.path("artefacts.h5"));
  fs::remove(run_.path("provenance.json"));
  expect_told("missing", "results.h5 is");
}

TEST_F(LostJournal, IsNoneBeforeTheFirstStart) {
  fs::remove(run_.journal());
  fs::remove_all(run_.path("segments"));
  EXPECT_EQ(read_status(run_.path(), 0).state, RunState::not_started);
  EXPECT_TRUE(run_.open().done().empty());
}

}  // namespace
}  // namespace crossfold
