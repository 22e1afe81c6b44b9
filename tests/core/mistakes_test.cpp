#include "crossfold/core/mistakes.h"

#include <gmock/gmock.h>

#include "core/expect_error.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::StartsWith;

TEST(Mistakes, NoneThrowNothing) {
  const Mistakes mistakes;
  EXPECT_TRUE(mistakes.empty());
  EXPECT_NO_THROW(mistakes.throw_if_any(ErrorCode::bad_input, "job.json"));
}

TEST(Mistakes, OneIsSaidInOneLine) {
  Mistakes mistakes;
  mistakes.add("/seed", "is missing");
  expect_error(ErrorCode::bad_input, "job.json: /seed: is missing",
               [&] { mistakes.throw_if_any(ErrorCode::bad_input, "job.json"); });
}

TEST(Mistakes, AreAllSaidInOrderEachOnce) {
  Mistakes mistakes;
  mistakes.add("/b", "is wrong");
  mistakes.add("/a", "is wrong");
  mistakes.add("/b", "is wrong");
  mistakes.add("", "nothing fits");
  expect_error(ErrorCode::usage,
               "job.json: 3 mistakes\n  /b: is wrong\n  /a: is wrong\n  nothing fits",
               [&] { mistakes.throw_if_any(ErrorCode::usage, "job.json"); });
}

TEST(Mistakes, TakeThoseOfOthers) {
  Mistakes first;
  first.add("/a", "is wrong");
  Mistakes second;
  second.add("/a", "is wrong");
  second.add("/b", "is wrong");
  first.add(second);
  EXPECT_THAT(first.lines(), ElementsAre("/a: is wrong", "/b: is wrong"));
}

TEST(Mistakes, OfAFileWrongInEveryLineAreCounted) {
  Mistakes mistakes;
  constexpr int kLines = 200'000;  // takes minutes where each is compared with all before
  for (int line = 1; line <= kLines; ++line) mistakes.add(std::to_string(line), "is wrong");
  EXPECT_EQ(mistakes.lines().size(), std::size_t{kLines});
  try {
    mistakes.throw_if_any(ErrorCode::bad_input, "rows.csv");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), StartsWith("rows.csv: 200000 mistakes\n  1: is wrong\n  2:"));
    EXPECT_THAT(error.what(), EndsWith("\n  100: is wrong\n  and 199900 more"));
  }
}

}  // namespace
}  // namespace crossfold
