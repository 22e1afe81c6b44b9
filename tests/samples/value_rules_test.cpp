#include "crossfold/samples/value_rules.h"

#include <gmock/gmock.h>

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(MissingWords, AreThoseOfOtherPrograms) {
  for (const char* word : {"nan",
                           "NaN",
                           "NA",
                           "na",
                           "N/A",
                           "n/a",
                           "#N/A",
                           "<NA>",
                           "None",
                           "none",
                           "NULL",
                           "null",
                           "NaT",
                           "-",
                           "--",
                           "?",
                           "unknown",
                           "Unknown",
                           " nan ",
                           "missing",
                           "unspecified",
                           ".",
                           "TBD",
                           "todo",
                           "*",
                           "Not known",
                           "\u2014",
                           "\u00a0",
                           "\u00a0NA\u00a0",
                           "\u200b"})
    EXPECT_TRUE(is_missing_word(word)) << word;
  for (const char* name : {"", " ", "normal", "Nan Li", "NA12878", "no", "0", "-1", "none seen",
                           "nana", "unknown site"})
    EXPECT_FALSE(is_missing_word(name)) << name;
}

TEST(NobodyWords, AreForAPatientAlone) {
  for (const char* word : {"anonymous", "ANON", "Anonymised", "anonymized", "DEIDENTIFIED",
                           "de-identified", "no id", "NoID", "no_name", "xxx", "XXXXX", "withheld",
                           "Redacted", "removed", "not provided", "patient", "unknown patient"}) {
    EXPECT_TRUE(is_nobody_word(word)) << word;
    EXPECT_FALSE(is_missing_word(word)) << word << " may be a class";
  }
  for (const char* word : {"nan", "N/A", "unknown", "-"})
    EXPECT_TRUE(is_nobody_word(word)) << word << " is missing in any column";
  for (const char* name : {"", "x", "xx", "anon1", "anon-0017", "patient1", "patient 1", "no 7",
                           "Anona", "xxxy", "removed2", "id", "0", "Nobody Knows"})
    EXPECT_FALSE(is_nobody_word(name)) << name;
}

TEST(MissingNumbers, AreNegativeOrFillers) {
  for (const char* number : {"-1", "-9", "-99", "-999.0", " -1 ", "\u22121"})
    EXPECT_TRUE(is_negative_number(number)) << number;
  for (const char* name : {"", "-", "1", "1-1", "-1a", "-1.5", "p-1"})
    EXPECT_FALSE(is_negative_number(name)) << name;
  for (const char* number : {"0", "00", "0.0", "99", "999", "9999.0"})
    EXPECT_TRUE(is_filler_number(number)) << number;
  for (const char* name : {"", "9", "90", "p0", "-1", "199"})
    EXPECT_FALSE(is_filler_number(name)) << name;
}

TEST(SpellingKeys, AreEqualForSpellingsOfOneName) {
  const std::vector<std::vector<std::string>> alike = {
      {"normal", "Normal", "NORMAL", " normal "},
      {"COVID-19", "covid19", "Covid 19", "covid_19"},
      {"viral pneumonia", "Viral_Pneumonia", "viral-pneumonia", "ViralPneumonia"},
      {"7", "7.0", "007", "+7", "7.000", " 7"},
      {"p7", "P007", "p-7", "p_07", "p7.0"},
      {"patient 10", "patient10", "Patient_010"},
      {"0", "000", "0.0"},
      {"Val\u00e9ncia", "Vale\u0301ncia", "VAL\u00c9NCIA", "val\u00e9n\u00adcia"},
      {"covid-19", "COVID\u201319", "covid\u00a019", "COVID\u200b-19", "covid-\uff11\uff19"},
      {"stra\u00dfe", "STRASSE"},
      {"-3", "-03", "-3.0"}};
  for (const std::vector<std::string>& names : alike)
    for (const std::string& name : names)
      EXPECT_EQ(spelling_key(name), spelling_key(names[0])) << name << " and " << names[0];
}

TEST(SpellingKeys, DifferForDifferentNames) {
  const std::vector<std::pair<std::string, std::string>> different = {
      {"1-11", "11-1"},       {"1-11", "111"}, {"1", "-1"},       {"7", "70"},
      {"7", "7.5"},           {"1.05", "1.5"}, {"p1.10", "p1.1"}, {"1.2.0", "1.2"},
      {"covid+", "covid-"},   {"a", "b"},      {"0a1", "a1"},     {"p10", "p100"},
      {"\u00e9", "e"},        {"\u03b1", "a"}, {"\xe9", "\xe8"},  {"p01", "p10"},
      {"site 1 2", "site 12"}};
  for (const auto& [one, other] : different)
    EXPECT_NE(spelling_key(one), spelling_key(other)) << one << " and " << other;
}

TEST(Values, AreCountedInTheOrderOfTheirFirstRows) {
  EXPECT_THAT(count_values({"b", "", "a", "b"}),
              ElementsAre(ValueCount{"b", 2, 0}, ValueCount{"a", 1, 2}));
}

TEST(Values, NearEqualOnesComeCommonestFirst) {
  const auto alike = near_equal_values(count_values({"Normal", "x", "normal", "normal", "NORMAL"}));
  ASSERT_EQ(alike.size(), 1U);
  EXPECT_THAT(alike[0], ElementsAre(ValueCount{"normal", 2, 2}, ValueCount{"Normal", 1, 0},
                                    ValueCount{"NORMAL", 1, 4}));
  EXPECT_THAT(near_equal_values(count_values({"a", "b", "c"})), IsEmpty());
}

TEST(Values, OneDominatesWithMoreThanHalf) {
  EXPECT_EQ(dominating_value(count_values({"a", "b", "a", "a", "c"})), (ValueCount{"a", 3, 0}));
  EXPECT_EQ(dominating_value(count_values({"a", "b", "a", "a", "c", "d"})), std::nullopt);
  EXPECT_EQ(dominating_value(count_values({"a", "a", "a", "a"})), std::nullopt) << "too few";
  EXPECT_EQ(dominating_value({}), std::nullopt);
}

}  // namespace
}  // namespace crossfold
