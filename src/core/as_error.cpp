#include "crossfold/core/as_error.h"

#include <filesystem>
#include <new>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>

#include "crossfold/core/standard_output.h"

namespace crossfold {

Error as_error(const std::exception& exception) {
  if (const auto* error = dynamic_cast<const Error*>(&exception)) return *error;
  const bool too_long = dynamic_cast<const std::length_error*>(&exception) != nullptr;
  if (too_long || dynamic_cast<const std::bad_alloc*>(&exception) != nullptr)
    return {ErrorCode::io,
            "out of memory. use fewer workers or ranks on this machine, one with more memory, or a "
            "smaller job"};
  if (const auto* refused = dynamic_cast<const std::filesystem::filesystem_error*>(&exception))
    return {ErrorCode::io,
            fmt::format("cannot be used ({}). check the name and the rights",
                        refused->code().message()),
            refused->path1().string()};
  if (const auto* refused = dynamic_cast<const std::system_error*>(&exception))
    return {ErrorCode::io,
            fmt::format("the system refuses ({}). use fewer workers, or ask for more",
                        refused->code().message())};
  return {ErrorCode::internal,
          fmt::format("internal error: {} (a bug in crossfold). please report it with the command "
                      "and the job",
                      exception.what())};
}

Failure describe_failure(const std::exception& failure) {
  if (dynamic_cast<const OutputClosed*>(&failure) != nullptr)
    return {.text = "", .code = OutputClosed::kExitCode};
  const Error error = as_error(failure);
  return {.text = error.what(), .code = exit_code(error.code())};
}

}  // namespace crossfold
