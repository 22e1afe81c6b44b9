#pragma once

#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "crossfold/core/error.h"

namespace crossfold {

/// `act` throws an Error of this code whose whole text (place, message, cause) is `text`.
inline void expect_error(ErrorCode code, const std::string& text,
                         const std::function<void()>& act) {
  try {
    act();
    ADD_FAILURE() << "no error; expected: " << text;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    EXPECT_EQ(error.what(), text);
  }
}

}  // namespace crossfold
