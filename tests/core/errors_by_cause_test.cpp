#include "crossfold/core/errors_by_cause.h"

#include <string>

#include <gmock/gmock.h>

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ErrorsByCause, OfThreePlacesAreThreeLines) {
  ValidationErrors errors;
  {
    ErrorsByCause rows(errors);
    rows.add("line 2", "is empty");
    rows.add("line 3", "is too long");
    rows.add("line 4", "is empty");
    rows.add("line 5", "is empty");
    EXPECT_THAT(errors.lines(), IsEmpty());
  }
  EXPECT_THAT(errors.lines(), ElementsAre("line 2: is empty", "line 3: is too long",
                                          "line 4: is empty", "line 5: is empty"));
}

TEST(ErrorsByCause, OfMorePlacesAreOneLineWhereTheFirstStood) {
  ValidationErrors errors;
  ErrorsByCause rows(errors);
  rows.add("line 2", "is too long");
  for (int line = 3; line < 103; ++line)
    rows.add("line " + std::to_string(line) + " ('x')", "is empty");
  rows.add("line 104", "is too long");
  rows.hand_over();
  EXPECT_THAT(errors.lines(),
              ElementsAre("line 2: is too long",
                          "line 3 ('x'), line 4 ('x'), line 5 ('x') and 97 more: is empty",
                          "line 104: is too long"));
}

/// Causes in turn, each with places of its own, however many these are.
TEST(ErrorsByCause, OfSeveralCausesAreCountedApart) {
  ValidationErrors errors;
  ErrorsByCause rows(errors);
  for (int line = 1; line <= 12; ++line) {
    const std::string place = "line " + std::to_string(line);
    if (line % 2 == 0) rows.add(place, "is even");
    if (line % 3 == 0) rows.add(place, "is in three");
    if (line % 4 == 0) rows.add(place, "is in four");
  }
  rows.hand_over();
  EXPECT_THAT(errors.lines(),
              ElementsAre("line 2, line 4, line 6 and 3 more: is even",
                          "line 3, line 6, line 9 and 1 more: is in three", "line 4: is in four",
                          "line 8: is in four", "line 12: is in four"));
}

TEST(ErrorsByCause, SayWhatPlacesHaveInCommonOnce) {
  ValidationErrors errors;
  ErrorsByCause rows(errors);
  for (const char* place : {"folds.csv: seed 0: 's1'", "folds.csv: seed 0: 's2'",
                            "folds.csv: seed 1: 's1'", "folds.csv: seed 1: 's2'"})
    rows.add(place, "is held out in no fold");
  rows.hand_over();
  EXPECT_THAT(
      errors.lines(),
      ElementsAre(
          "folds.csv: seed 0: 's1', 's2', seed 1: 's1' and 1 more: is held out in no fold"));
}

TEST(ErrorsByCause, AreHandedOverOnce) {
  ValidationErrors errors;
  {
    ErrorsByCause rows(errors);
    for (int line = 0; line < 4; ++line) rows.add(std::to_string(line), "is empty");
    rows.hand_over();
    rows.add("5", "is empty");
  }
  EXPECT_THAT(errors.lines(), ElementsAre("0, 1, 2 and 1 more: is empty", "5: is empty"));
}

}  // namespace
}  // namespace crossfold
