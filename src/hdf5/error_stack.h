#pragma once

#include <cstdint>
#include <string>

#include "crossfold/core/error.h"

namespace crossfold::hdf5 {

/// Stops the library from printing its error stack to stderr (a setting of each thread).
void keep_errors_quiet();

/// Throws Error{code} with the library's error stack, outermost call first, as its cause. Where
/// reading failed at a version of the format that the library does not know, that is the message.
[[noreturn]] void throw_library_error(ErrorCode code, const std::string& message,
                                      const std::string& where);

/// `status` as it came, or an Error when the library reports a failure by a negative value.
template <class Status>
Status checked(Status status, ErrorCode code, const std::string& message,
               const std::string& where) {
  if (status < 0) throw_library_error(code, message, where);
  return status;
}

}  // namespace crossfold::hdf5
