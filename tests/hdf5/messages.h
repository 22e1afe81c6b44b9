#pragma once

#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "crossfold/core/error.h"

namespace crossfold::test {

/// The Error that `action` throws; a failed test and an empty Error when it throws none.
inline Error error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no Error was thrown";
  return {ErrorCode::internal, "none"};
}

}  // namespace crossfold::test
