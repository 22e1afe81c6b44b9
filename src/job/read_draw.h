#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/core/validation_errors.h"
#include "crossfold/job/search_dimension.h"

namespace crossfold {

/// One draw as a job writes it: {"log": [0.1, 100]}.
struct Draw {
  DimensionKind kind = DimensionKind::uniform;
  double low = 0;                                         ///< uniform, log, whole
  double high = 0;                                        ///< uniform, log, whole
  std::vector<nlohmann::json> options;                    ///< choice
  std::vector<std::variant<double, std::string>> values;  ///< choice: what each is called
};

/// Whether a value of a job is an object with a key that draws.
[[nodiscard]] bool is_draw(const nlohmann::json& value);

/// Reads a draw; what is wrong with it is added to `errors` and nothing returned.
[[nodiscard]] std::optional<Draw> read_draw(const nlohmann::json& value, const std::string& pointer,
                                            ValidationErrors& errors);

/// The nearest number of 6 significant decimal digits.
[[nodiscard]] double rounded_to_digits(double number);

}  // namespace crossfold
