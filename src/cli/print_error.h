#pragma once

#include <exception>
#include <string>

namespace crossfold::cli {

/// What the user is told of an exception, and the exit code that follows from it.
struct Failure {
  std::string text;
  int code = 5;
};
[[nodiscard]] Failure describe_failure(const std::exception& failure);

/// On stderr, behind "crossfold: ".
void print_error(const std::string& text);

}  // namespace crossfold::cli
