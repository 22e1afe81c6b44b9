#include "crossfold/core/text_lines.h"

#include <gtest/gtest.h>

namespace crossfold {
namespace {

TEST(TextLines, CountCharactersNotBytes) {
  EXPECT_EQ(width_of("caf\xc3\xa9"), 4U);
  EXPECT_EQ(width_of(""), 0U);
}

TEST(TextLines, AreBrokenAtSpacesAndIndented) {
  const std::string word(48, 'a');
  EXPECT_EQ(wrapped("  ", word + " b", 4), "  " + word + " b\n");
  EXPECT_EQ(wrapped("  ", word + " " + word + " b", 4), "  " + word + " " + word + "\n    b\n");
  const std::string endless(200, 'x');
  EXPECT_EQ(wrapped("", endless, 2), endless + "\n");
}

TEST(TextLines, HoldNothingThatDrivesATerminal) {
  EXPECT_EQ(printable("a\x1b[31m\tb\nc\x7f"), "a [31m b c ");
  EXPECT_EQ(printable("\xc3\xa9"), "\xc3\xa9");
}

}  // namespace
}  // namespace crossfold
