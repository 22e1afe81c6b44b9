#include "journal_line.h"

#include <gtest/gtest.h>

#include "core/expect_error.h"

namespace crossfold {
namespace {

using nlohmann::json;

const json kValue{
    {"kind", "fit"}, {"text", "a \"quoted\" ,\"checksum\":\" and \xC3\xA4"}, {"n", 0.1}};

std::string without_break(const std::string& line) { return line.substr(0, line.size() - 1); }

TEST(JournalLine, EndsWithTheChecksumOfTheRest) {
  EXPECT_EQ(journal_line({{"kind", "x"}}),
            // printf '{"kind":"x"}' | sha256sum
            "{\"kind\":\"x\",\"checksum\":\"d8954039f5400e6446be22f214ca4283\"}\n");
}

TEST(JournalLine, ReadsBack) {
  const std::string line = journal_line(kValue);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_EQ(read_journal_line(without_break(line)), kValue);
}

TEST(JournalLine, RefusesEveryChangedByte) {
  const std::string line = without_break(journal_line(kValue));
  for (std::size_t at = 0; at < line.size(); ++at)
    for (const int flip : {1, 32, 128}) {
      std::string damaged = line;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      EXPECT_FALSE(read_journal_line(damaged).has_value()) << at;
    }
}

TEST(JournalLine, RefusesEveryCut) {
  const std::string line = without_break(journal_line(kValue));
  for (std::size_t cut = 0; cut < line.size(); ++cut) {
    EXPECT_FALSE(read_journal_line(line.substr(0, cut)).has_value()) << cut;
    EXPECT_FALSE(read_journal_line(line.substr(cut + 1)).has_value()) << cut;
    EXPECT_TRUE(may_be_torn(line.substr(0, cut))) << cut;
  }
}

TEST(JournalLine, SaysReplacedWhereATextIsNoUtf8) {
  const std::string line = journal_line({{"error", "bad \xFF byte"}});
  EXPECT_EQ(read_journal_line(without_break(line)), (json{{"error", "bad \xEF\xBF\xBD byte"}}));
}

TEST(JournalLine, IsNotTornWhereSomethingStandsBehindTheChecksum) {
  const std::string line = journal_line(kValue);
  EXPECT_TRUE(may_be_torn(without_break(line)));
  EXPECT_FALSE(may_be_torn(without_break(line) + "x"));
  EXPECT_FALSE(may_be_torn(line + line));
}

TEST(JournalLine, KnowsAJournalsBeginning) {
  EXPECT_TRUE(may_begin_journal(""));
  EXPECT_TRUE(may_begin_journal("{\"for"));
  EXPECT_TRUE(may_begin_journal("{\"format\":\"crossfold-journal\",\"for"));
  EXPECT_FALSE(may_begin_journal("hello"));
  EXPECT_FALSE(may_begin_journal("{\"format\":\"crossfold-report\",\"for"));
}

}  // namespace
}  // namespace crossfold
