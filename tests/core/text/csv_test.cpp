#include "crossfold/core/csv.h"

#include <gmock/gmock.h>

#include "core/expect_error.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

void expect_csv_error(const std::string& text, const std::string& csv) {
  expect_error(ErrorCode::bad_input, text, [&] { (void)parse_csv(csv, "m.csv"); });
}

TEST(ParseCsv, ReadsColumnsRowsAndLines) {
  const CsvTable table = parse_csv("id,class\na,normal\nb,covid19\n", "m.csv");
  EXPECT_THAT(table.columns, ElementsAre("id", "class"));
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("a", "normal"), ElementsAre("b", "covid19")));
  EXPECT_THAT(table.lines, ElementsAre(2, 3));
  EXPECT_THAT(table.find_column("class"), Optional(1U));
  EXPECT_EQ(table.find_column("Class"), std::nullopt);
}

TEST(ParseCsv, ReadsQuotesAndLineBreaksInsideThem) {
  const CsvTable table =
      parse_csv("id,note\n\"a,1\",\"says \"\"no\"\"\"\nb,\"two\nlines\"\nc,\"\"\n", "m.csv");
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("a,1", "says \"no\""),
                                      ElementsAre("b", "two\nlines"), ElementsAre("c", "")));
  EXPECT_THAT(table.lines, ElementsAre(2, 3, 5));
}

TEST(ParseCsv, TakesByteOrderMarksWindowsLinesAndAMissingLastBreak) {
  const CsvTable table = parse_csv("\xEF\xBB\xBFid,view\r\na,PA\r\n\r\nb,", "m.csv");
  EXPECT_THAT(table.columns, ElementsAre("id", "view"));
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("a", "PA"), ElementsAre("b", "")));
  EXPECT_THAT(table.lines, ElementsAre(2, 4));
}

TEST(ParseCsv, TakesAHeaderAlone) { EXPECT_THAT(parse_csv("id,class", "m.csv").rows, IsEmpty()); }

TEST(ParseCsv, KeepsAnEmptyFieldOfASingleColumn) {
  EXPECT_THAT(parse_csv("id\na\n\nb\n", "m.csv").rows,
              ElementsAre(ElementsAre("a"), ElementsAre(""), ElementsAre("b")));
}

TEST(ParseCsv, NeedsAHeader) {
  const std::string text = "m.csv: line 1: is empty (the column names must stand there)";
  expect_csv_error(text, "");
  expect_csv_error(text, "\xEF\xBB\xBF");
  expect_csv_error(text, "\n");
}

TEST(ParseCsv, NamesAColumnThatIsThereTwice) {
  expect_csv_error("m.csv: line 1: names the column 'id' twice", "id,class,id\n");
}

TEST(ParseCsv, NamesEveryLineWithTheWrongNumberOfFields) {
  expect_csv_error(
      "m.csv: 2 errors\n"
      "  line 3: has 1 field where the first line has 2\n"
      "  line 4: has 3 fields where the first line has 2 (a text with a comma needs quotes). "
      "correct it",
      "id,class\na,normal\nb\nc,normal,PA\nd,normal\n");
}

TEST(ParseCsv, SaysOnceThatCommasEndItsLines) {
  std::string text = "id,class\n";
  for (int i = 0; i < 50; ++i) text += "a,normal,\n";
  expect_csv_error(
      "m.csv: line 2, line 3, line 4 and 47 more: has 3 fields where the first line has 2 (commas "
      "end it). remove those at its end",
      text);
  expect_csv_error(
      "m.csv: line 1: has 3 columns without a name (commas end each line, perhaps). name them, or "
      "remove them",
      "id,class,,,\na,normal,,,\n");
}

TEST(ParseCsv, NamesTextBehindAClosingQuote) {
  expect_csv_error("m.csv: line 3: has text after a closing quote", "id,class\na,b\n\"c\"d,e\n");
}

TEST(ParseCsv, NamesTheLineOfAQuoteLeftOpen) {
  expect_csv_error(
      "m.csv: 2 errors\n"
      "  line 3: opens a quote that is never closed\n"
      "  line 3: has 1 field where the first line has 2",
      "id,class\na,b\n\"c,d\ne,f\n");
}

TEST(CsvField, IsQuotedOnlyWhereItMustBe) {
  EXPECT_EQ(csv_field("plain text"), "plain text");
  EXPECT_EQ(csv_field(""), "");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(csv_field("a\nb"), "\"a\nb\"");
  EXPECT_EQ(csv_field("a\rb"), "\"a\rb\"");
}

TEST(CsvLine, IsReadBackAsItWas) {
  const std::vector<std::string> fields = {"a,\"b\"", "", "two\r\nlines", " spaces "};
  EXPECT_EQ(csv_line({"x", "y"}), "x,y\n");
  EXPECT_THAT(parse_csv(csv_line({"1", "2", "3", "4"}) + csv_line(fields), "m.csv").rows,
              ElementsAre(fields));
}

}  // namespace
}  // namespace crossfold
