#include "crossfold/plan/fit_result_json.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/strict_json.h"

namespace crossfold {
namespace {

using nlohmann::json;
using stats::ClassScores;
using stats::ScoreSet;

json optional_number(const std::optional<double>& value) {
  return value ? json_number(*value) : json("nan");
}

std::optional<double> optional_number(const json& value) {
  const double number = number_from_json(value);
  if (std::isnan(number)) return std::nullopt;
  return number;
}

/// A whole number that fits the type and is not negative.
template <class T>
T whole_from(const json& object, const char* key) {
  return static_cast<T>(whole_number_from_json(object.at(key), std::numeric_limits<T>::max()));
}

json to_json(const ScoreSet& scores) {
  json classes = json::array();
  for (const ClassScores& c : scores.classes)
    classes.push_back({{"auc", optional_number(c.auc)},
                       {"sensitivity", optional_number(c.sensitivity)},
                       {"specificity", optional_number(c.specificity)},
                       {"precision", optional_number(c.precision)},
                       {"f1", optional_number(c.f1)},
                       {"support", c.support}});
  return {{"auc", optional_number(scores.auc)},
          {"acc", optional_number(scores.acc)},
          {"accuracy", optional_number(scores.accuracy)},
          {"balanced_accuracy", optional_number(scores.balanced_accuracy)},
          {"diagnostic_odds_ratio", optional_number(scores.diagnostic_odds_ratio)},
          {"classes", std::move(classes)},
          {"samples", scores.samples},
          {"undefined_aucs", scores.undefined_aucs},
          {"undefined_recalls", scores.undefined_recalls}};
}

ScoreSet scores_from_json(const json& value) {
  ScoreSet scores{.auc = optional_number(value.at("auc")),
                  .acc = optional_number(value.at("acc")),
                  .accuracy = optional_number(value.at("accuracy")),
                  .balanced_accuracy = optional_number(value.at("balanced_accuracy")),
                  .diagnostic_odds_ratio = optional_number(value.at("diagnostic_odds_ratio")),
                  .classes = {},
                  .samples = whole_from<std::uint32_t>(value, "samples"),
                  .undefined_aucs = whole_from<std::uint32_t>(value, "undefined_aucs"),
                  .undefined_recalls = whole_from<std::uint32_t>(value, "undefined_recalls")};
  for (const json& c : value.at("classes"))
    scores.classes.push_back({.auc = optional_number(c.at("auc")),
                              .sensitivity = optional_number(c.at("sensitivity")),
                              .specificity = optional_number(c.at("specificity")),
                              .precision = optional_number(c.at("precision")),
                              .f1 = optional_number(c.at("f1")),
                              .support = whole_from<std::uint32_t>(c, "support")});
  return scores;
}

json to_json(const ProbeResult& probe) {
  json value{{"of", probe.of}, {"scores", to_json(probe.scores)}, {"missing", probe.missing}};
  if (!probe.within.empty()) value["within"] = probe.within;
  if (probe.r2) value["r2"] = json_number(*probe.r2);
  return value;
}

ProbeResult probe_from_json(const json& value) {
  ProbeResult probe{.of = value.at("of").get<std::string>(),
                    .scores = scores_from_json(value.at("scores")),
                    .missing = whole_from<std::uint32_t>(value, "missing")};
  if (value.contains("within")) probe.within = value.at("within").get<std::string>();
  if (value.contains("r2")) probe.r2 = optional_number(value.at("r2"));
  return probe;
}

/// Runs `read`; whatever nlohmann has against the document becomes an Error.
template <class Read>
auto reading(const char* what, Read&& read) {
  try {
    return read();
  } catch (const json::exception& failure) {
    throw Error(ErrorCode::bad_input, fmt::format("is no {} ({})", what, failure.what()));
  }
}

/// Ids name files and index tables, so nothing else may pass for one.
FitId fit_id_from_json(const json& value) {
  const auto id = FitId::from_hex(value.get_ref<const std::string&>());
  CF_VALIDATE(id, ErrorCode::bad_input,
              fmt::format("{} is no fit id of {} hex digits", short_json(value), FitId::kDigits));
  return *id;
}

}  // namespace

const std::vector<std::string>& stop_reason_names() {
  static const std::vector<std::string> names{"closed-form", "plateau", "epochs"};
  return names;
}

json fit_result_to_json(const FitResult& result) {
  json value{{"fit", result.id.hex()}, {"seconds", json_number(result.seconds)}};
  if (result.failed()) {
    value["error"] = result.error;
    return value;
  }
  value["in"] = to_json(result.held_out);
  if (result.oos) value["oos"] = to_json(*result.oos);
  for (const ScoreSet& scores : result.sets) value["sets"].push_back(to_json(scores));
  if (result.probe) value["probe"] = to_json(*result.probe);
  for (const ProbeResult& probe : result.probes) value["probes"].push_back(to_json(probe));
  value["n"] = {
      {"train", result.n_train}, {"validation", result.n_validation}, {"test", result.n_test}};
  value["training"] = {
      {"epochs", result.training.epochs},
      {"learning_rate_drops", result.training.learning_rate_drops},
      {"stop", stop_reason_names()[static_cast<std::size_t>(result.training.stop)]},
      {"validation_loss", optional_number(result.training.validation_loss)},
      {"validation_auc", optional_number(result.training.validation_auc)}};
  value["solver"] = {{"solves", result.solver.solves},
                     {"unconverged", result.solver.unconverged},
                     {"worst_gradient", json_number(result.solver.worst_gradient)}};
  return value;
}

FitResult fit_result_from_json(const json& value) {
  return reading("fit record", [&] {
    FitResult result;
    result.id = fit_id_from_json(value.at("fit"));
    result.seconds = number_from_json(value.at("seconds"));
    if (value.contains("error")) {
      result.error = value.at("error").get<std::string>();
      CF_VALIDATE(result.failed(), ErrorCode::bad_input, "has an error without a text");
      return result;
    }
    result.held_out = scores_from_json(value.at("in"));
    if (value.contains("oos")) result.oos = scores_from_json(value.at("oos"));
    if (value.contains("sets"))
      for (const json& scores : value.at("sets").get_ref<const json::array_t&>())
        result.sets.push_back(scores_from_json(scores));
    if (value.contains("probe")) result.probe = scores_from_json(value.at("probe"));
    if (value.contains("probes"))
      for (const json& probe : value.at("probes").get_ref<const json::array_t&>())
        result.probes.push_back(probe_from_json(probe));
    result.n_train = whole_from<std::uint32_t>(value.at("n"), "train");
    result.n_validation = whole_from<std::uint32_t>(value.at("n"), "validation");
    result.n_test = whole_from<std::uint32_t>(value.at("n"), "test");
    const json& training = value.at("training");
    result.training.epochs = whole_from<int>(training, "epochs");
    result.training.learning_rate_drops = whole_from<int>(training, "learning_rate_drops");
    const std::vector<std::string>& stops = stop_reason_names();
    const auto stop = std::find(stops.begin(), stops.end(), training.at("stop").get<std::string>());
    CF_VALIDATE(stop != stops.end(), ErrorCode::bad_input, "has an unknown reason to stop");
    result.training.stop = static_cast<StopReason>(stop - stops.begin());
    result.training.validation_loss = optional_number(training.at("validation_loss"));
    if (training.contains("validation_auc"))
      result.training.validation_auc = optional_number(training.at("validation_auc"));
    const json& solver = value.at("solver");
    result.solver.solves = whole_from<int>(solver, "solves");
    result.solver.unconverged = whole_from<int>(solver, "unconverged");
    result.solver.worst_gradient = number_from_json(solver.at("worst_gradient"));
    return result;
  });
}

}  // namespace crossfold
