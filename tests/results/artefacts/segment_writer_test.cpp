#include "crossfold/results/segment_writer.h"

#include <cstring>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/host_info.h"

#include "core/disk_watch.h"
#include "core/expect_error.h"
#include "results/small_run.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using test::bytes_of;
using testing::fit_id;

class SegmentWriterTest : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path file(const ArtefactPlace& place) const {
    return run_.path("segments") / place.segment;
  }
  [[nodiscard]] std::string document(const ArtefactPlace& place) const {
    return bytes_of(file(place)).substr(place.offset, place.bytes);
  }

  testing::SmallRun run_;
  RunDirectory directory_ = run_.open();
  SegmentFolder folder_ = directory_.begin_segments();
};

TEST_F(SegmentWriterTest, PutsOneDocumentBehindTheOther) {
  SegmentWriter writer(folder_, Rank{3});
  const std::vector<std::string> documents{"first", "", std::string(100'000, 'x'), "last"};
  std::vector<ArtefactPlace> places;
  for (const std::string& text : documents) places.push_back(writer.append(fit_id(), text));
  writer.flush();
  for (std::size_t i = 0; i < documents.size(); ++i) {
    EXPECT_EQ(places[i].segment, folder_.session + "/0003.bin");
    EXPECT_EQ(places[i].offset % 8, 0U);
    EXPECT_EQ(document(places[i]), documents[i]);
    EXPECT_EQ(places[i].sha256, sha256(documents[i]).hex());
  }
}

/// So that what is in it can be told without a journal.
TEST_F(SegmentWriterTest, SaysBeforeEachDocumentWhatItIs) {
  SegmentWriter writer(folder_, Rank{0});
  (void)writer.append(fit_id('b'), "text");
  const std::string bytes = bytes_of(file(writer.append(fit_id('c'), "more")));
  ASSERT_EQ(bytes.size(), 24U + 2 * (48 + 8));
  EXPECT_EQ(bytes.substr(0, 24), "crossfold-segment 1    \n");
  EXPECT_EQ(bytes.substr(24, 8), "artefact");
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data() + 32, sizeof length);
  EXPECT_EQ(length, 4U);
  EXPECT_EQ(bytes.substr(40, 16), std::string(16, '\xbb'));
  const Digest digest = sha256("text");
  EXPECT_EQ(std::memcmp(bytes.data() + 56, digest.bytes.data(), 16), 0);
  EXPECT_EQ(bytes.substr(72, 8), std::string("text\0\0\0\0", 8));
}

TEST_F(SegmentWriterTest, MakesNoFileForNothingAndWritesOverNone) {
  {
    SegmentWriter writer(folder_, Rank{1});
    writer.flush();
  }
  EXPECT_TRUE(fs::is_empty(run_.path("segments") / folder_.session));
  SegmentWriter first(folder_, Rank{1});
  const fs::path file = this->file(first.append(fit_id(), "mine"));
  const std::string before = bytes_of(file);
  SegmentWriter second(folder_, Rank{1});
  EXPECT_THROW((void)second.append(fit_id(), "yours"), Error);
  EXPECT_EQ(bytes_of(file), before);
}

/// Behind half a document nothing would lie where its line says.
TEST_F(SegmentWriterTest, IsNotContinuedBehindAWriteThatFailed) {
  SegmentWriter writer(folder_, Rank{2});
  const ArtefactPlace first = writer.append(fit_id('a'), "first");
  const std::string before = bytes_of(file(first));
  test::DiskWatch watch(run_.path());
  watch.fail_once(0, ENOSPC);
  EXPECT_THROW((void)writer.append(fit_id('b'), "lost"), Error);
  expect_error(ErrorCode::io,
               file(first).string() + ": cannot be continued (a write before failed)",
               [&] { (void)writer.append(fit_id('c'), "late"); });
  EXPECT_EQ(bytes_of(file(first)), before);
}

TEST_F(SegmentWriterTest, EverySessionHasAFolderOfItsOwn) {
  const SegmentFolder other = directory_.begin_segments();
  EXPECT_NE(other.session, folder_.session);
  EXPECT_THAT(folder_.session, ::testing::StartsWith("0001-"));
  EXPECT_THAT(other.session, ::testing::StartsWith("0002-"));
  EXPECT_EQ(other.run, run_.path());
}

/// Behind the highest number, which is not always the last of the names.
TEST_F(SegmentWriterTest, ASessionsFolderIsNumberedBehindAllThatAreThere) {
  for (const char* name : {"9999-00000000", "10000-00000000", "notes"})
    fs::create_directory(run_.path("segments") / name);
  EXPECT_THAT(directory_.begin_segments().session, ::testing::StartsWith("10001-"));
}

TEST_F(SegmentWriterTest, AFolderThatNothingWasWrittenIntoGoesWithItsSession) {
  directory_.append_session(SessionEnd{});
  EXPECT_FALSE(fs::exists(run_.path("segments") / folder_.session));
  const SegmentFolder used = directory_.begin_segments();
  SegmentWriter writer(used, Rank{});
  (void)writer.append(fit_id(), "text");
  directory_.append_session(SessionEnd{});
  EXPECT_TRUE(fs::exists(run_.path("segments") / used.session));
}

TEST_F(SegmentWriterTest, AHostThatDoesNotSeeTheFolderIsTold) {
  check_is_shared(folder_);
  check_is_shared({});
  SegmentFolder elsewhere = folder_;
  elsewhere.session = "0001-00000000";
  expect_error(
      ErrorCode::io,
      (run_.path("segments") / elsewhere.session).string() + ": is not seen on " +
          host_info().name +
          " (No such file or directory), though rank 0 has made it (each rank writes the artefacts "
          "of its fits there, so all hosts must share the run directory). choose an --out "
          "on a disk that they share",
      [&] { check_is_shared(elsewhere, std::chrono::milliseconds(150)); });
}

}  // namespace
}  // namespace crossfold
