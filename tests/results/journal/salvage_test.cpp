#include "salvage.h"

#include <algorithm>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/damage.h"
#include "core/expect_error.h"
#include "journal_entry.h"
#include "journal_line.h"
#include "results/small_run.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;

/// A journal of eight lines: header, session start, class, four fits, session end.
class SalvageTest : public ::testing::Test {
 protected:
  SalvageTest() {
    {
      RunDirectory directory = run_.open();
      directory.append_session(SessionStart{.launch = "alone",
                                            .workers = 1,
                                            .threads_per_worker = 1,
                                            .equivalence_class = "build A",
                                            .instruction_set = "avx2",
                                            .store = "s.h5",
                                            .shard = std::nullopt});
      for (std::size_t i = 0; i < 4; ++i) testing::record(directory, run_.plan(), fit(i));
      directory.append_session(SessionEnd{});
    }
    std::istringstream text(test::bytes_of(run_.journal()));
    for (std::string line; std::getline(text, line);) lines_.push_back(line + "\n");
    EXPECT_EQ(lines_.size(), 8U);
  }

  [[nodiscard]] const Fit& fit(std::size_t index) const { return run_.plan().fits[index]; }
  [[nodiscard]] static std::string text_of(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line;
    return text;
  }
  [[nodiscard]] Salvage salvage(const std::string& text) const {
    const JournalHeader header{
        .job_sha256 = "j", .plan_sha256 = run_.plan().hash.hex(), .inputs = {}};
    return salvage_journal(text, header, testing::small_job(), run_.plan());
  }
  /// Lines of a journal that is sound, which it is read to prove.
  [[nodiscard]] static std::vector<std::string> sound_lines(const Salvage& salvage) {
    std::vector<std::string> lines;
    std::istringstream text(salvage.journal);
    for (std::string line; std::getline(text, line);) {
      EXPECT_TRUE(read_journal_line(line).has_value()) << line;
      lines.push_back(line + "\n");
    }
    return lines;
  }
  /// "fit 0a... of experiment task, embedding texture/raw, candidate baseline, seed 0, fold 1".
  [[nodiscard]] std::string name_of_fit(std::size_t index, const std::string& fold) const {
    return "fit " + fit(index).id.hex() +
           " of experiment task, embedding texture/raw, candidate baseline, seed 0, fold " + fold;
  }

  testing::SmallRun run_;
  std::vector<std::string> lines_;
};

TEST_F(SalvageTest, KeepsASoundJournalAsItIs) {
  const Salvage all = salvage(text_of(lines_));
  EXPECT_EQ(all.journal, text_of(lines_));
  EXPECT_EQ(all.kept, 8U);
  EXPECT_THAT(all.notes, IsEmpty());
}

TEST_F(SalvageTest, KeepsAllButALineWithAChangedByteAndNamesItsFit) {
  for (std::size_t line = 3; line < 7; ++line) {
    std::vector<std::string> damaged = lines_;
    const std::size_t at = damaged[line].find("\"n\":");
    ASSERT_NE(at, std::string::npos);
    damaged[line][at + 1] ^= 1;
    std::vector<std::string> expected = lines_;
    expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(line));
    const Salvage found = salvage(text_of(damaged));
    EXPECT_EQ(found.journal, text_of(expected));
    EXPECT_EQ(found.kept, 7U);
    EXPECT_EQ(found.lines, 8U);
    const std::size_t bytes = damaged[line].size() - 1;
    EXPECT_THAT(found.notes, ElementsAre("line " + std::to_string(line + 1) + ": " +
                                         std::to_string(bytes) + " bytes that no checksum fits; " +
                                         name_of_fit(line - 3, std::to_string(line - 3)) +
                                         ", is to be done again"))
        << "(folds 0 to 2 are of seed 0)";
    if (line == 5) break;
  }
}

TEST_F(SalvageTest, KeepsBothLinesThatLostTheBreakBetweenThem) {
  std::vector<std::string> glued = lines_;
  glued[4].pop_back();
  const Salvage found = salvage(text_of(glued));
  EXPECT_EQ(found.journal, text_of(lines_));
  EXPECT_EQ(found.lines, 8U) << "as many as there were";
  EXPECT_EQ(found.kept, 8U);
  EXPECT_THAT(found.notes, IsEmpty()) << "nothing is lost";
}

