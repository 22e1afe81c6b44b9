#include "crossfold/core/errors_by_cause.h"

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
