#include "crossfold/plan/artefact_cbor.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/cbor_json.h"
#include "crossfold/core/error.h"
#include "crossfold/core/strict_json.h"

namespace crossfold {
namespace {

using nlohmann::json;

constexpr int kArtefactsVersion = 1;
static_assert(std::endian::native == std::endian::little, "artefacts hold little-endian arrays");

/// A whole number that fits the type and is not negative.
std::size_t count_from(const json& object, const char* key) {
  return whole_number_from_json(object.at(key), std::numeric_limits<std::size_t>::max());
}

template <class T>
std::vector<T> from_bytes(const json& value) {
  const std::vector<std::uint8_t>& bytes = value.get_binary();
  CF_VALIDATE(bytes.size() % sizeof(T) == 0, ErrorCode::bad_input, "has an array of broken length");
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

/// Without the product, which a hostile file could make wrap around.
void check_shape(std::size_t values, std::size_t rows, std::size_t columns) {
  const bool fits = rows == 0 ? values == 0 : values % rows == 0 && values / rows == columns;
  CF_VALIDATE(fits, ErrorCode::bad_input,
              fmt::format("has {} values for {} rows of {}", values, rows, columns));
}

Predictions predictions_from_json(const json& value) {
  Predictions predictions{.rows = from_bytes<std::uint32_t>(value.at("rows")),
                          .classes = count_from(value, "classes"),
                          .probabilities = from_bytes<double>(value.at("probabilities"))};
  check_shape(predictions.probabilities.size(), predictions.rows.size(), predictions.classes);
  return predictions;
}

Curves curves_from_json(const json& value) {
  return {.train_class_loss = from_bytes<double>(value.at("train_class_loss")),
          .train_domain_loss = from_bytes<double>(value.at("train_domain_loss")),
          .validation_loss = from_bytes<double>(value.at("validation_loss")),
          .learning_rate = from_bytes<double>(value.at("learning_rate")),
          .lambda = from_bytes<double>(value.at("lambda"))};
}

Features features_from_json(const json& value) {
  Features features{.rows = from_bytes<std::uint32_t>(value.at("rows")),
                    .dim = count_from(value, "dim"),
                    .values = from_bytes<float>(value.at("values"))};
  check_shape(features.values.size(), features.rows.size(), features.dim);
  return features;
}

}  // namespace

Artefacts artefacts_from_cbor(std::string_view bytes, const FitId& id) {
  try {
    const json value = parse_cbor(bytes, "artefacts of fit " + id.hex());
    CF_VALIDATE(value.at("format") == "crossfold-artefacts" &&
                    value.at("format_version") == kArtefactsVersion,
                ErrorCode::bad_input,
                fmt::format("is no crossfold-artefacts document of version {}", kArtefactsVersion));
    CF_VALIDATE(value.at("fit") == id.hex(), ErrorCode::bad_input,
                fmt::format("belongs to fit {}, not {}", short_json(value.at("fit")), id.hex()));
    Artefacts artefacts;
    if (value.contains("held_out"))
      artefacts.held_out = predictions_from_json(value.at("held_out"));
    if (value.contains("oos")) artefacts.oos = predictions_from_json(value.at("oos"));
    if (value.contains("curves")) artefacts.curves = curves_from_json(value.at("curves"));
    if (value.contains("features")) artefacts.features = features_from_json(value.at("features"));
    return artefacts;
  } catch (const json::exception& failure) {
    throw Error(ErrorCode::bad_input, fmt::format("is no artefacts document ({})", failure.what()));
  }
}

}  // namespace crossfold
