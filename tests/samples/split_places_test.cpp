#include "crossfold/samples/split_places.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> errors_in(const std::string& lines, SplitScheme scheme) {
  SplitSettings settings;
  settings.scheme = scheme;
  settings.folds = 3;
  settings.seeds = 2;
  ValidationErrors errors;
  check_split_places("experiment, seed,fold,part,id\n" + lines, "folds.csv", {"e", "f"}, settings,
                     errors);
  return errors.lines();
}

TEST(SplitPlaces, NamesEachLineThatTheJobHasNoPlaceFor) {
  EXPECT_THAT(errors_in("e,0,0,test,a\nE,0,0,test,b\ne,7,0,test,c\nf,1,9,validation,d\n"
                        "f,1,2,test,e\nE,2,3,test,f\ne,0,1,test,g\n",
                        SplitScheme::k_fold),
              ElementsAre("line 3 (experiment 'E'), line 4 (seed 7), line 5 (fold 9) and 1 more: "
                          "is of no split of the job (it has 'e', 'f', seeds 0 to 1, folds 0 to "
                          "2). correct or remove it"));
  EXPECT_THAT(
      errors_in("e,0,0,test,a\nE,2,3,test,f\ne,0,1,test,g\n", SplitScheme::k_fold),
      ElementsAre("line 3 (experiment 'E', seed 2, fold 3): is of no split of the job (it has 'e', "
                  "'f', seeds 0 to 1, folds 0 to 2). correct or remove it"));
}

TEST(SplitPlaces, MayBeMoreWhereTheFileIsOfALargerStudy) {
  const std::string whole =
      "e,0,0,test,a\ne,0,1,test,b\ne,1,0,test,b\ne,1,1,test,a\nf,0,0,test,a\nf,0,1,test,b\n";
  EXPECT_THAT(errors_in(whole + "e,2,0,test,a\ne,2,1,test,b\ng,0,0,test,a\ng,0,1,test,b\n",
                        SplitScheme::k_fold),
              IsEmpty());
  EXPECT_THAT(errors_in(whole + "e,2,0,test,a\n", SplitScheme::k_fold), ::testing::SizeIs(1))
      << "a line alone is misspelt";
}

/// The job's own seeds have two lines and three, whichever has which.
TEST(SplitPlaces, OfALargerStudyHaveAsManyLinesAsAnySeedOfTheJob) {
  const auto lines = [](const std::string& start, int count) {
    std::string text;
    for (int fold = 0; fold < count; ++fold)
      text += start + "," + std::to_string(fold) + ",test,a\n";
    return text;
  };
  for (const int of_e : {2, 3}) {
    const std::string own = lines("e,0", of_e) + lines("f,1", 5 - of_e);
    EXPECT_THAT(
        errors_in(own + lines("g,0", 2) + lines("e,2", 2) + lines("f,9", 3), SplitScheme::k_fold),
        IsEmpty());
    EXPECT_THAT(
        errors_in(own + lines("g,0", 2) + lines("h,0", 1) + lines("f,2", 1), SplitScheme::k_fold),
        ElementsAre(::testing::StartsWith("line 9 (experiment 'h'): is of no split"),
                    ::testing::StartsWith("line 10 (seed 2): is of no split")))
        << of_e;
  }
}

TEST(SplitPlaces, HaveFoldZeroAloneInAHoldOut) {
  EXPECT_THAT(errors_in("e,1,0,test,a\ne,1,1,test,b\n", SplitScheme::hold_out),
              ElementsAre("line 3 (fold 1): is of no split of the job (it has 'e', 'f', seeds 0 to "
                          "1, fold 0). correct or remove it"));
}

TEST(SplitPlaces, CountWhatIsTooMuchToList) {
  std::string lines = "e,0,0,test,a\n";
  for (int i = 0; i < 30; ++i) lines += "e,0,1,test,a\n";
  for (int i = 0; i < 23; ++i) lines += "e,2,0,test,a\n";
  EXPECT_THAT(errors_in(lines, SplitScheme::k_fold),
              ElementsAre(::testing::StartsWith("line 33 (seed 2), line 34 (seed 2), line 35 (seed "
                                                "2) and 20 more: is of no split")));
}

TEST(SplitPlaces, LeaveOtherErrorsToTheTable) {
  EXPECT_THAT(errors_in("E,0,0,test,a\nE,0,1,test,b\n", SplitScheme::k_fold), IsEmpty())
      << "no line for e";
  EXPECT_THAT(errors_in("e,x,-1,tset,\n", SplitScheme::k_fold), IsEmpty());
}

}  // namespace
}  // namespace crossfold
