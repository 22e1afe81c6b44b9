#pragma once

#include <exception>
#include <string>

#include <gtest/gtest.h>

#include "crossfold/plan/artefact_bytes.h"
#include "crossfold/plan/fit_result_json.h"

namespace crossfold::test {

/// What a fit failed with; empty where it did not.
inline std::string message_of(const std::exception_ptr& failure) {
  if (!failure) return "";
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  }
}

/// All but the time that it took, bit for bit.
inline void expect_same(const FitResult& a, const FitResult& b) {
  nlohmann::json left = fit_result_to_json(a), right = fit_result_to_json(b);
  left.erase("seconds");
  right.erase("seconds");
  EXPECT_EQ(left, right);
  EXPECT_EQ(artefacts_to_bytes(a.id, a.artefacts), artefacts_to_bytes(b.id, b.artefacts));
}

}  // namespace crossfold::test
