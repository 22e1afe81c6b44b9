#include "crossfold/core/validation_errors.h"

#include <string>

#include <gmock/gmock.h>

#include "core/expect_error.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::StartsWith;

TEST(ValidationErrors, NoneThrowNothing) {
  const ValidationErrors errors;
  EXPECT_TRUE(errors.empty());
  EXPECT_NO_THROW(errors.throw_if_any(ErrorCode::bad_input, "job.json"));
}

TEST(ValidationErrors, OneIsSaidInOneLine) {
  ValidationErrors errors;
  errors.add("/seed", "is missing");
  expect_error(ErrorCode::bad_input, "job.json: /seed: is missing",
               [&] { errors.throw_if_any(ErrorCode::bad_input, "job.json"); });
}

TEST(ValidationErrors, AreAllSaidInOrderEachOnce) {
  ValidationErrors errors;
  errors.add("/b", "is wrong");
  errors.add("/a", "is wrong");
  errors.add("/b", "is wrong");
  errors.add("", "nothing fits");
  expect_error(ErrorCode::usage,
               "job.json: 3 errors\n  /b: is wrong\n  /a: is wrong\n  nothing fits",
               [&] { errors.throw_if_any(ErrorCode::usage, "job.json"); });
}

TEST(ValidationErrors, TakeThoseOfOthers) {
  ValidationErrors first;
  first.add("/a", "is wrong");
  ValidationErrors second;
  second.add("/a", "is wrong");
  second.add("/b", "is wrong");
  first.add(second);
  EXPECT_THAT(first.lines(), ElementsAre("/a: is wrong", "/b: is wrong"));
}

TEST(ValidationErrors, AreAllNamedUpToAHundred) {
  const auto told = [](int lines) {
    ValidationErrors errors;
    for (int line = 1; line <= lines; ++line) errors.add(std::to_string(line), "is wrong");
    try {
      errors.throw_if_any(ErrorCode::bad_input, "rows.csv");
    } catch (const Error& error) {
      return error.message();
    }
    return std::string();
  };
  EXPECT_THAT(told(2), EndsWith("2 errors\n  1: is wrong\n  2: is wrong"));
  EXPECT_THAT(told(100), EndsWith("\n  99: is wrong\n  100: is wrong"));
  EXPECT_THAT(told(101), EndsWith("\n  100: is wrong\n  and 1 more"));
}

TEST(ValidationErrors, OfAFileWrongInEveryLineAreCounted) {
  ValidationErrors errors;
  constexpr int kLines = 200'000;  // takes minutes where each is compared with all before
  for (int line = 1; line <= kLines; ++line) errors.add(std::to_string(line), "is wrong");
  EXPECT_EQ(errors.lines().size(), std::size_t{kLines});
  try {
    errors.throw_if_any(ErrorCode::bad_input, "rows.csv");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), StartsWith("rows.csv: 200000 errors\n  1: is wrong\n  2:"));
    EXPECT_THAT(error.what(), EndsWith("\n  100: is wrong\n  and 199900 more"));
  }
}

}  // namespace
}  // namespace crossfold
