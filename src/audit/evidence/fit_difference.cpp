#include "fit_difference.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/plan/fit_result_json.h"

namespace crossfold::audit {
namespace {

using nlohmann::json;

std::vector<std::string> different_fields(const json& recorded, const json& again) {
  std::vector<std::string> fields;
  if (recorded == again) return fields;
  const json before = recorded.flatten();
  const json now = again.flatten();
  for (const auto& [key, value] : before.items()) {
    const auto other = now.find(key);
    if (other == now.end())
      fields.push_back(fmt::format("{}: {} recorded, nothing again", key.substr(1), value.dump()));
    else if (*other != value)
      fields.push_back(
          fmt::format("{}: {} recorded, {} again", key.substr(1), value.dump(), other->dump()));
  }
  for (const auto& [key, value] : now.items())
    if (!before.contains(key))
      fields.push_back(fmt::format("{}: nothing recorded, {} again", key.substr(1), value.dump()));
  return fields;
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

bool same_bits(const Predictions& a, const Predictions& b) {
  return a.rows == b.rows && a.classes == b.classes && same_bits(a.probabilities, b.probabilities);
}

bool same_bits(const Curves& a, const Curves& b) {
  return same_bits(a.train_class_loss, b.train_class_loss) &&
         same_bits(a.train_domain_loss, b.train_domain_loss) &&
         same_bits(a.validation_loss, b.validation_loss) &&
         same_bits(a.learning_rate, b.learning_rate) && same_bits(a.lambda, b.lambda) &&
         std::equal(a.further_adversaries.begin(), a.further_adversaries.end(),
                    b.further_adversaries.begin(), b.further_adversaries.end(),
                    [](const AdversaryCurves& x, const AdversaryCurves& y) {
                      return same_bits(x.train_loss, y.train_loss) && same_bits(x.lambda, y.lambda);
                    });
}

bool same_bits(const Features& a, const Features& b) {
  return a.rows == b.rows && a.dim == b.dim && same_bits(a.values, b.values);
}

template <class T>
void compare(const std::optional<T>& recorded, const std::optional<T>& again, const char* what,
             std::vector<std::string>& found) {
  if (recorded && (!again || !same_bits(*recorded, *again))) found.emplace_back(what);
}

double distance(const std::optional<double>& a, const std::optional<double>& b) {
  if (a.has_value() != b.has_value()) return 1;
  return a ? std::abs(*a - *b) : 0;
}

double auc_distance(const std::optional<stats::ScoreSet>& a,
                    const std::optional<stats::ScoreSet>& b) {
  if (a.has_value() != b.has_value()) return 1;
  return a ? distance(a->auc, b->auc) : 0;
}

/// Sums over the predictions that both have.
struct ProbabilitySum {
  double difference = 0;
  std::size_t values = 0;
  bool comparable = true;

  void add(const std::optional<Predictions>& a, const std::optional<Predictions>& b) {
    if (!a || !b) return;
    if (a->rows != b->rows || a->probabilities.size() != b->probabilities.size()) {
      comparable = false;
      return;
    }
    for (std::size_t i = 0; i < a->probabilities.size(); ++i)
      difference += std::abs(a->probabilities[i] - b->probabilities[i]);
    values += a->probabilities.size();
  }
};

json scores_json(const stats::ScoreSet& scores) {
  FitResult result;
  result.held_out = scores;
  return fit_result_to_json(result);
}

}  // namespace

std::vector<std::string> different_bits(const FitResult& recorded, const FitResult& again) {
  json before = fit_result_to_json(recorded);
  json now = fit_result_to_json(again);
  before.erase("seconds");
  now.erase("seconds");
  std::vector<std::string> found = different_fields(before, now);
  const Artefacts& kept = recorded.artefacts;
  const Artefacts& made = again.artefacts;
  compare(kept.held_out, made.held_out, "probabilities of the held-out fold", found);
  compare(kept.oos, made.oos, "probabilities of the out-of-sample set", found);
  for (std::size_t i = 0; i < kept.sets.size(); ++i)
    if (i >= made.sets.size() || !same_bits(kept.sets[i], made.sets[i]))
      found.push_back(fmt::format("probabilities of named set {}", i));
  compare(kept.curves, made.curves, "curves", found);
  compare(kept.features, made.features, "features", found);
  return found;
}

std::vector<std::string> different_scores(const std::string& which, const stats::ScoreSet& recorded,
                                          const stats::ScoreSet& again) {
  std::vector<std::string> found = different_fields(scores_json(recorded), scores_json(again));
  for (std::string& text : found) text = which + text.substr(text.find('/'));
  return found;
}

FitDistance distance_of(const FitResult& recorded, const FitResult& again) {
  FitDistance result{.auc = std::max({distance(recorded.held_out.auc, again.held_out.auc),
                                      auc_distance(recorded.oos, again.oos),
                                      auc_distance(recorded.probe, again.probe)}),
                     .probability = {}};
  if (recorded.probes.size() != again.probes.size()) result.auc = 1;
  for (std::size_t i = 0; i < std::min(recorded.probes.size(), again.probes.size()); ++i)
    result.auc =
        std::max(result.auc, distance(recorded.probes[i].scores.auc, again.probes[i].scores.auc));
  if (recorded.sets.size() != again.sets.size()) result.auc = 1;
  for (std::size_t i = 0; i < std::min(recorded.sets.size(), again.sets.size()); ++i)
    result.auc = std::max(result.auc, distance(recorded.sets[i].auc, again.sets[i].auc));
  ProbabilitySum sum;
  sum.add(recorded.artefacts.held_out, again.artefacts.held_out);
  sum.add(recorded.artefacts.oos, again.artefacts.oos);
  const std::vector<Predictions>& kept = recorded.artefacts.sets;
  const std::vector<Predictions>& made = again.artefacts.sets;
  for (std::size_t i = 0; i < std::min(kept.size(), made.size()); ++i) sum.add(kept[i], made[i]);
  if (!sum.comparable)
    result.probability = 1;
  else if (sum.values > 0)
    result.probability = sum.difference / static_cast<double>(sum.values);
  return result;
}

}  // namespace crossfold::audit
