#include "published_values.h"

#include <gtest/gtest.h>

namespace crossfold {
namespace {

TEST(PublishedValues, AgesBecomeYears) {
  EXPECT_EQ(age_text("058Y"), "58");
  EXPECT_EQ(age_text("006M"), "0.5");
  EXPECT_EQ(age_text("003W"), "0.06");
  EXPECT_EQ(age_text("014D"), "0.04");
  EXPECT_EQ(age_text(" 61 "), "61");
  EXPECT_EQ(age_text("7"), "7");
  for (const char* other : {"", "50+", "Y", "old", "-5Y", "1.5Y"})
    EXPECT_EQ(age_text(other), other);
}

TEST(PublishedValues, SexIsOneLetter) {
  EXPECT_EQ(sex_text("m"), "M");
  EXPECT_EQ(sex_text("Female"), "F");
  EXPECT_EQ(sex_text(""), "");
  for (const char* male : {"M", "Male", "MALE", " male "}) EXPECT_EQ(sex_text(male), "M") << male;
  for (const char* female : {"F", "f", "female"}) EXPECT_EQ(sex_text(female), "F") << female;
  EXPECT_EQ(sex_text("o"), "O");
}

TEST(PublishedValues, CapitalsLeaveOtherLettersAlone) {
  EXPECT_EQ(in_capitals("\tap Erect "), "AP ERECT");
  EXPECT_EQ(in_capitals("é"), "é");
}

}  // namespace
}  // namespace crossfold
