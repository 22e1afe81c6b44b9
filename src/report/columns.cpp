#include "columns.h"

#include <string>

#include "crossfold/core/error.h"

namespace crossfold {
namespace {

constexpr const char* kSameOosSet =
    "every fit is scored on the same out-of-sample set, so the correction does not hold";
constexpr const char* kSharedSet =
    "fits share samples of a named set, so the correction does not hold";
constexpr const char* kTurns =
    "what is left out is no random part of the pool, so the correction does not hold";
constexpr const char* kMedian = "its median is reported, not its mean";

struct MeasureNames {
  Measure measure;
  const char* name;
  const char* label;
};
constexpr MeasureNames kAuc{Measure::auc, "auc", "AUC"};
constexpr MeasureNames kAcc{Measure::acc, "acc", "ACC"};
constexpr MeasureNames kAccuracy{Measure::accuracy, "accuracy", "accuracy"};
constexpr MeasureNames kBalanced{Measure::balanced_accuracy, "balanced_accuracy", "BA"};
constexpr MeasureNames kOdds{Measure::diagnostic_odds_ratio, "dor", "DOR"};
constexpr MeasureNames kSensitivity{Measure::sensitivity, "sensitivity", "sensitivity"};
constexpr MeasureNames kSpecificity{Measure::specificity, "specificity", "specificity"};
constexpr MeasureNames kF1{Measure::f1, "f1", "F1"};

/// What stands before a measure's name: "task", "oos", a named set, or nothing in a domain
/// experiment.
std::string prefix_of(const Experiment& experiment, ScoredOn scored_on, std::size_t set) {
  switch (scored_on) {
    case ScoredOn::held_out:
      return experiment.target == Label::class_label ? "task" : "";
    case ScoredOn::oos:
      return "oos";
    case ScoredOn::probe:
      return experiment.probe == Label::domain ? "domain" : "class";
    case ScoredOn::set:
      return experiment.evaluate_sets.at(set);
  }
  return {};
}

std::string no_error_reason(ScoredOn scored_on, Measure measure, SplitScheme scheme) {
  if (scored_on == ScoredOn::oos) return kSameOosSet;
  if (scored_on == ScoredOn::set) return kSharedSet;
  if (scheme == SplitScheme::leave_out) return kTurns;
  return measure == Measure::diagnostic_odds_ratio ? kMedian : "";
}

/// Of the class 1 of two.
std::optional<double> of_positive(const stats::ScoreSet& scores,
                                  std::optional<double> stats::ClassScores::*member) {
  return scores.classes.size() == 2 ? scores.classes[1].*member : std::nullopt;
}

}  // namespace

std::vector<ReportColumn> columns_of(const Experiment& experiment, std::size_t levels,
                                     SplitScheme scheme) {
  std::vector<ReportColumn> columns;
  const auto add = [&](ScoredOn scored_on, const MeasureNames& of, ColumnPlace place,
                       std::size_t set = 0) {
    if (scored_on == ScoredOn::oos && !experiment.evaluate_oos) return;
    if (scored_on == ScoredOn::probe && !experiment.probe) return;
    const std::string prefix = prefix_of(experiment, scored_on, set);
    columns.push_back({.name = prefix.empty() ? of.name : prefix + "_" + of.name,
                       .label = prefix.empty() ? of.label : prefix + " " + of.label,
                       .scored_on = scored_on,
                       .measure = of.measure,
                       .place = place,
                       .no_error_reason = no_error_reason(scored_on, of.measure, scheme),
                       .set = set});
  };

  add(ScoredOn::held_out, kAuc, ColumnPlace::main);
  add(ScoredOn::held_out, kAcc, ColumnPlace::main);
  add(ScoredOn::probe, kAuc, ColumnPlace::main);
  add(ScoredOn::oos, kAuc, ColumnPlace::main);
  add(ScoredOn::oos, kAcc, ColumnPlace::main);
  const std::size_t sets = experiment.evaluate_sets.size();
  for (std::size_t set = 0; set < sets; ++set) {
    add(ScoredOn::set, kAuc, ColumnPlace::main, set);
    add(ScoredOn::set, kAcc, ColumnPlace::main, set);
  }

  const bool two_classes = levels == 2;
  const ColumnPlace place = two_classes ? ColumnPlace::two_class : ColumnPlace::data;
  for (const ScoredOn scored_on : {ScoredOn::held_out, ScoredOn::oos}) {
    add(scored_on, kAccuracy, place);
    if (!two_classes) continue;
    add(scored_on, kBalanced, ColumnPlace::two_class);
    add(scored_on, kOdds, ColumnPlace::two_class);
  }
  for (std::size_t set = 0; set < sets; ++set) {
    add(ScoredOn::set, kAccuracy, place, set);
    if (!two_classes) continue;
    for (const MeasureNames& of : {kBalanced, kOdds})
      add(ScoredOn::set, of, ColumnPlace::two_class, set);
    for (const MeasureNames& of : {kSensitivity, kSpecificity, kF1})
      add(ScoredOn::set, of, ColumnPlace::data, set);
  }
  add(ScoredOn::probe, kAcc, ColumnPlace::data);
  add(ScoredOn::probe, kAccuracy, ColumnPlace::data);
  return columns;
}

const stats::ScoreSet* score_set(const FitResult& result, const ReportColumn& column) {
  switch (column.scored_on) {
    case ScoredOn::held_out:
      return &result.held_out;
    case ScoredOn::oos:
      return result.oos ? &*result.oos : nullptr;
    case ScoredOn::probe:
      return result.probe ? &*result.probe : nullptr;
    case ScoredOn::set:
      return column.set < result.sets.size() ? &result.sets[column.set] : nullptr;
  }
  return nullptr;
}

std::optional<double> measure_of(const stats::ScoreSet& scores, Measure measure) {
  switch (measure) {
    case Measure::auc:
      return scores.auc;
    case Measure::acc:
      return scores.acc;
    case Measure::accuracy:
      return scores.accuracy;
    case Measure::balanced_accuracy:
      return scores.balanced_accuracy;
    case Measure::diagnostic_odds_ratio:
      return scores.diagnostic_odds_ratio;
    case Measure::sensitivity:
      return of_positive(scores, &stats::ClassScores::sensitivity);
    case Measure::specificity:
      return of_positive(scores, &stats::ClassScores::specificity);
    case Measure::f1:
      return of_positive(scores, &stats::ClassScores::f1);
  }
  return std::nullopt;
}

std::optional<double> value_of(const FitResult& result, const ReportColumn& column) {
  const stats::ScoreSet* scores = score_set(result, column);
  return scores ? measure_of(*scores, column.measure) : std::nullopt;
}

std::size_t undefined_classes(const FitResult& result, const ReportColumn& column) {
  const stats::ScoreSet* scores = score_set(result, column);
  if (!scores || !measure_of(*scores, column.measure)) return 0;
  if (column.measure == Measure::auc) return scores->undefined_aucs;
  if (column.measure == Measure::acc) return scores->undefined_recalls;
  return 0;
}

std::optional<double> class_score(const stats::ClassScores& scores, std::size_t index) {
  const std::array<std::optional<double>, kClassScores.size()> values = {
      scores.auc, scores.sensitivity, scores.specificity, scores.precision, scores.f1};
  CF_EXPECT(index < values.size());
  return values[index];
}

}  // namespace crossfold
