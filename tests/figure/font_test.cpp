#include "font.h"

#include <string>

#include <gtest/gtest.h>

namespace crossfold::figure {
namespace {

TEST(TextWidth, IsThatOfTheHelveticaMetrics) {
  // Adobe's Helvetica.afm, thousandths of the size: A 667, V 667, i 222, space 278, 0 556.
  EXPECT_NEAR(text_width("A", 1000), 667, 0.5);
  EXPECT_NEAR(text_width("Vi 0", 1000), 667 + 222 + 278 + 556, 1.5);
  EXPECT_EQ(text_width("", 12), 0);
}

TEST(TextWidth, WhatTheFontHasNotIsAsWideAsHigh) { EXPECT_DOUBLE_EQ(text_width("\u4e2d", 12), 12); }

TEST(Shortened, KeepsBothEndsAndFits) {
  const std::string name = "a long name that has an end";
  EXPECT_EQ(shortened(name, 11, 1000), name);
  for (double width = 20; width < 140; width += 7)
    EXPECT_LE(text_width(shortened(name, 11, width), 11), width);
  EXPECT_EQ(shortened("abcdefghij", 10, 30), "ab\u2026ij");
}

}  // namespace
}  // namespace crossfold::figure
