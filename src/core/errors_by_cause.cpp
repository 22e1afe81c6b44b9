#include "crossfold/core/errors_by_cause.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "crossfold/core/first_named.h"

namespace crossfold {
namespace {

/// "folds.csv: line 7" behind "folds.csv: line 3" is "line 7".
std::string without_common_head(const std::string& place, const std::string& before) {
  const auto differ = std::mismatch(place.begin(), place.end(), before.begin(), before.end()).first;
  const auto length = static_cast<std::size_t>(differ - place.begin());
  const std::size_t colon = std::string_view(place).substr(0, length).rfind(": ");
  return colon == std::string::npos ? place : place.substr(colon + 2);
}

std::string places_text(const std::vector<std::string>& first, std::size_t all) {
  std::vector<std::string> shown = first;
  for (std::size_t i = 1; i < shown.size(); ++i) shown[i] = without_common_head(first[i], first[0]);
  return first_named(shown, all);
}

}  // namespace

void ErrorsByCause::add(const std::string& place, const std::string& message) {
  const auto [found, is_new] = cause_of_.emplace(message, causes_.size());
  if (is_new) causes_.push_back({.message = message, .first = {}});
  Cause& cause = causes_[found->second];
  if (cause.places++ >= kMostNamed) return;
  order_.push_back({.cause = found->second, .number = cause.first.size()});
  cause.first.push_back(place);
}

void ErrorsByCause::hand_over() {
  for (const auto& [index, number] : order_) {
    const Cause& cause = causes_[index];
    if (cause.places <= kMostNamed)
      errors_.add(cause.first[number], cause.message);
    else if (number == 0)
      errors_.add(places_text(cause.first, cause.places), cause.message);
  }
  causes_.clear();
  order_.clear();
  cause_of_.clear();
}

}  // namespace crossfold
