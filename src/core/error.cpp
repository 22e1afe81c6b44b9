#include "crossfold/core/error.h"

#include <utility>

#include <fmt/format.h>

namespace crossfold {

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage:
      return 2;
    case ErrorCode::bad_input:
      return 3;
    case ErrorCode::io:
      return 4;
    case ErrorCode::internal:
      return 5;
    case ErrorCode::stopped:
      return 75;
  }
  return 5;
}

Error::Error(ErrorCode code, std::string message, std::string where, std::string cause)
    : code_(code),
      message_(std::move(message)),
      where_(std::move(where)),
      cause_(std::move(cause)) {
  text_ = where_.empty() ? message_ : fmt::format("{}: {}", where_, message_);
  if (!cause_.empty()) text_ += fmt::format("\n  cause: {}", cause_);
}

void throw_contract_error(std::string_view condition, const char* file, int line) {
  throw Error(ErrorCode::internal,
              fmt::format("internal check '{}' failed (a bug in crossfold). please report it with "
                          "the command and the job",
                          condition),
              fmt::format("{}:{}", file, line));
}

}  // namespace crossfold
