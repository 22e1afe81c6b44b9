#include "print_error.h"

#include <cstdio>

#include <fmt/format.h>

#include "crossfold/core/as_error.h"
#include "crossfold/core/standard_output.h"

namespace crossfold::cli {

Failure describe_failure(const std::exception& failure) {
  if (dynamic_cast<const OutputClosed*>(&failure) != nullptr)
    return {.text = "", .code = OutputClosed::kExitCode};
  const Error error = as_error(failure);
  return {.text = error.what(), .code = exit_code(error.code())};
}

void print_error(const std::string& text) {
  if (!text.empty()) fmt::print(stderr, "crossfold: {}\n", text);
}

}  // namespace crossfold::cli
