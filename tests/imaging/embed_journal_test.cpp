#include "embed_journal.h"

#include <gtest/gtest.h>

#include "imaging/test_images.h"

namespace crossfold {
namespace {

TEST(EmbedJournal, KeepsWhatWasAdded) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "s.part";
  const std::vector<float> one = {1, 2, 3};
  const std::vector<float> two = {4, 5, 6};
  {
    EmbedJournal journal(path, 3);
    journal.add(sha256("one"), one);
    journal.add(sha256("two"), two);
  }
  const EmbedJournal journal(path, 3);
  EXPECT_EQ(journal.size(), 2U);
  std::vector<float> out(3);
  EXPECT_TRUE(journal.find(sha256("two"), out));
  EXPECT_EQ(out, two);
  EXPECT_FALSE(journal.find(sha256("three"), out));
}

TEST(EmbedJournal, DropsARecordThatWasCutOffAndGoesOn) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "s.part";
  const std::vector<float> values = {1, 2, 3};
  std::uintmax_t whole = 0;
  {
    EmbedJournal journal(path, 3);
    journal.add(sha256("one"), values);
    whole = std::filesystem::file_size(path);
    journal.add(sha256("two"), values);
  }
  for (std::uintmax_t size = std::filesystem::file_size(path) - 1; size > whole; size -= 5) {
    std::filesystem::resize_file(path, size);
    const EmbedJournal journal(path, 3);
    EXPECT_EQ(journal.size(), 1U);
    EXPECT_EQ(std::filesystem::file_size(path), whole);
    std::filesystem::resize_file(path, size);  // zeros behind the sound part, as after a crash
    EXPECT_EQ(EmbedJournal(path, 3).size(), 1U);
  }
  {
    EmbedJournal journal(path, 3);
    journal.add(sha256("two"), values);
  }
  EXPECT_EQ(EmbedJournal(path, 3).size(), 2U);
}

TEST(EmbedJournal, StartsAnewForOtherSets) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "s.part";
  const std::vector<float> values = {1, 2, 3};
  {
    EmbedJournal journal(path, 3);
    journal.add(sha256("one"), values);
  }
  EXPECT_EQ(EmbedJournal(path, 4).size(), 0U);
  folder.write("s.part", "something else");
  EXPECT_EQ(EmbedJournal(path, 3).size(), 0U);
}

}  // namespace
}  // namespace crossfold
