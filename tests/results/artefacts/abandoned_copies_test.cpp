// What a session that only copies had copied when it was killed is named by no line, and its
// successor copies it again; what a session that trains had written may still be written to.

#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/results/run_directory.h"

#include "results/small_run.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Header, block head, "copied" filled up to 8.
constexpr std::size_t kSegmentBytes = 24 + 48 + 8;

/// The start of each kind of session, as its writer fills it in.
SessionStart start_of(const std::string& launch) {
  SessionStart start;
  start.launch = launch;
  if (launch == "warm-start")
    start.taken_from = TakenFrom{.run = "other.run", .job_sha256 = "a", .plan_sha256 = "b"};
  return start;
}

class AbandonedCopies : public ::testing::TestWithParam<const char*> {
 protected:
  /// A session that writes a segment and is killed before a line names it; its folder.
  [[nodiscard]] fs::path write_and_die(const std::string& launch) const {
    RunDirectory directory = run_.open();
    directory.append_session(start_of(launch));
    const SegmentFolder folder = directory.begin_segments();
    SegmentWriter segment(folder, Rank{});
    static_cast<void>(segment.append(run_.plan().fits[0].id, "copied"));
    segment.flush();
    return run_.path("segments") / folder.session;
  }
  [[nodiscard]] std::vector<std::string> notes() const { return run_.open().notes(); }

  testing::SmallRun run_;
};

class AbandonedBySessionsThatCopy : public AbandonedCopies {};
class WrittenBySessionsThatTrain : public AbandonedCopies {};

TEST_P(AbandonedBySessionsThatCopy, AreRemovedAndToldOf) {
  run_.record(0, 1);
  const fs::path copied = write_and_die(GetParam());
  EXPECT_THAT(notes(),
              ElementsAre(fmt::format(
                  "{}: {} bytes in {} that no line of the journal names were copied by a session "
                  "that was killed. they are removed, and copied again",
                  run_.path("segments").string(), kSegmentBytes, copied.filename().string())));
  EXPECT_FALSE(fs::exists(copied));
  EXPECT_THAT(notes(), IsEmpty());
  EXPECT_TRUE(read_artefacts(run_.path(), run_.load(), run_.plan().fits[0].id).held_out.has_value())
      << "what a line names stays";
}

TEST_P(AbandonedBySessionsThatCopy, StayWhereTheSessionEnded) {
  const fs::path copied = write_and_die(GetParam());
  {
    const fs::path aside = run_.path("aside");
    fs::rename(copied, aside);  // or opening removes it
    RunDirectory directory = run_.open();
    directory.append_session(SessionEnd{});
    fs::rename(aside, copied);
  }
  EXPECT_THAT(notes(), IsEmpty());
  EXPECT_TRUE(fs::exists(copied));
}

/// Folders are numbered: what is older than a folder that a line names is no copy of this session.
TEST_P(AbandonedBySessionsThatCopy, StayWhereALaterFolderIsNamed) {
  const fs::path trained = write_and_die("mpi");
  run_.record(0, 1);
  const fs::path copied = write_and_die(GetParam());
  EXPECT_EQ(notes().size(), 1U);
  EXPECT_TRUE(fs::exists(trained));
  EXPECT_FALSE(fs::exists(copied));
}

TEST_P(WrittenBySessionsThatTrain, Stay) {
  const fs::path written = write_and_die(GetParam());
  EXPECT_THAT(notes(), IsEmpty());
  EXPECT_TRUE(fs::exists(written));
}

std::string name_of_launch(const ::testing::TestParamInfo<const char*>& info) {
  std::string name = info.param;
  std::erase(name, '-');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Launches, AbandonedBySessionsThatCopy,
                         ::testing::Values("merge", "warm-start"), name_of_launch);
INSTANTIATE_TEST_SUITE_P(Launches, WrittenBySessionsThatTrain, ::testing::Values("alone", "mpi"),
                         name_of_launch);

}  // namespace
}  // namespace crossfold
