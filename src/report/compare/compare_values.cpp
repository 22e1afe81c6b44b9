#include "compare_values.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/plan/fit_result_json.h"

namespace crossfold {
namespace {

using nlohmann::json;

/// One field of one fit that differs; of classes, the one that differs most.
struct Difference {
  std::optional<double> size;  ///< absolute; empty unless both are finite numbers
  bool beyond = false;
  json left;
  json right;
};

using Differences = std::map<std::string, Difference>;

/// What matters most first.
int rank_of(const std::string& field) {
  if (field.find(".classes") != std::string::npos) return 4;
  if (field.starts_with("training.")) return 1;
  if (field.starts_with("n.")) return 2;
  if (field.starts_with("solver.")) return 3;
  return 0;
}

Difference difference_of(const json& left, const json& right, double tolerance) {
  Difference difference{.size = std::nullopt, .beyond = true, .left = left, .right = right};
  if (!left.is_number() || !right.is_number()) return difference;
  difference.size = std::abs(left.get<double>() - right.get<double>());
  const bool counts = left.is_number_integer() && right.is_number_integer();
  difference.beyond = counts || !(*difference.size <= tolerance);
  return difference;
}

void collect(const json& left, const json& right, const std::string& field, double tolerance,
             Differences& found) {
  if (left == right) return;
  if (left.is_object() && right.is_object()) {
    std::set<std::string> keys;
    for (const json* of : {&left, &right})
      for (const auto& [key, ignored] : of->items()) keys.insert(key);
    for (const std::string& key : keys)
      collect(left.value(key, json("none")), right.value(key, json("none")),
              field.empty() ? key : fmt::format("{}.{}", field, key), tolerance, found);
    return;
  }
  if (left.is_array() && right.is_array() && left.size() == right.size()) {
    for (std::size_t i = 0; i < left.size(); ++i)
      collect(left[i], right[i], field, tolerance, found);
    return;
  }
  const Difference difference = difference_of(left, right, tolerance);
  const auto [known, is_new] = found.emplace(field, difference);
  if (is_new) return;
  const bool beyond = known->second.beyond || difference.beyond;
  if (difference.size && !(known->second.size >= difference.size)) known->second = difference;
  known->second.beyond = beyond;
}

json facts_of(const FitResult& result) {
  json facts = fit_result_to_json(result);
  facts.erase("fit");
  facts.erase("seconds");
  return facts;
}

std::string text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_structured() ? "(several values)" : value.dump();
}

}  // namespace

void ValueComparer::add(const FitPlace& place, const FitResult& left, const FitResult& right) {
  json of_left = facts_of(left);
  json of_right = facts_of(right);
  if (left.training.validation_auc.has_value() != right.training.validation_auc.has_value()) {
    ++validation_auc_once_;
    for (json* facts : {&of_left, &of_right}) facts->at("training").erase("validation_auc");
  }
  Differences found;
  collect(of_left, of_right, "", tolerance_, found);
  if (!found.empty()) ++unlike_fits_;
  for (const auto& [field, difference] : found) {
    ValueDifference& sum = fields_[{rank_of(field), field}];
    const bool is_first = sum.fits == 0;
    ++sum.fits;
    if (difference.beyond) ++sum.beyond;
    if (!is_first && !(difference.size && !(sum.largest >= difference.size))) continue;
    sum.field = field;
    sum.largest = difference.size;
    sum.place = place;
    sum.left = text_of(difference.left);
    sum.right = text_of(difference.right);
  }
}

std::vector<ValueDifference> ValueComparer::differences() const {
  std::vector<ValueDifference> list;
  list.reserve(fields_.size());
  for (const auto& [key, difference] : fields_) list.push_back(difference);
  return list;
}

}  // namespace crossfold
