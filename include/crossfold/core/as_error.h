#pragma once

#include <exception>

#include "crossfold/core/error.h"

namespace crossfold {

/// What any exception is to the user: an Error as it is, Error{io} for memory or a file system that
/// refuses, Error{internal} for anything else.
[[nodiscard]] Error as_error(const std::exception& exception);

}  // namespace crossfold
