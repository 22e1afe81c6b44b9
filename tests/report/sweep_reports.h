#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "crossfold/report/report.h"

namespace crossfold::testing {

/// Numbers that are all different and have no rounding.
inline double stepped(double base, int step) { return base + step / 1024.0; }

inline stats::Summary summary(double mean) {
  return {.n = 4, .undefined = 0, .mean = mean, .sd = 0.0625, .median = mean};
}

inline SweepChoice choice(std::optional<SelectionRule> rule, const std::string& candidate,
                          double base, std::size_t fits) {
  SweepChoice made;
  made.rule = rule;
  made.candidate = candidate;
  made.criterion = stepped(base, 0);
  made.in_pool = summary(stepped(base, 1));
  made.honest.kind = sweep::HonestScore::held_out_fold;
  made.honest.mean = stepped(base, 2);
  made.honest.interval = {.low = stepped(base, 3), .high = stepped(base, 4)};
  made.fits = fits;
  made.source_out_auc = summary(stepped(base, 5));
  made.oos_auc = summary(stepped(base, 6));
  made.oos_acc = summary(stepped(base, 7));
  made.domain_auc = summary(stepped(base, 8));
  return made;
}

inline SweptCandidate drawn(const std::string& name, std::vector<Parameter> parameters,
                            double base) {
  SweptCandidate made;
  made.name = name;
  made.parameters = std::move(parameters);
  made.splits = 4;
  made.task_auc = stepped(base, 1);
  made.task_acc = stepped(base, 2);
  made.validation_auc = stepped(base, 3);
  made.oos_auc = stepped(base, 4);
  made.oos_acc = stepped(base, 5);
  made.domain_auc = stepped(base, 6);
  return made;
}

inline StageRecord stage(std::uint32_t splits, std::uint32_t living, std::uint64_t fits,
                         const std::string& leader, std::uint64_t fits_of_all) {
  StageRecord made;
  made.splits = splits;
  made.living = living;
  made.fits = fits;
  made.leader = leader;
  made.fits_of_all = fits_of_all;
  return made;
}

/// On one embedding set a race that goes on, chosen from by five rules and nested.
inline SweepReport first_sweep() {
  SweepReport sweep;
  sweep.embedding = "z/raw";
  sweep.candidates = 4;
  sweep.choices = {choice(SelectionRule::held_out, "d1", 0.125, 12),
                   choice(SelectionRule::validation, "", 0.25, 13),
                   choice(SelectionRule::source_out, "d2", 0.375, 20),
                   choice(SelectionRule::oracle, "d3", 0.5, 14),
                   choice(std::nullopt, "baseline", 0.625, 5)};
  sweep.choices[1].per_split = {{"d2", 3}, {"d1", 1}};
  sweep.choices[2].honest.kind = sweep::HonestScore::over_sources;
  sweep.choices[3].peeks = true;
  sweep.choices[3].honest = {};
  sweep.nested = NestedReport{.folds = 3, .choice = choice(std::nullopt, "", 0.75, 36)};
  sweep.nested->choice.per_split = {{"d3", 2}, {"d2", 1}, {"d1", 1}};
  sweep.race = RaceReport{};
  sweep.race->by = "task_auc";
  sweep.race->risk = 0.0625;
  sweep.race->all_splits = 10;
  sweep.race->candidates = 4;
  sweep.race->stages = {stage(2, 4, 8, "", 120), stage(5, 3, 17, "d1", 120),
                        stage(9, 2, 27, "d2", 120)};
  sweep.race->stages[1].given_up = {{.candidate = "d4", .reason = "worse", .n = 2, .mean = 0.5}};
  sweep.race->stages[2].given_up = {{.candidate = "d3", .reason = "futile", .n = 5, .mean = 0.625}};
  sweep.race->fits_trained = 30;
  sweep.swept = {drawn("d1", {{"lambda.from", 1.0}}, 0.125),
                 drawn("d2", {{"lambda.from", 3.0}, {"kind", "a,b"}}, 0.25),
                 drawn("d3", {{"lambda.from", 0.5}}, 0.375), drawn("d4", {{"kind", "c"}}, 0.5)};
  sweep.swept[0].on_front = sweep.swept[1].on_front = true;
  sweep.swept[0].front_share = 0.5;
  sweep.swept[1].front_share = 0.8125;
  sweep.swept[2].state = sweep.swept[3].state = sweep::CandidateState::given_up;
  sweep.swept[2].source_out_auc = 0.75;
  sweep.swept[3].splits = 2;
  sweep.importance = {
      {.key = "lambda.from", .candidates = 4, .top = 2, .variance = 0.25, .share = 0.25},
      {.key = "kind", .candidates = 3, .top = 1, .variance = 0.5, .share = 0.75},
      {.key = "width", .candidates = 1, .top = 0, .variance = {}, .share = {}}};
  sweep.importance_splits = 2;
  return sweep;
}

/// On another one a race that is over, whose candidates have names of the first.
inline SweepReport second_sweep() {
  SweepReport sweep;
  sweep.embedding = "z/eq";
  sweep.candidates = 2;
  sweep.choices = {SweepChoice{}, choice(SelectionRule::constrained, "d1", 0.875, 7),
                   choice(std::nullopt, "baseline", 0.0625, 6)};
  sweep.choices[0].rule = SelectionRule::held_out;
  sweep.choices[0].no_choice = "no candidate is complete";
  sweep.choices[1].honest = {};
  sweep.choices[1].honest.kind = sweep::HonestScore::bias_corrected;
  sweep.choices[1].honest.why_not = "predictions were not read";
  sweep.race = RaceReport{};
  sweep.race->by = "task_acc";
  sweep.race->all_splits = 12;
  sweep.race->candidates = 2;
  sweep.race->stages = {stage(3, 2, 6, "", 80), stage(12, 1, 60, "d1", 80)};
  sweep.race->stages[1].over = true;
  sweep.race->stages[1].given_up = {{.candidate = "d5", .reason = "worse", .n = 3, .mean = {}}};
  sweep.race->over = true;
  sweep.race->fits_trained = 60;
  sweep.swept = {drawn("d1", {{"width", 64.0}}, 0.625), drawn("d5", {{"width", 32.0}}, 0.75)};
  sweep.swept[0].domain_auc.reset();
  sweep.swept[1].state = sweep::CandidateState::incomplete;
  sweep.swept[1].on_front = true;
  sweep.swept[1].front_share = 1;
  sweep.importance = {{.key = "width", .candidates = 2, .top = 2, .variance = 0.125, .share = 1.0}};
  sweep.importance_splits = 3;
  return sweep;
}

inline ReportTable table_of(const std::string& experiment, std::vector<SweepReport> sweeps) {
  ReportTable table;
  table.experiment = experiment;
  for (const auto& [name, label, scored_on] :
       {std::tuple("task_auc", "task AUC", ScoredOn::held_out),
        std::tuple("domain_auc", "domain AUC", ScoredOn::probe)})
    table.columns.push_back({.name = name,
                             .label = label,
                             .scored_on = scored_on,
                             .measure = Measure::auc,
                             .place = ColumnPlace::main,
                             .no_error_reason = {},
                             .set = 0});
  table.sweeps = std::move(sweeps);
  return table;
}

/// Two of some more generations of a search, the same on all embedding sets.
inline SearchReport search() {
  SearchReport made;
  made.by = "task_acc";
  made.candidates = 8;
  made.of = 10;
  made.generations = {stage(0, 4, 24, "", 0), stage(0, 4, 48, "g2", 0)};
  made.generations[0].generation =
      StageRecord::Generation{.drawn = {"g1", "g2", "g3"}, .candidates = 3, .of = 10};
  made.generations[1].generation =
      StageRecord::Generation{.drawn = {"g4", "g5", "g6", "g7", "g8"}, .candidates = 8, .of = 10};
  return made;
}

}  // namespace crossfold::testing
