// The same images give the same store however they are shared, stopped and killed.

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/held_run.h"
#include "cli/program.h"
#include "imaging/test_images.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::size_t kImages = 240;
constexpr std::size_t kDifferent = 8;
// STORE.part with two sets of 1,024 numbers: a line, then of each image a key, a hash of its path,
// two notes, the numbers and a checksum.
constexpr std::size_t kDigestBytes = 2 * 32;  // key and image
constexpr std::size_t kPlaceBytes = 8;
constexpr std::size_t kRecordBytes = kDigestBytes + kPlaceBytes + 240 + 8192 + 8;

/// Images with a manifest, and the store of an undisturbed embed, made once.
class EmbedRanks : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;  // owned by the suite, freed below
    std::string manifest = "image,patient,class,source\n";
    for (std::size_t i = 0; i < kImages; ++i) {
      const std::string name = std::to_string(i) + ".png";
      if (i < kDifferent)
        write_text(folder_->file(name),
                   test::encode_png(test::pattern(600, 500 + static_cast<int>(i))));
      else
        fs::copy(folder_->file(std::to_string(i % kDifferent) + ".png"), folder_->file(name));
      manifest += name + "," + std::to_string(i) + "," + (i % 2 == 0 ? "a" : "b") + ",u\n";
    }
    write_text(folder_->file("manifest.csv"), manifest);
    const Ended made = run_crossfold(embed("alone", {"--threads", "1"}));
    ASSERT_EQ(made.code, 0) << made.err;
    EXPECT_EQ(made.out,
              "embedding set texture/raw: 240 x 1024\n"
              "embedding set texture/equalized: 240 x 1024\n" +
                  store("alone") + ": written, 0 images left out\n");
    EXPECT_THAT(made.err, HasSubstr("240 images to embed on 1 thread, into " + store("alone")));
    EXPECT_FALSE(fs::exists(part("alone")));
    expected_ = read_text(store("alone"));
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string store(const std::string& name) { return folder_->file(name + ".h5"); }
  static std::string part(const std::string& name) { return store(name) + ".part"; }
  static std::vector<std::string> embed(const std::string& name,
                                        const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"embed",        folder_->file("manifest.csv"),
                                       "--store",      store(name),
                                       "--preprocess", "raw,equalized"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  static Ended embed_on(int ranks, const std::string& name,
                        const std::vector<std::string>& more = {}) {
    return Child(with_ranks(ranks, embed(name, more)), folder_->path()).wait();
  }

  /// The records in the part file, whole ones.
  static std::string records(const std::string& name) {
    const std::string bytes = read_text(part(name));
    const std::size_t line = bytes.find('\n');
    if (line == std::string::npos) return {};
    return bytes.substr(line + 1, (bytes.size() - line - 1) / kRecordBytes * kRecordBytes);
  }
  /// How many there are.
  static std::size_t recorded(const std::string& name) {
    std::error_code absent;
    const auto bytes = fs::file_size(part(name), absent);
    return absent ? 0 : bytes / kRecordBytes;  // the line is shorter than a record
  }
  /// Of how many different files.
  static std::size_t different_records(const std::string& name) {
    const std::string bytes = records(name);
    std::set<std::string> places;
    for (std::size_t at = 0; at < bytes.size(); at += kRecordBytes)
      places.insert(bytes.substr(at + kDigestBytes, kPlaceBytes));
    return places.size();
  }
  /// Held with that many images in STORE.part.
  static WriteHold hold_after_images(const std::string& name, int images) {
    constexpr int kLinesBefore = 1;
    return {folder_->path(), "/" + name + ".h5.part", kLinesBefore + images};
  }

  static ScratchFolder* folder_;
  static std::string expected_;
};

ScratchFolder* EmbedRanks::folder_ = nullptr;
std::string EmbedRanks::expected_;

