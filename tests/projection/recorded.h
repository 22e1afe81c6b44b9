#pragma once

#include <string>
#include <vector>

#include "crossfold/core/files.h"
#include "crossfold/core/strict_json.h"
#include "crossfold/projection/fuzzy_graph.h"

namespace crossfold::projection {

/// A section of projection_cases.json, which record_projection.py makes.
inline const nlohmann::json& recorded(const std::string& section) {
  static const nlohmann::json cases =
      parse_json(read_file(std::string(CROSSFOLD_TEST_DATA) + "/projection_cases.json", 1U << 24U),
                 "projection_cases.json");
  return cases.at(section);
}

inline std::vector<double> recorded_numbers(const nlohmann::json& values) {
  std::vector<double> numbers;
  for (const auto& value : values) numbers.push_back(number_from_json(value));
  return numbers;
}

inline WeightedGraph recorded_graph(const nlohmann::json& section) {
  return {.begin = section.at("begin").get<std::vector<std::uint64_t>>(),
          .target = section.at("target").get<std::vector<std::uint32_t>>(),
          .weight = recorded_numbers(section.at("weight"))};
}

}  // namespace crossfold::projection
