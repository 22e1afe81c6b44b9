#include "embed_journal.h"

#include <fstream>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "crossfold/core/files.h"

#include "imaging/test_images.h"

namespace crossfold {
namespace {

using test::error_of;

class Journal : public testing::Test {
 protected:
  [[nodiscard]] static EmbedWork work(const std::string& recipe = "one") {
    return {sha256(recipe), {"probe/raw", "probe/equalized"}, 3};
  }
  static JournalNote note(const std::string& key) {
    return {.key = sha256(key),
            .image = sha256("image " + key),
            .place = key.size(),
            .about_image = {},
            .about_mask = {}};
  }
  void fill(const std::vector<std::string>& keys) const {
    EmbedJournal journal(path_, work());
    for (const std::string& key : keys) journal.add(note(key), one_);
  }
  [[nodiscard]] std::size_t size() const { return EmbedJournal(path_, work()).size(); }
  [[nodiscard]] std::string content() const { return read_file(path_, 1 << 24); }
  /// The message for a file of that content, which must stay as it is.
  [[nodiscard]] std::string refusal_of(const std::string& bytes) const {
    folder_.write("s.part", bytes);
    const Error error = error_of([&] { const EmbedJournal journal(path_, work()); });
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    EXPECT_EQ(error.where(), path_.string());
    EXPECT_EQ(content(), bytes);
    return error.message();
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "s.part";
  std::vector<float> one_ = {1, 2, 3};
  std::vector<float> two_ = {4, 5, 6};
};

TEST_F(Journal, KeepsWhatWasAdded) {
  const JournalNote odd{.key = sha256("two"),
                        .image = sha256("image two"),
                        .place = 77,
                        .about_image = "blank (all of it has the gray 255)",
                        .about_mask = std::string(300, 'm')};
  {
    EmbedJournal journal(path_, work());
    EXPECT_EQ(journal.add(note("one"), one_), 0U);
    EXPECT_EQ(journal.add(odd, two_), 1U);
    std::vector<float> out(3);
    journal.read(0, 0, out);
    EXPECT_EQ(out, one_);
  }
  EmbedJournal journal(path_, work());
  EXPECT_EQ(journal.size(), 2U);
  EXPECT_EQ(journal.find(sha256("two")), 1U);
  EXPECT_EQ(journal.find(sha256("three")), std::nullopt);
  EXPECT_TRUE(journal.has_place(77));
  EXPECT_FALSE(journal.has_place(78));
  EXPECT_EQ(journal.note(0).image, sha256("image one"));
  EXPECT_EQ(journal.note(1).image, odd.image);
  EXPECT_EQ(journal.note(1).about_image, odd.about_image);
  EXPECT_EQ(journal.note(1).about_mask, odd.about_mask.substr(0, 119));
  EXPECT_EQ(journal.note(0).about_image, "");
  std::vector<float> out(2);
  journal.read(1, 1, out);
  EXPECT_EQ(out, std::vector<float>({5, 6}));
  EXPECT_EQ(journal.add(note("three"), one_), 2U);
  journal.read(2, 0, out);
  EXPECT_EQ(out, std::vector<float>({1, 2}));
}

TEST_F(Journal, IsHeldByOneAtATime) {
  {
    const EmbedJournal journal(path_, work());
    const Error refused = error_of([&] { const EmbedJournal second(path_, work()); });
    EXPECT_EQ(refused.code(), ErrorCode::io);
    EXPECT_EQ(std::string(refused.what()),
              path_.string() +
                  ": another embed is at work on this store (it holds this file). wait for it, or "
                  "name another --store");
  }
  EXPECT_EQ(size(), 0U);
}

TEST_F(Journal, RemovesARecordThatWasCutOffAndGoesOn) {
  fill({"one"});
  const std::uintmax_t whole = std::filesystem::file_size(path_);
  fill({"two"});
  for (std::uintmax_t bytes = std::filesystem::file_size(path_) - 1; bytes > whole; bytes -= 5) {
    std::filesystem::resize_file(path_, bytes);
    EXPECT_EQ(size(), 1U);
    EXPECT_EQ(std::filesystem::file_size(path_), whole);
    std::filesystem::resize_file(path_, bytes);  // zeros behind the valid prefix, as after a crash
    EXPECT_EQ(size(), 1U);
  }
  fill({"two"});
  EXPECT_EQ(size(), 2U);
}

TEST_F(Journal, PassesOverARecordWithAnyByteWrong) {
  fill({"one"});
  const std::size_t second = content().size();
  fill({"two"});
  const std::size_t third = content().size();
  fill({"three"});
  const std::string sound = content();
  for (std::size_t at = second; at < third; ++at) {
    std::string damaged = sound;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    folder_.write("s.part", damaged);
    EmbedJournal journal(path_, work());
    ASSERT_EQ(journal.size(), 2U) << at;
    ASSERT_EQ(journal.damaged(), 1U) << at;
    ASSERT_EQ(journal.find(sha256("one")), 0U);
    ASSERT_EQ(journal.find(sha256("two")), std::nullopt);
    ASSERT_EQ(journal.find(sha256("three")), 2U);
    ASSERT_EQ(content(), damaged);
    std::vector<float> out(3);
    journal.read(journal.add(note("two"), two_), 0, out);
    ASSERT_EQ(out, two_);
  }
}

TEST_F(Journal, BeginsWhereItsFirstLineWasCutOff) {
  fill({});
  const std::string line = content();
  for (std::size_t bytes = 0; bytes < line.size(); bytes += 7) {
    folder_.write("s.part", line.substr(0, bytes));
    EXPECT_EQ(size(), 0U);
    EXPECT_EQ(content(), line);
  }
}

TEST_F(Journal, LeavesAFileThatIsNoneAlone) {
  for (const char* bytes :
       {"my notes", "my notes\n", "{\"format\": 1}\n", "[]", "{}\n", "{\"format\":\"x\"}\n",
        "{\"format\":\"crossfold-embed-journal\",\"format_version\":3,\"numbers\":\"x\"}\n"})
    EXPECT_EQ(refusal_of(bytes),
              "is no journal of 'crossfold embed', which would keep the finished images there, and "
              "is left alone. move it away, or name another --store");
  EXPECT_EQ(refusal_of(std::string(3 << 20, 'x')).substr(0, 13), "is no journal");
}

TEST_F(Journal, LeavesTheJournalOfAnotherEmbeddingAlone) {
  const std::string advice =
      ", and is left alone. finish that one with its own command, or delete this file, or name "
      "another --store";
  {
    EmbedJournal other(path_, work("another recipe"));
    other.add(note("one"), one_);
    other.add(note("two"), one_);
  }
  EXPECT_EQ(refusal_of(content()),
            "holds the finished images of another embedding (2 images of probe/raw, "
            "probe/equalized)" +
                advice);
  std::filesystem::remove(path_);
  { const EmbedJournal other(path_, EmbedWork{sha256("one"), {"probe/raw"}, 4}); }
  EXPECT_EQ(refusal_of(content()),
            "holds the finished images of another embedding (0 images of probe/raw)" + advice);
  EXPECT_EQ(refusal_of("crossfold-embed-journal 1,         2048 numbers\nabc"),
            "holds the finished images of another embedding (an older crossfold's, which noted no "
            "content)" +
                advice);
  EXPECT_EQ(
      refusal_of("{\"format\":\"crossfold-embed-journal\",\"format_version\":2}\n"),
      "holds the finished images of another embedding (another version of crossfold's)" + advice);
}

TEST_F(Journal, NeedsAnOrdinaryFile) {
  const std::string message =
      "is no ordinary file, where the finished images are to be kept. move it away, or name "
      "another "
      "--store";
  std::filesystem::create_directory(path_);
  EXPECT_EQ(error_of([&] { const EmbedJournal journal(path_, work()); }).message(), message);
  std::filesystem::remove(path_);
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(error_of([&] { const EmbedJournal journal(path_, work()); }).message(), message);
}

TEST_F(Journal, SaysWhenAnotherProgramWroteIntoIt) {
  const std::string message =
      "does not hold what was written to it (another program writes to it, or cut it). see that "
      "only one does, and run again";
  EmbedJournal journal(path_, work());
  std::ofstream(path_, std::ios::app) << "what another program writes";
  const std::size_t record = journal.add(note("one"), one_);
  std::vector<float> out(3);
  const Error error = error_of([&] { journal.read(record, 0, out); });
  EXPECT_EQ(error.code(), ErrorCode::io);
  EXPECT_EQ(error.message(), message);
  EXPECT_EQ(error.where(), path_.string());
  std::filesystem::resize_file(path_, 10);
  EXPECT_EQ(error_of([&] { journal.read(record, 0, out); }).message(), message);
}

}  // namespace
}  // namespace crossfold
