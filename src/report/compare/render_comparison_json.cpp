#include <array>
#include <cmath>

#include <nlohmann/json.hpp>

#include "crossfold/core/strict_json.h"
#include "crossfold/core/text_of_json.h"
#include "crossfold/report/compare.h"

#include "fit_place_json.h"

namespace crossfold {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 1;
constexpr std::array<const char*, 3> kStateNames{"done", "failed", "missing"};

Json number(const std::optional<double>& value) {
  return value ? Json(json_number(*value)) : Json("nan");
}

const char* name_of(Agreement agreement) {
  switch (agreement) {
    case Agreement::identical:
      return "identical";
    case Agreement::within_tolerance:
      return "within-tolerance";
    case Agreement::different:
      return "different";
  }
  return "different";
}

Json fits(const FitComparison& of) {
  Json states = Json::array();
  for (std::size_t a = 0; a < kStateNames.size(); ++a)
    for (std::size_t b = 0; b < kStateNames.size(); ++b)
      states.push_back(
          {{"left", kStateNames[a]}, {"right", kStateNames[b]}, {"fits", of.states[a][b]}});
  Json unlike = Json::array();
  for (const FitPlace& fit : of.unlike_states) unlike.push_back(place_to_json(fit));
  return {{"common", of.common},
          {"only_left", of.only_left},
          {"only_right", of.only_right},
          {"states", std::move(states)},
          {"unlike_states", std::move(unlike)}};
}

Json values(const std::vector<ValueDifference>& list) {
  Json all = Json::array();
  for (const ValueDifference& of : list)
    all.push_back({{"field", of.field},
                   {"fits", of.fits},
                   {"beyond_tolerance", of.beyond},
                   {"largest", number(of.largest)},
                   {"left", of.left},
                   {"right", of.right},
                   {"in", place_to_json(of.place)}});
  return all;
}

Json artefacts(const ArtefactComparison& of) {
  Json value{{"identical", of.identical},
             {"different", of.different},
             {"beyond_tolerance", of.beyond},
             {"lost", of.unread},
             {"kept_by_one", of.unkept},
             {"kept_by_none", of.neither},
             {"largest_probability_difference", number(of.largest_probability)}};
  if (of.place) value["in"] = place_to_json(*of.place);
  return value;
}

Json side(const stats::Summary& of) {
  return {{"mean", number(of.mean)}, {"n", of.n}, {"undefined", of.undefined}};
}

Json score(const ScoreDifference& of) {
  Json value{{"left", side(of.left)},
             {"right", side(of.right)},
             {"difference", number(of.difference)},
             {"pairs", of.pairs},
             {"paired_mean_difference", number(of.paired_mean)},
             {"largest_difference", number(of.largest)}};
  if (of.largest) {
    value["seed"] = of.seed.value;
    value["fold"] = of.fold.value;
  }
  return value;
}

Json row(const RowComparison& of) {
  Json scores = Json::object();
  for (const ScoreDifference& one : of.scores) scores[one.column.name] = score(one);
  return {{"experiment", of.experiment}, {"embedding", of.embedding},
          {"candidate", of.candidate},   {"common_fits", of.common_fits},
          {"other_fits", of.other_fits}, {"other_fits_on_same_split", of.shared_splits},
          {"done_left", of.left.done},   {"done_right", of.right.done},
          {"scores", std::move(scores)}};
}

Json names(const std::vector<RowName>& rows) {
  Json list = Json::array();
  for (const RowName& of : rows)
    list.push_back(
        {{"experiment", of.experiment}, {"embedding", of.embedding}, {"candidate", of.candidate}});
  return list;
}

Json embeddings(const std::vector<EmbeddingComparison>& sets) {
  Json list = Json::array();
  for (const EmbeddingComparison& of : sets) {
    Json set{{"name", of.name}, {"identical", of.identical()}};
    if (of.left) set["left_sha256"] = *of.left;
    if (of.right) set["right_sha256"] = *of.right;
    list.push_back(std::move(set));
  }
  return list;
}

}  // namespace

std::string render_comparison_json(const RunComparison& of) {
  Json document{{"format", "crossfold-comparison"},
                {"format_version", kFormatVersion},
                {"left", of.left},
                {"right", of.right},
                {"tolerance", of.tolerance},
                {"agreement", name_of(of.agreement)},
                {"job", of.job},
                {"samples",
                 {{"identical", of.samples.identical},
                  {"left", of.samples.left},
                  {"right", of.samples.right},
                  {"only_left", of.samples.only_left},
                  {"only_right", of.samples.only_right},
                  {"relabelled", of.samples.relabelled}}},
                {"embeddings", embeddings(of.embeddings)},
                {"fits", fits(of.fits)},
                {"fits_with_other_values", of.unlike_values},
                {"values", values(of.values)},
                {"validation_auc_in_one_run", of.validation_auc_once},
                {"artefacts", artefacts(of.artefacts)},
                {"classes_only_left", of.classes_left},
                {"classes_only_right", of.classes_right},
                {"rows", Json::array()},
                {"rows_only_left", names(of.rows_only_left)},
                {"rows_only_right", names(of.rows_only_right)},
                {"notes", of.notes}};
  for (const RowComparison& one : of.rows) document["rows"].push_back(row(one));
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace crossfold
