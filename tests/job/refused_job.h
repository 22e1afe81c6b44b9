#pragma once

#include <string>

#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/job/job_json.h"

namespace crossfold::testing {

/// What is said of the text of a job that is refused, or "no error".
inline std::string message_of_job(const std::string& text) {
  try {
    static_cast<void>(parse_job(text, "job.json"));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    return error.what();
  }
  return "no error";
}

}  // namespace crossfold::testing