TEST_F(SalvageTest, KeepsTheLineBehindOneThatWasCut) {
  std::vector<std::string> cut = lines_;
  cut[4] = cut[4].substr(0, 39);
  const Salvage found = salvage(text_of(cut));
  std::vector<std::string> expected = lines_;
  expected.erase(expected.begin() + 4);
  EXPECT_EQ(found.journal, text_of(expected));
  EXPECT_THAT(found.notes, ElementsAre("line 5: 39 bytes that no checksum fits"));
}

TEST_F(SalvageTest, LosesTwoLinesWhoseEndAndBeginningAreGone) {
  std::vector<std::string> cut = lines_;
  cut[3] = cut[3].substr(0, cut[3].size() / 2);
  cut[4] = cut[4].substr(cut[4].size() / 2);
  std::vector<std::string> expected = lines_;
  expected.erase(expected.begin() + 3, expected.begin() + 5);
  EXPECT_EQ(salvage(text_of(cut)).journal, text_of(expected));
}

TEST_F(SalvageTest, PassesOverRubbish) {
  std::vector<std::string> mixed = lines_;
  mixed.insert(mixed.begin() + 2, std::string("\x89HDF\0\x01{\"checksum\":\"\n{{{{\"\n", 26));
  mixed.insert(mixed.begin() + 5, "a note of the user's\n");
  mixed[6] = std::string(5000, '\0') + mixed[6];
  mixed.push_back("{\"kind\":\"fi");
  const Salvage found = salvage(text_of(mixed));
  EXPECT_EQ(found.journal, text_of(lines_));
  EXPECT_EQ(found.notes.size(), 5U);
  EXPECT_EQ(found.kept, 8U);
  EXPECT_EQ(found.lines, 13U);
  EXPECT_THAT(found.notes, IsSupersetOf({HasSubstr("line 7: 20 bytes that no checksum fits"),
                                         HasSubstr("line 8: 5000 bytes that no checksum fits"),
                                         HasSubstr("line 12: 11 bytes that no checksum fits")}));
}

TEST_F(SalvageTest, TakesCarriageReturnsForNothing) {
  std::vector<std::string> edited = lines_;
  for (std::string& line : edited) line.insert(line.size() - 1, "\r");
  const Salvage found = salvage(text_of(edited));
  EXPECT_EQ(found.journal, text_of(lines_));
  EXPECT_THAT(found.notes, IsEmpty());
}

TEST_F(SalvageTest, KeepsARepeatedLineOnce) {
  std::vector<std::string> repeated = lines_;
  repeated.insert(repeated.begin() + 6, lines_[3]);
  repeated.push_back(lines_[1]);
  const Salvage found = salvage(text_of(repeated));
  EXPECT_EQ(found.journal, text_of(lines_));
  EXPECT_THAT(found.notes, ElementsAre("line 7: repeats line 4", "line 10: repeats line 2"));
}

TEST_F(SalvageTest, PutsHeaderAndClassBackInTheirPlaces) {
  std::vector<std::string> turned = lines_;
  std::reverse(turned.begin(), turned.end());
  const std::vector<std::string> lines = sound_lines(salvage(text_of(turned)));
  ASSERT_EQ(lines.size(), 8U);
  EXPECT_EQ(lines[0], lines_[0]);
  const auto place_of = [&](std::size_t i) {
    return std::find(lines.begin(), lines.end(), lines_[i]) - lines.begin();
  };
  for (std::size_t i = 3; i < 7; ++i) EXPECT_LT(place_of(2), place_of(i)) << "the class is first";
}

/// Of a run that was started in the earlier format and gone on with in this one the line is lost
/// that says where: programs that know the earlier one alone would take its fits for theirs.
TEST_F(SalvageTest, WritesALostChangeOfFormatAnew) {
  nlohmann::json header = *read_journal_line(lines_[0].substr(0, lines_[0].size() - 1));
  header["format_version"] = kJournalVersion - 1;
  std::vector<std::string> lost = lines_;
  lost[0] = journal_line(header);
  const std::vector<std::string> lines = sound_lines(salvage(text_of(lost)));
  ASSERT_EQ(lines.size(), 9U);
  const auto place_of = [&](std::string_view text) {
    return std::find_if(lines.begin(), lines.end(),
                        [&](const std::string& line) { return line.find(text) != line.npos; }) -
           lines.begin();
  };
  EXPECT_EQ(lines[0], lost[0]);
  EXPECT_LT(place_of("\"kind\":\"format\""), place_of("\"kind\":\"fit\""));
}

