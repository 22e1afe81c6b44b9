#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/core/files.h"
#include "crossfold/core/strict_json.h"

namespace crossfold::stats {

/// A file of recorded numbers beside the tests, with the script that made it.
inline nlohmann::json read_recorded(const std::string& name) {
  return parse_json(read_file(std::string(CROSSFOLD_TEST_DATA) + "/" + name, 1U << 24U), name);
}

/// null is undefined, "inf" infinite.
inline std::optional<double> recorded_number(const nlohmann::json& value) {
  if (value.is_null()) return std::nullopt;
  return number_from_json(value);
}

inline std::vector<std::optional<double>> recorded_scores(const nlohmann::json& values) {
  std::vector<std::optional<double>> scores;
  for (const auto& value : values) scores.push_back(recorded_number(value));
  return scores;
}

inline std::vector<double> recorded_doubles(const nlohmann::json& values) {
  std::vector<double> numbers;
  for (const auto& value : values) numbers.push_back(number_from_json(value));
  return numbers;
}

/// The scores agree to 1e-12, relative above one; undefined agrees only with undefined.
inline ::testing::AssertionResult agrees(std::optional<double> ours,
                                         const nlohmann::json& recorded) {
  const std::optional<double> theirs = recorded_number(recorded);
  const bool same = ours && theirs
                        ? *ours == *theirs ||
                              std::abs(*ours - *theirs) <= 1e-12 * std::max(1.0, std::abs(*theirs))
                        : ours.has_value() == theirs.has_value();
  if (same) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << (ours ? ::testing::PrintToString(*ours) : "undefined")
                                       << " where " << recorded << " is recorded";
}

}  // namespace crossfold::stats
