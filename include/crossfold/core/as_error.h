#pragma once

#include <exception>
#include <string>

#include "crossfold/core/error.h"

namespace crossfold {

/// What any exception is to the user: an Error as it is, Error{io} for memory or a file system that
/// refuses, Error{internal} for anything else.
[[nodiscard]] Error as_error(const std::exception& exception);

/// What the user is told of an exception, and the exit code that follows from it. No text when
/// nobody reads standard output any more.
struct Failure {
  std::string text;
  int code = 5;
};
[[nodiscard]] Failure describe_failure(const std::exception& failure);

}  // namespace crossfold
