#pragma once

#include <exception>
#include <string>

namespace crossfold::cli {

/// What the user is told of an exception, and the exit code that follows from it. No text when
/// nobody reads standard output any more.
struct Failure {
  std::string text;
  int code = 5;
};
[[nodiscard]] Failure describe_failure(const std::exception& failure);

/// On stderr, behind "crossfold: "; an empty text is none.
void print_error(const std::string& text);

}  // namespace crossfold::cli
