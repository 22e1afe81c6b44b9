#pragma once

#include <algorithm>
#include <vector>

#include "crossfold/projection/fuzzy_graph.h"

namespace crossfold::projection {

/// How many epochs lie between two draws of an edge: 1 for the heaviest.
inline std::vector<double> epochs_between_draws(const WeightedGraph& graph) {
  const double heaviest = *std::max_element(graph.weight.begin(), graph.weight.end());
  std::vector<double> epochs;
  epochs.reserve(graph.weight.size());
  for (const double weight : graph.weight) epochs.push_back(heaviest / weight);
  return epochs;
}

/// No pull or push along an axis is stronger.
inline constexpr float kStrongest = 4;
/// Pushes by vertices drawn at random, for each pull.
inline constexpr int kPushes = 5;

}  // namespace crossfold::projection
