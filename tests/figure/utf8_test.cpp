#include "utf8.h"

#include <gtest/gtest.h>

namespace crossfold::figure {
namespace {

TEST(CleanText, KeepsWhatIsText) {
  EXPECT_EQ(clean_text("a\u03bb\u20ac\U0001F600 \u05e9"), "a\u03bb\u20ac\U0001F600 \u05e9");
  EXPECT_EQ(clean_text("a\n\tb"), "a  b");
}

TEST(CleanText, DropsControlsAndMarksWhatIsNoUtf8) {
  EXPECT_EQ(clean_text("a\x01\x7f\u0085z"), "az");
  EXPECT_EQ(clean_text("\u202Eab\u2066c\u2069"), "abc");
  EXPECT_EQ(clean_text("\xFF|\xC3|\xED\xA0\x80|\xC0\x80"),
            "\uFFFD|\uFFFD|\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD");
}

}  // namespace
}  // namespace crossfold::figure
