#include "crossfold/core/as_error.h"

#include <filesystem>
#include <functional>
#include <new>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/core/standard_output.h"

namespace crossfold {
namespace {

/// What the user is told of what `act` throws.
Error told(const std::function<void()>& act) {
  try {
    act();
  } catch (const std::exception& exception) {
    return as_error(exception);
  }
  ADD_FAILURE() << "nothing was thrown";
  return {ErrorCode::internal, ""};
}

TEST(AsError, LeavesAnErrorAsItIs) {
  const Error error = told([] { throw Error(ErrorCode::stopped, "message", "where", "cause"); });
  EXPECT_EQ(error.code(), ErrorCode::stopped);
  EXPECT_STREQ(error.what(), "where: message\n  cause: cause");
}

TEST(AsError, CallsAFileSystemsRefusalByName) {
  const Error error = told([] {
    throw std::filesystem::filesystem_error("status", "/a/b",
                                            std::make_error_code(std::errc::permission_denied));
  });
  EXPECT_EQ(error.code(), ErrorCode::io);
  EXPECT_STREQ(error.what(),
               "/a/b: cannot be used (Permission denied). check the name and the rights");
}

TEST(AsError, TakesMemoryForWhatThereIsTooLittleOf) {
  for (const auto& error : {told([] { throw std::bad_alloc(); }),
                            told([] { throw std::length_error("vector::reserve"); })}) {
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_STREQ(error.what(),
                 "out of memory. use fewer workers or ranks on this machine, one with "
                 "more memory, or a smaller job");
  }
}

TEST(AsError, TellsWhatElseTheSystemRefuses) {
  const Error error = told([] {
    throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
  });
  EXPECT_EQ(error.code(), ErrorCode::io);
  EXPECT_STREQ(error.what(),
               "the system refuses (Resource temporarily unavailable). use fewer "
               "workers, or ask for more");
}

TEST(AsError, CallsAnythingElseABug) {
  const Error error = told([] { throw std::logic_error("a slip"); });
  EXPECT_EQ(error.code(), ErrorCode::internal);
  EXPECT_STREQ(error.what(),
               "internal error: a slip (a bug in crossfold). please report it with the "
               "command and the job");
}

Failure described(const std::function<void()>& act) {
  try {
    act();
  } catch (const std::exception& exception) {
    return describe_failure(exception);
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

/// Of the shell: 2 the command line, 3 the input, 4 the machine, 5 a bug, 75 to be run again.
TEST(DescribeFailure, TellsAnErrorWholeWithTheCodeOfItsKind) {
  const std::vector<std::pair<ErrorCode, int>> codes{{ErrorCode::usage, 2},
                                                     {ErrorCode::bad_input, 3},
                                                     {ErrorCode::io, 4},
                                                     {ErrorCode::internal, 5},
                                                     {ErrorCode::stopped, 75}};
  for (const auto& entry : codes) {
    const Failure failure =
        described([&] { throw Error(entry.first, "message", "where", "cause"); });
    EXPECT_EQ(failure.text, "where: message\n  cause: cause");
    EXPECT_EQ(failure.code, entry.second);
  }
  EXPECT_EQ(described([] { throw std::bad_alloc(); }).code, 4);
  EXPECT_EQ(described([] { throw std::runtime_error("a slip"); }).code, 5);
}

TEST(DescribeFailure, HasNoTextWhereNobodyReads) {
  const Failure failure = described([] { throw OutputClosed(); });
  EXPECT_EQ(failure.text, "");
  EXPECT_EQ(failure.code, 141);
}

}  // namespace
}  // namespace crossfold
