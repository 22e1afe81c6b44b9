#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/solve/feature_rows.h"

#include "solve/lcg.h"

namespace crossfold::test {

/// Features and labels by the formula of record_logistic_regression.py, bit by bit.
struct PlantedData {
  std::size_t count = 0;
  std::size_t dim = 0;
  std::size_t levels = 0;
  std::vector<float> values;  ///< [count, dim]
  std::vector<std::int32_t> labels;

  [[nodiscard]] FeatureRows features() const {
    return {.values = values, .dim = dim, .rows = {}, .scaling = nullptr};
  }
};

inline PlantedData planted_data(const nlohmann::json& recipe) {
  PlantedData data;
  data.count = recipe.at("n");
  data.dim = recipe.at("dim");
  const std::vector<double> weights = recipe.at("weights");
  const int spread = recipe.at("spread");
  const double signal = recipe.at("signal");
  const double offset = recipe.at("offset");
  data.levels = weights.size();
  Lcg lcg(recipe.at("seed"));
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (std::size_t i = 0; i < data.count; ++i) {
    const double u = lcg.uniform() * total;
    std::size_t label = 0;
    double sum = weights[0];
    while (label + 1 < weights.size() && u >= sum) sum += weights[++label];
    data.labels.push_back(static_cast<std::int32_t>(label));
    for (std::size_t d = 0; d < data.dim; ++d) {
      const int exponent = static_cast<int>(d * 5 % static_cast<std::size_t>(2 * spread + 1));
      const double scale = std::ldexp(1.0, exponent - spread);
      const int pattern = static_cast<int>((label * 7 + d * 3 + label * d) % 5) - 2;
      const double mean = signal * pattern / 8;
      data.values.push_back(static_cast<float>((lcg.uniform() - 0.5 + mean) * scale + offset));
    }
  }
  return data;
}

}  // namespace crossfold::test
