#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "crossfold/audit/run_evidence.h"
#include "crossfold/results/run_editor.h"

#include "case_maker.h"

namespace crossfold::audit {

/// Splits of a scored run: three folds of two seeds.
inline constexpr std::size_t kSplitsOfScoredRun = 6;

/// A run of linear candidates "a", "b", ... with one experiment, "task", and one embedding set,
/// "made/z", that keeps no predictions. `score` sets what a candidate's fit of a split has.
inline std::filesystem::path scored_run(
    CaseMaker& maker, std::size_t candidates,
    const std::function<void(FitResult&, std::size_t candidate, std::size_t split)>& score,
    const nlohmann::json& splits = {{"folds", 3}, {"seeds", 2}}) {
  MadeStudy study = maker.clean_study();
  nlohmann::json all = nlohmann::json::array();
  for (std::size_t c = 0; c < candidates; ++c)
    all.push_back({{"kind", "linear"},
                   {"name", std::string(1, static_cast<char>('a' + c))},
                   {"c", 1.0 + static_cast<double>(c)}});
  study.job["experiments"] = {
      {{"name", "task"}, {"evaluate", {"in", "oos"}}, {"candidates", std::move(all)}}};
  study.job["splits"] = splits;
  study.job["output"] = {{"predictions", false}};
  study.job.erase("training");
  const std::filesystem::path run = maker.train(study);
  std::map<FitId, std::pair<std::size_t, std::size_t>> places;
  {
    const RunEvidence evidence({.run = run});
    std::map<std::size_t, std::size_t> splits_of;  // each candidate, so far
    for (const Fit& fit : evidence.records().plan.fits)
      places[fit.id] = {fit.candidate, splits_of[fit.candidate]++};
  }
  RunEditor editor(run);
  for (EditedFit& fit : editor.fits()) {
    const auto& [candidate, split] = places.at(fit.result.id);
    score(fit.result, candidate, split);
  }
  editor.save();
  return run;
}

}  // namespace crossfold::audit