TEST_F(SalvageTest, ReplacesALostHeader) {
  std::vector<std::string> headless(lines_.begin() + 1, lines_.end());
  const std::vector<std::string> lines = sound_lines(salvage(text_of(headless)));
  ASSERT_EQ(lines.size(), 8U);
  EXPECT_THAT(lines[0], HasSubstr("\"plan_sha256\":\"" + run_.plan().hash.hex()));
  EXPECT_EQ(text_of({lines.begin() + 1, lines.end()}), text_of(headless));
}

TEST_F(SalvageTest, FindsALostClassInTheSessionThatNamesIt) {
  std::vector<std::string> lost = lines_;
  lost.erase(lost.begin() + 2);
  EXPECT_EQ(salvage(text_of(lost)).journal, text_of(lines_));
  lost.erase(lost.begin() + 1);
  EXPECT_THAT(sound_lines(salvage(text_of(lost)))[1],
              HasSubstr("\"text\":\"unknown (its line in the journal was lost)\""));
}

TEST_F(SalvageTest, LeavesOutLinesOfAnotherRun) {
  testing::SmallRun other;
  Job job = testing::small_job();
  job.seed = 8;
  {
    const Plan plan = testing::small_plan(job);
    RunDirectory directory = other.open(job);
    for (std::size_t i = 0; i < 2; ++i) testing::record(directory, plan, plan.fits[i]);
    directory.flush();
  }
  const std::string strange = test::bytes_of(other.journal());
  const Salvage joined = salvage(text_of(lines_) + strange);
  EXPECT_EQ(joined.journal, text_of(lines_));
  EXPECT_THAT(joined.notes, ElementsAre("line 9: begins the journal of another run, whose lines "
                                        "are left out"));
  const Salvage in_front = salvage(strange + text_of(lines_));
  EXPECT_EQ(in_front.journal, text_of(lines_)) << "what follows the own header is the run's";
  const std::string only_fits = strange.substr(strange.find("{\"artefacts\""));
  const Salvage added = salvage(text_of(lines_) + only_fits);
  EXPECT_EQ(added.journal, text_of(lines_));
  const FitId id = testing::small_plan(job).fits[0].id;
  ASSERT_EQ(added.notes.size(), 2U);
  EXPECT_EQ(added.notes[0], "line 9: records fit " + id.hex() + ", which this run does not have");
}

TEST_F(SalvageTest, RefusesWhatCannotBeToldToBeThisRuns) {
  const std::string message =
      "holds no sound line that belongs to this run (it is of another run or another file, or too "
      "much is lost). move it away to train everything again";
  testing::SmallRun other;
  Job job = testing::small_job();
  job.seed = 8;
  static_cast<void>(other.open(job));
  for (const std::string& text : {std::string("my notes\n"), std::string(), std::string(3000, '\0'),
                                  test::bytes_of(other.journal()), lines_[2]})
    expect_error(ErrorCode::bad_input, message, [&] { static_cast<void>(salvage(text)); });
}

TEST_F(SalvageTest, RefusesAJournalOfAnotherVersion) {
  nlohmann::json header = to_json(JournalHeader{});
  header["format_version"] = 3;
  expect_error(
      ErrorCode::bad_input,
      "has format version 3 (this program reads versions 1 to 2). read it with the program that "
      "wrote it",
      [&] { static_cast<void>(salvage(journal_line(header) + text_of(lines_))); });
}

/// Whatever is done to it, what comes out is a sound journal of lines that stood in it.
TEST_F(SalvageTest, MakesASoundJournalOfAnyDamage) {
  std::mt19937 random(1);
  const std::string sound = text_of(lines_);
  for (int round = 0; round < test::damage_rounds(500); ++round) {
    Salvage found;
    try {
      found = salvage(test::wound(test::wound(sound, random), random));
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("holds no sound line"));
      continue;
    }
    for (const std::string& line : sound_lines(found)) {
      if (line.find("\"kind\":\"fit\"") == std::string::npos) continue;
      EXPECT_NE(std::find(lines_.begin(), lines_.end(), line), lines_.end()) << line;
    }
  }
}

}  // namespace
}  // namespace crossfold