TEST_F(EmbedRanks, GiveTheSameStoreOnAnyNumberOfThreads) {
  for (const std::string threads : {"2", "5"}) {
    const Ended made = run_crossfold(embed("threads" + threads, {"--threads", threads}));
    ASSERT_EQ(made.code, 0) << made.err;
    EXPECT_THAT(made.err, HasSubstr("240 images to embed on " + threads + " threads, into "));
    EXPECT_EQ(read_text(store("threads" + threads)), expected_) << threads;
  }
}

TEST_F(EmbedRanks, GiveTheSameStoreOnAnyNumberOfRanks) {
  for (const int ranks : {1, 2, 4}) {
    const std::string name = "ranks" + std::to_string(ranks);
    const Ended made = embed_on(ranks, name, {"--threads", "1"});
    ASSERT_EQ(made.code, 0) << made.err;
    EXPECT_THAT(made.err,
                HasSubstr("240 images to embed on " + std::to_string(ranks) +
                          (ranks == 1 ? " rank" : " ranks") + " of 1 thread each, into "));
    EXPECT_EQ(read_text(store(name)), expected_) << ranks;
    EXPECT_FALSE(fs::exists(part(name)));
  }
}

TEST_F(EmbedRanks, GiveTheSameStoreWithSeveralThreadsEach) {
  const Ended made = embed_on(2, "both", {"--threads", "3"});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.err, HasSubstr("240 images to embed on 2 ranks of 3 threads each, into "));
  EXPECT_EQ(read_text(store("both")), expected_);
}

TEST_F(EmbedRanks, DoNoImageTwiceAfterAllWereKilled) {
  const std::string last = folder_->file(std::to_string(kImages - 1) + ".png");
  const std::string image = read_text(last);
  write_text(last, "hello");
  {
    const WriteHold held = hold_after_images("killed", kImages / 8);
    Child run(held.on(with_ranks(3, embed("killed"))), folder_->path());
    held.wait(run);
    const std::vector<int> ranks = rank_processes(run.pid());
    ASSERT_EQ(ranks.size(), 3U);
    run.kill_group(SIGKILL);
    for (const int rank : ranks) ::kill(rank, SIGKILL);  // mpirun puts each rank into its own group
    EXPECT_NE(run.wait().code, 0);
  }
  const std::size_t before = recorded("killed");
  EXPECT_EQ(before, kImages / 8);

  const Ended resumed = embed_on(2, "killed");
  EXPECT_EQ(resumed.code, 3) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr(std::to_string(before) + " of 240 images are done already"));
  EXPECT_THAT(resumed.err, HasSubstr(std::to_string(kImages - before) + " images to embed on "));
  EXPECT_THAT(resumed.err,
              HasSubstr(std::to_string(kImages - 1 - before) + " images embedded in "));
  EXPECT_THAT(resumed.err, HasSubstr(" a second), 1 bad\n"));
  EXPECT_THAT(
      resumed.err,
      HasSubstr("crossfold: " + folder_->path().string() +
                ": 1 of 240 images cannot be used (an embedding set needs all of its rows). mend "
                "them, as listed here, or leave them out with --skip-bad\n"
                "  sample '239.png', 239.png: neither PNG, JPEG nor DICOM (it begins with 68 65 6c "
                "6c 6f; PNG begins with 89 50 4e 47, JPEG with ff d8 ff, DICOM has DICM behind 128 "
                "bytes). convert it to PNG\n"
                "239 finished images are kept in " +
                part("killed") +
                ": the same command goes on with the others. delete that file if you do not want "
                "this\n"));
  EXPECT_THAT(resumed.err, Not(HasSubstr("ends the run for all ranks")));
  EXPECT_EQ(recorded("killed"), kImages - 1);  // none of them twice
  EXPECT_EQ(different_records("killed"), kImages - 1);
  EXPECT_FALSE(fs::exists(store("killed")));

  write_text(last, image);
  const Ended mended = run_crossfold(embed("killed"));
  ASSERT_EQ(mended.code, 0) << mended.err;
  EXPECT_THAT(mended.err, HasSubstr("239 of 240 images are done already"));
  EXPECT_THAT(mended.err, HasSubstr("1 image to embed on 1 thread, into "));
  EXPECT_EQ(read_text(store("killed")), expected_);
}

