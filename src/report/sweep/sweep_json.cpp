#include "sweep_json.h"

#include <string>
#include <variant>

#include "crossfold/core/strict_json.h"
#include "crossfold/job/names.h"

#include "candidate_state.h"

namespace crossfold {
namespace {

using Json = nlohmann::ordered_json;

Json number(const std::optional<double>& value) {
  return value ? Json(json_number(*value)) : Json("nan");
}

Json summary(const stats::Summary& of) {
  return {{"mean", number(of.mean)}, {"sd", number(of.sd)}, {"n", of.n}};
}

const char* word_of(sweep::HonestScore kind) {
  switch (kind) {
    case sweep::HonestScore::held_out_fold:
      return "held-out-fold";
    case sweep::HonestScore::bias_corrected:
      return "bias-corrected";
    case sweep::HonestScore::over_sources:
      return "bias-corrected-over-sources";
    case sweep::HonestScore::none:
      return "none";
  }
  return "";
}

Json honest(const HonestEstimate& of) {
  Json value{{"kind", word_of(of.kind)}, {"mean", number(of.mean)}};
  value["low"] = number(of.interval ? std::optional(of.interval->low) : std::nullopt);
  value["high"] = number(of.interval ? std::optional(of.interval->high) : std::nullopt);
  if (!of.why_not.empty()) value["why_not"] = of.why_not;
  return value;
}

Json choice(const SweepChoice& of) {
  Json value{{"rule", of.rule ? Json(name_of(*of.rule)) : Json()},
             {"candidate", of.candidate.empty() ? Json() : Json(of.candidate)},
             {"peeks", of.peeks}};
  if (!of.no_choice.empty()) value["no_choice"] = of.no_choice;
  if (!of.per_split.empty()) {
    value["per_split"] = Json::array();
    for (const auto& [candidate, splits] : of.per_split)
      value["per_split"].push_back({{"candidate", candidate}, {"splits", splits}});
  }
  value["criterion"] = number(of.criterion);
  value["in_pool"] = summary(of.in_pool);
  value["honest"] = honest(of.honest);
  value["fits"] = of.fits;
  if (of.source_out_auc.n > 0) value["source_out_auc"] = summary(of.source_out_auc);
  value["oos_auc"] = summary(of.oos_auc);
  value["oos_acc"] = summary(of.oos_acc);
  value["domain_auc"] = summary(of.domain_auc);
  return value;
}

Json race(const RaceReport& of) {
  Json value{{"by", of.by},
             {"risk", of.risk ? Json(*of.risk) : Json("greedy")},
             {"candidates", of.candidates},
             {"all_splits", of.all_splits},
             {"over", of.over},
             {"fits_of_all", of.fits_of_all()},
             {"fits_trained", of.fits_trained},
             {"stages", Json::array()},
             {"given_up", Json::array()}};
  for (std::size_t i = 0; i < of.stages.size(); ++i) {
    const StageRecord& stage = of.stages[i];
    value["stages"].push_back({{"splits", stage.splits},
                               {"living", stage.living},
                               {"leader", stage.leader},
                               {"fits", stage.fits}});
    for (const StageRecord::GivenUp& one : stage.given_up)
      value["given_up"].push_back({{"candidate", one.candidate},
                                   {"reason", one.reason},
                                   {"rung", i == 0 ? 0 : of.stages[i - 1].splits},
                                   {"n", one.n},
                                   {"mean", number(one.mean)}});
  }
  return value;
}

Json search(const SearchReport& of) {
  Json value{{"by", of.by},     {"candidates", of.candidates}, {"of", of.of}, {"over", of.over},
             {"best", of.best}, {"generations", Json::array()}};
  for (const StageRecord& generation : of.generations)
    value["generations"].push_back({{"drawn", generation.generation->drawn.size()},
                                    {"candidates", generation.generation->candidates},
                                    {"leader", generation.leader},
                                    {"fits", generation.fits}});
  return value;
}

Json swept(const SweptCandidate& of) {
  Json parameters = Json::object();
  for (const Parameter& parameter : of.parameters)
    std::visit([&](const auto& value) { parameters[parameter.key] = value; }, parameter.value);
  Json value{{"candidate", of.name},
             {"parameters", std::move(parameters)},
             {"state", name_of(of.state)},
             {"splits", of.splits},
             {"task_auc", number(of.task_auc)},
             {"task_acc", number(of.task_acc)},
             {"validation_auc", number(of.validation_auc)},
             {"oos_auc", number(of.oos_auc)},
             {"oos_acc", number(of.oos_acc)},
             {"domain_auc", number(of.domain_auc)}};
  if (of.source_out_auc) value["source_out_auc"] = number(of.source_out_auc);
  return value;
}

}  // namespace

Json sweep_to_json(const SweepReport& sweep) {
  Json value{{"embedding", sweep.embedding},
             {"sampler", name_of(sweep.sampler)},
             {"candidates", sweep.candidates},
             {"selection", Json::array()}};
  for (const SweepChoice& of : sweep.choices) value["selection"].push_back(choice(of));
  if (sweep.nested)
    value["nested"] = {{"folds", sweep.nested->folds}, {"choice", choice(sweep.nested->choice)}};
  if (sweep.race) value["race"] = race(*sweep.race);
  if (sweep.search) value["search"] = search(*sweep.search);
  value["pareto"] = Json::array();
  for (const SweptCandidate& one : sweep.swept)
    if (one.on_front)
      value["pareto"].push_back({{"candidate", one.name},
                                 {"task_auc", number(one.task_auc)},
                                 {"domain_auc", number(one.domain_auc)},
                                 {"share", number(one.front_share)}});
  value["importance"] = Json::array();
  for (const sweep::ParameterImportance& one : sweep.importance)
    value["importance"].push_back({{"parameter", one.key},
                                   {"candidates", one.candidates},
                                   {"top", one.top},
                                   {"variance", number(one.variance)},
                                   {"share", number(one.share)}});
  value["importance_splits"] = sweep.importance_splits;
  value["swept"] = Json::array();
  for (const SweptCandidate& one : sweep.swept) value["swept"].push_back(swept(one));
  return value;
}

}  // namespace crossfold
