#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/plan/fit_result.h"

namespace crossfold::testing {

// Writes what crossfold wrote before there were segments.

using nlohmann::json;

template <class T>
json to_bytes(const std::vector<T>& values) {
  std::vector<std::uint8_t> bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return json::binary(std::move(bytes));
}

inline json to_json(const Predictions& predictions) {
  return {{"rows", to_bytes(predictions.rows)},
          {"classes", predictions.classes},
          {"probabilities", to_bytes(predictions.probabilities)}};
}

inline json to_json(const Curves& curves) {
  return {{"train_class_loss", to_bytes(curves.train_class_loss)},
          {"train_domain_loss", to_bytes(curves.train_domain_loss)},
          {"validation_loss", to_bytes(curves.validation_loss)},
          {"learning_rate", to_bytes(curves.learning_rate)},
          {"lambda", to_bytes(curves.lambda)}};
}

inline json to_json(const Features& features) {
  return {{"rows", to_bytes(features.rows)},
          {"dim", features.dim},
          {"values", to_bytes(features.values)}};
}

inline std::string artefacts_to_cbor(const FitId& id, const Artefacts& artefacts) {
  json value{{"format", "crossfold-artefacts"}, {"format_version", 1}, {"fit", id.hex()}};
  if (artefacts.held_out) value["held_out"] = to_json(*artefacts.held_out);
  if (artefacts.oos) value["oos"] = to_json(*artefacts.oos);
  if (artefacts.curves) value["curves"] = to_json(*artefacts.curves);
  if (artefacts.features) value["features"] = to_json(*artefacts.features);
  std::string bytes;
  json::to_cbor(value, bytes);
  return bytes;
}

}  // namespace crossfold::testing
