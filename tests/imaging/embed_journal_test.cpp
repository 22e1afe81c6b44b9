#include "embed_journal.h"

#include <fstream>

#include <gtest/gtest.h>

#include "imaging/test_images.h"

namespace crossfold {
namespace {

using test::error_of;

class Journal : public testing::Test {
 protected:
  void fill(const std::vector<std::string>& keys) const {
    EmbedJournal journal(path_, 3);
    for (const std::string& key : keys) journal.add(sha256(key), one_);
  }
  [[nodiscard]] std::size_t size(std::size_t numbers = 3) const {
    return EmbedJournal(path_, numbers).size();
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "s.part";
  std::vector<float> one_ = {1, 2, 3};
  std::vector<float> two_ = {4, 5, 6};
};

TEST_F(Journal, KeepsWhatWasAdded) {
  {
    EmbedJournal journal(path_, 3);
    EXPECT_EQ(journal.add(sha256("one"), one_), 0U);
    EXPECT_EQ(journal.add(sha256("two"), two_), 1U);
    std::vector<float> out(3);
    journal.read(0, 0, out);
    EXPECT_EQ(out, one_);
  }
  EmbedJournal journal(path_, 3);
  EXPECT_EQ(journal.size(), 2U);
  EXPECT_EQ(journal.find(sha256("two")), 1U);
  EXPECT_EQ(journal.find(sha256("three")), std::nullopt);
  std::vector<float> out(2);
  journal.read(1, 1, out);
  EXPECT_EQ(out, std::vector<float>({5, 6}));
  EXPECT_EQ(journal.add(sha256("three"), one_), 2U);
  journal.read(2, 0, out);
  EXPECT_EQ(out, std::vector<float>({1, 2}));
}

TEST_F(Journal, IsHeldByOneAtATime) {
  {
    const EmbedJournal journal(path_, 3);
    const Error refused = error_of([&] { const EmbedJournal second(path_, 3); });
    EXPECT_EQ(refused.code(), ErrorCode::io);
    EXPECT_EQ(std::string(refused.what()),
              path_.string() +
                  ": another embed is at work on this store (it holds this file). wait for it, or "
                  "name another --store");
  }
  EXPECT_EQ(size(), 0U);
}

TEST_F(Journal, DropsARecordThatWasCutOffAndGoesOn) {
  fill({"one"});
  const std::uintmax_t whole = std::filesystem::file_size(path_);
  fill({"two"});
  for (std::uintmax_t bytes = std::filesystem::file_size(path_) - 1; bytes > whole; bytes -= 5) {
    std::filesystem::resize_file(path_, bytes);
    EXPECT_EQ(size(), 1U);
    EXPECT_EQ(std::filesystem::file_size(path_), whole);
    std::filesystem::resize_file(path_, bytes);  // zeros behind the sound part, as after a crash
    EXPECT_EQ(size(), 1U);
  }
  fill({"two"});
  EXPECT_EQ(size(), 2U);
}

TEST_F(Journal, StartsAnewForOtherSets) {
  fill({"one"});
  EXPECT_EQ(size(4), 0U);
  folder_.write("s.part", "something else");
  EXPECT_EQ(size(), 0U);
  fill({"one"});
  EXPECT_EQ(size(), 1U);
}

TEST_F(Journal, SaysWhenAnotherProgramWroteIntoIt) {
  const std::string message =
      "does not hold what was written to it (another program writes to it, or cut it). see that "
      "only one does, and run again";
  EmbedJournal journal(path_, 3);
  std::ofstream(path_, std::ios::app) << "what another program writes";
  const std::size_t record = journal.add(sha256("one"), one_);
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
