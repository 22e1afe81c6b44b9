#include "crossfold/core/text_encoding.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/core/csv.h"

#include "core/expect_error.h"

namespace crossfold {
namespace {

using namespace std::string_literals;

TEST(TextEncoding, Utf16BecomesUtf8) {
  // "größe,€,𝄞" as Python's encode('utf-16') and ('utf-16-be') give it.
  const std::string little =
      "\xFF\xFE"
      "g\0r\0\xF6\0\xDF\0e\0,\0\xAC\x20,\0\x34\xD8\x1E\xDD"s;
  const std::string big = "\xFE\xFF\0g\0r\0\xF6\0\xDF\0e\0,\x20\xAC\0,\xD8\x34\xDD\x1E"s;
  EXPECT_EQ(text_from_bytes(little, "x"), "größe,€,𝄞");
  EXPECT_EQ(text_from_bytes(big, "x"), "größe,€,𝄞");
  EXPECT_EQ(text_from_bytes("\xFF\xFE"s, "x"), "");
}

/// Units as UTF-16 in both orders of their bytes, behind a byte order mark.
std::vector<std::string> utf16_of(const std::vector<unsigned>& units) {
  std::string little = "\xFF\xFE", big = "\xFE\xFF";
  for (const unsigned unit : units) {
    const auto low = static_cast<char>(unit & 0xFFU), high = static_cast<char>(unit >> 8U);
    little += {low, high};
    big += {high, low};
  }
  return {little, big};
}

/// The first and the last character of so many bytes, as Unicode 15 has them in table 3-7.
TEST(TextEncoding, Utf16BecomesUtf8AtTheEndsOfEveryLength) {
  const std::vector<std::pair<std::vector<unsigned>, std::string>> texts{
      {{0x01}, "\x01"},
      {{0x7F}, "\x7F"},
      {{0x80}, "\xC2\x80"},
      {{0x7FF}, "\xDF\xBF"},
      {{0x800}, "\xE0\xA0\x80"},
      {{0xD7FF}, "\xED\x9F\xBF"},
      {{0xE000}, "\xEE\x80\x80"},
      {{0xFFFF}, "\xEF\xBF\xBF"},
      {{0xD800, 0xDC00}, "\xF0\x90\x80\x80"},
      {{0xDBFF, 0xDFFF}, "\xF4\x8F\xBF\xBF"}};
  for (const auto& [units, expected] : texts)
    for (const std::string& bytes : utf16_of(units))
      EXPECT_EQ(text_from_bytes(bytes, "x"), expected);
}

TEST(TextEncoding, HalfAPairIsNoTextWhereverItStands) {
  const std::vector<std::vector<unsigned>> halves{
      {0xD800},         {0xDBFF},         {0xDC00},         {0xDFFF},      {0xD800, 0xD800},
      {0xDBFF, 0xE000}, {0xD800, 0xDBFF}, {0xDC00, 0xD800}, {0xD800, 'a'}, {'a', 0xDFFF, 'b'}};
  for (const std::vector<unsigned>& units : halves)
    for (const std::string& bytes : utf16_of(units))
      EXPECT_THROW((void)text_from_bytes(bytes, "x"), Error) << units.front();
}

TEST(TextEncoding, OtherTextsStayAsTheyAre) {
  EXPECT_EQ(text_from_bytes("\xEF\xBB\xBFid,größe\n", "x"), "id,größe\n");
  EXPECT_EQ(text_from_bytes("Latin-1: \xE4\n", "x"), "Latin-1: \xE4\n");
  EXPECT_EQ(text_from_bytes("", "x"), "");
}

void expect_refused(const std::string& bytes, const std::string& message) {
  expect_error(ErrorCode::bad_input, "m.csv: " + message,
               [&] { (void)text_from_bytes(bytes, "m.csv"); });
}

TEST(TextEncoding, WhatIsNoTextIsNamed) {
  const std::string half =
      "begins as UTF-16 and is not (half a character stands in it: damaged, or cut short). save it "
      "again, as UTF-8";
  expect_refused(
      "\xFF\xFE"
      "a"s,
      half);
  expect_refused("\xFF\xFE\x34\xD8"s, half);
  expect_refused(
      "\xFF\xFE\x1E\xDD"
      "a\0"s,
      half);
  expect_refused(
      "\xFF\xFE\x34\xD8"
      "a\0"s,
      half);
  expect_refused("\xFF\xFE\0\0i\0\0\0"s, "is UTF-32 (UTF-8 and UTF-16 are read). save it as UTF-8");
  expect_refused(
      "i\0d\0"s,
      "holds zero bytes (UTF-16 without a byte order mark, or no text at all). save it as "
      "UTF-8");
  expect_refused("PK\x03\x04rest"s,
                 "is a zip archive, not text (an .xlsx workbook and an .npz file are such). export "
                 "the table as CSV");
  expect_refused("\x1F\x8B\x08"s, "is compressed by gzip, not text. unpack it");
}

TEST(TextEncoding, CsvTablesMayBeUtf16AndEndTheirLinesWithCr) {
  const CsvTable wide = parse_csv(
      "\xFF\xFEi\0d\0,\0b\0\n\0"
      "1\0,\0\xE4\0"s,
      "x");
  EXPECT_EQ(wide.columns, (std::vector<std::string>{"id", "b"}));
  EXPECT_EQ(wide.rows.at(0), (std::vector<std::string>{"1", "ä"}));
  const CsvTable old = parse_csv("id,b\r1,\"x\ry\"\r2,z", "x");
  EXPECT_EQ(old.rows.size(), 2U);
  EXPECT_EQ(old.rows[0][1], "x\ry");
  EXPECT_EQ(old.lines, (std::vector<std::size_t>{2, 4}));
}

TEST(TextEncoding, CsvTablesOfOtherSeparatorsAreNamed) {
  for (const std::string separator : {";", "\t"})
    expect_error(
        ErrorCode::bad_input,
        "m.csv: line 1: is one column, 'id" + separator +
            "class' (fields are separated by commas, not by semicolons or tabs). save it "
            "with commas",
        [&] { (void)parse_csv("id" + separator + "class\na" + separator + "b\n", "m.csv"); });
}

}  // namespace
}  // namespace crossfold
