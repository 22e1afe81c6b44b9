#include "journal.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/expect_error.h"
#include "hdf5/scratch_folder.h"
#include "journal_line.h"
#include "plan/sample_result.h"
#include "results/replace_file.h"

namespace crossfold {
namespace {

using test::bytes_of;
using testing::replace_file;

class JournalTest : public ::testing::Test {
 protected:
  JournalTest() {
    lines_.push_back(journal_line(to_json(
        JournalHeader{.job_sha256 = "j", .plan_sha256 = "p", .inputs = {{"job.json", "x"}}})));
    lines_.push_back(journal_line(to_json(JournalClass{.id = "c", .text = "build"})));
    for (const char digit : {'1', '2'})
      lines_.push_back(
          journal_line(to_json(JournalFit{.result = testing::failed_result(testing::fit_id(digit)),
                                          .host = "h",
                                          .device = "d",
                                          .class_id = "c",
                                          .artefacts = std::nullopt})));
  }

  [[nodiscard]] std::string text(std::size_t lines = 4) const {
    std::string all;
    for (std::size_t i = 0; i < lines; ++i) all += lines_[i];
    return all;
  }

  JournalEnd read(const std::string& bytes) {
    replace_file(path_, bytes);
    kinds_.clear();
    return read_journal(path_, [&](JournalEntry&& entry) { kinds_.push_back(entry.index()); });
  }

  void expect_refused(const std::string& message, const std::string& bytes) {
    expect_error(ErrorCode::bad_input, path_.string() + ": " + message, [&] { read(bytes); });
  }

  [[nodiscard]] static std::string damage(std::size_t line, std::size_t byte) {
    return "line " + std::to_string(line) + " (byte " + std::to_string(byte) +
           ") is damaged: its checksum does not fit (a killed run leaves only a last line that is "
           "cut short, so the file was changed or the disk failed)" +
           kThenSalvage;
  }

  static constexpr const char* kThenSalvage =
      ". restore the file from a copy, or let `crossfold run --salvage` with the same job and "
      "--out "
      "keep every line whose checksum fits and train the rest again";

  test::ScratchFolder folder_;
  std::filesystem::path path_ = folder_ / "journal.jsonl";
  std::vector<std::string> lines_;
  std::vector<std::size_t> kinds_;
};

TEST_F(JournalTest, IsReadInOrder) {
  const JournalEnd end = read(text());
  EXPECT_EQ(end.lines, 4U);
  EXPECT_EQ(end.sound_bytes, text().size());
  EXPECT_EQ(end.torn_bytes, 0U);
  EXPECT_THAT(kinds_, ::testing::ElementsAre(0, 2, 4, 4));
  EXPECT_EQ(read("").lines, 0U);
}

TEST_F(JournalTest, DropsALastLineThatIsCutAtAnyByte) {
  for (std::size_t lines = 1; lines <= 4; ++lines) {
    const std::string sound = text(lines - 1);
    for (std::size_t kept = 1; kept < lines_[lines - 1].size(); ++kept) {
      const JournalEnd end = read(sound + lines_[lines - 1].substr(0, kept));
      EXPECT_EQ(end.lines, lines - 1) << kept;
      EXPECT_EQ(end.sound_bytes, sound.size()) << kept;
      EXPECT_EQ(end.torn_bytes, kept);
      drop_torn_line(path_, end);
      EXPECT_EQ(bytes_of(path_), sound);
    }
  }
}

TEST_F(JournalTest, DropsALastLineOfRubbish) {
  EXPECT_EQ(read(text() + "{\"kind\":\"fit\"\n").torn_bytes, 14U);
  EXPECT_EQ(read(text() + std::string(100, '\0')).torn_bytes, 100U);
}

TEST_F(JournalTest, StopsWithLineAndByteAtAnyFlippedByteOfAMiddleLine) {
  for (std::size_t at = 0; at < text(3).size(); ++at) {
    std::size_t line = 0;
    while (at >= text(line + 1).size()) ++line;
    for (const int flip : {1, 64}) {
      std::string bytes = text();
      bytes[at] = static_cast<char>(bytes[at] ^ flip);
      expect_refused(damage(line + 1, text(line).size()), bytes);
    }
  }
}

TEST_F(JournalTest, StopsWhereALineIsMissingItsBeginning) {
  expect_refused(damage(3, text(2).size()), text(2) + lines_[2].substr(5) + lines_[3]);
}

TEST_F(JournalTest, RefusesWhatIsNoJournal) {
  const std::string message = "is no journal of crossfold (its first line is not a header)";
  expect_refused(message, "hello");
  expect_refused(message, "hello\nworld\n");
  expect_refused(message, std::string(1000, '\0'));
  expect_refused(message + kThenSalvage, "hello\n" + lines_[1] + lines_[2]);
}

TEST_F(JournalTest, RefusesLinesThatAreSoundButOutOfPlace) {
  expect_refused(std::string("line 1 is not a header (a journal begins with one)") + kThenSalvage,
                 lines_[1]);
  expect_refused(std::string("line 3 is a second header (two journals were joined)") + kThenSalvage,
                 lines_[0] + lines_[1] + lines_[0]);
  expect_refused("line 2 has the unknown kind 'note'",
                 lines_[0] + journal_line({{"kind", "note"}}));
}

TEST_F(JournalTest, RefusesAnotherVersion) {
  nlohmann::json header = to_json(JournalHeader{});
  header["format_version"] = 3;
  expect_refused(
      "line 1 has format version 3 (this program reads versions 1 to 2). read it with the program "
      "that "
      "wrote it",
      journal_line(header));
}

TEST_F(JournalTest, NamesTheLineThatItsReaderRefuses) {
  replace_file(path_, text());
  std::size_t taken = 0;
  expect_error(ErrorCode::bad_input,
               path_.string() +
                   ": line 3 is too much. restore the file from a copy, or let `crossfold run "
                   "--salvage` with the same job and --out keep every line whose checksum fits and "
                   "train the rest again",
               [&] {
                 read_journal(path_, [&](JournalEntry&&) {
                   if (++taken == 3) throw Error(ErrorCode::bad_input, "is too much");
                 });
               });
}

TEST_F(JournalTest, SaysThatItIsNotThere) {
  expect_error(ErrorCode::io, path_.string() + ": cannot open (No such file or directory)",
               [&] { read_journal(path_, [](JournalEntry&&) {}); });
}

}  // namespace
}  // namespace crossfold