TEST_F(EmbedRanks, StopOnRequestAndGoOn) {
  {
    std::vector<std::string> command = embed("stopped", {"--threads", "1"});
    command.insert(command.begin(), crossfold_program());
    const WriteHold held = hold_after_images("stopped", 1);
    Child run(held.on(command), folder_->path());
    held.wait(run);
    ::kill(run.pid(), SIGUSR1);
    wait_for_word(run, "stop requested");
    held.release();
    const Ended ended = run.wait();
    EXPECT_EQ(ended.code, 75) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("stopped on request: " + std::to_string(recorded("stopped")) +
                                     " of 240 images are done and kept in " + part("stopped") +
                                     ". run the same command again to go on"));
  }
  const Ended resumed = embed_on(4, "stopped");
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(read_text(store("stopped")), expected_);
}

TEST_F(EmbedRanks, RefuseASetOfTheSameNameBeforeTheWork) {
  fs::copy(store("alone"), store("again"));
  const std::string message =
      "crossfold: " + store("again") +
      ": 2 errors\n"
      "  /embeddings/texture/equalized: is in the store already. give the new set another name, or "
      "ask for it to be replaced\n"
      "  /embeddings/texture/raw: is in the store already. give the new set another name, or ask "
      "for it to be replaced\n";
  for (const Ended& ended : {run_crossfold(embed("again")), embed_on(2, "again")}) {
    EXPECT_EQ(ended.code, 3);
    EXPECT_THAT(ended.err, HasSubstr(message));
    EXPECT_THAT(ended.err, Not(HasSubstr("images to embed")));
  }
  EXPECT_FALSE(fs::exists(part("again")));
  const Ended replaced = embed_on(2, "again", {"--replace"});
  EXPECT_EQ(replaced.code, 0) << replaced.err;
  EXPECT_THAT(replaced.out, HasSubstr("again.h5: extended, 0 images left out\n"));
  EXPECT_EQ(read_text(store("again")), expected_);
}

TEST_F(EmbedRanks, TellAnErrorOnceAndLeaveNothingBehind) {
  const ScratchFolder folder;
  write_text(folder.file("m.csv"), "image,class,source\ngone.png,a,u\n");
  const std::vector<std::string> arguments{"embed", folder.file("m.csv"), "--store",
                                           folder.file("s.h5")};
  const std::string message =
      "crossfold: " + folder.path().string() +
      ": 1 of 1 images cannot be used (so no embedding set can be made). mend them, as listed "
      "here, or leave them out with --skip-bad\n"
      "  sample 'gone.png', gone.png: no such file (the image is missing). check the path and the "
      "folder it is relative to\n";
  for (const Ended& ended :
       {run_crossfold(arguments), Child(with_ranks(3, arguments), folder.path()).wait()}) {
    EXPECT_EQ(ended.code, 3);
    const auto at = ended.err.find(message);
    EXPECT_NE(at, std::string::npos) << ended.err;
    EXPECT_EQ(ended.err.find("cannot be used", at + message.size()), std::string::npos);
    EXPECT_THAT(ended.err, Not(HasSubstr("are kept in")));
  }
  EXPECT_FALSE(fs::exists(folder.file("s.h5.part")));
}

TEST_F(EmbedRanks, HearOfAPreprocessingThatIsNotKnown) {
  const Ended ended = embed_on(2, "sharp", {"--preprocess", "sharp"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err,
              HasSubstr("crossfold: preprocessings: unknown preprocessing 'sharp' (known: 'raw' "
                        "alone, or joined by '-': equalized, masked, lung-crop, normalized). "
                        "choose among these\n"));
}

}  // namespace
}  // namespace crossfold
