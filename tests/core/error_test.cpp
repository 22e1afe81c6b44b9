#include "crossfold/core/error.h"

#include <gmock/gmock.h>

#include "core/expect_error.h"

namespace crossfold {
namespace {

using ::testing::HasSubstr;

TEST(Error, PrintsPlaceMessageAndCause) {
  const Error error(ErrorCode::io, "cannot open (no such file)", "job.json", "read as a job");
  EXPECT_EQ(error.code(), ErrorCode::io);
  EXPECT_EQ(error.where(), "job.json");
  EXPECT_EQ(error.message(), "cannot open (no such file)");
  EXPECT_EQ(error.cause(), "read as a job");
  EXPECT_STREQ(error.what(), "job.json: cannot open (no such file)\n  cause: read as a job");
}

TEST(Error, WithoutAPlaceIsTheMessageAlone) {
  EXPECT_STREQ(Error(ErrorCode::usage, "no job given").what(), "no job given");
}

TEST(Error, CodesAreTheProgramsExitCodes) {
  EXPECT_EQ(exit_code(ErrorCode::usage), 2);
  EXPECT_EQ(exit_code(ErrorCode::bad_input), 3);
  EXPECT_EQ(exit_code(ErrorCode::io), 4);
  EXPECT_EQ(exit_code(ErrorCode::internal), 5);
  EXPECT_EQ(exit_code(ErrorCode::stopped), 75);
}

TEST(Validate, ThrowsWhatItIsGivenAndOnlyWhenBroken) {
  EXPECT_NO_THROW(CF_VALIDATE(true, ErrorCode::usage, "never said"));
  expect_error(ErrorCode::bad_input, "store.h5: has no samples",
               [] { CF_VALIDATE(1 > 2, ErrorCode::bad_input, "has no samples", "store.h5"); });
}

TEST(Expect, NamesConditionAndPlaceAsABug) {
  EXPECT_NO_THROW(CF_EXPECT(true));
  try {
    const int folds = 1;
    CF_EXPECT(folds > 1);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::internal);
    EXPECT_EQ(error.message(),
              "internal check 'folds > 1' failed (a bug in crossfold). please report it with the "
              "command and the job");
    EXPECT_THAT(error.where(), HasSubstr("error_test.cpp:"));
  }
  EXPECT_THROW(CF_ENSURE(false), Error);
}

}  // namespace
}  // namespace crossfold
