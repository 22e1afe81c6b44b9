#include "print_error.h"

#include <cstdio>
#include <new>

#include <fmt/format.h>

#include "crossfold/core/error.h"

namespace crossfold::cli {

Failure describe_failure(const std::exception& failure) {
  if (const auto* error = dynamic_cast<const Error*>(&failure))
    return {.text = error->what(), .code = exit_code(error->code())};
  if (dynamic_cast<const std::bad_alloc*>(&failure) != nullptr)
    return {.text = "out of memory. free memory, use fewer workers, or a smaller job",
            .code = exit_code(ErrorCode::io)};
  return {.text = fmt::format("internal error: {} (a bug in crossfold). please report it with the "
                              "command and the job",
                              failure.what()),
          .code = exit_code(ErrorCode::internal)};
}

void print_error(const std::string& text) {
  std::fflush(stdout);
  fmt::print(stderr, "crossfold: {}\n", text);
}

}  // namespace crossfold::cli
