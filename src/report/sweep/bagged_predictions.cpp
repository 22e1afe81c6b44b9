#include "bagged_predictions.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "crossfold/core/error.h"
#include "crossfold/core/random_stream.h"
#include "crossfold/stats/bootstrap_bags.h"
#include "crossfold/sweep/bagged_selection.h"

namespace crossfold {
namespace {

constexpr std::size_t kBags = 1000;

/// The samples scored, numbered from 0 in the order of their rows.
struct Pool {
  std::unordered_map<std::uint32_t, std::size_t> place;  ///< by row of the store
  stats::BaggedSamples samples;
  std::size_t groups = 0;
};

/// The pool; of left-out sources what is scored of them.
std::vector<std::uint32_t> scored_rows(const RunRecords& records, const SweptFits& swept,
                                       FitsOf of) {
  if (of == &CandidateFits::fits) return records.plan.basis.samples[swept.experiment_index].pool;
  std::set<std::uint32_t> rows;
  for (const RecordedFit& fit : swept.drawn.front().*of) {
    const Split split = split_of(records.job, records.plan, *fit.fit);
    rows.insert(split.test.begin(), split.test.end());
  }
  return {rows.begin(), rows.end()};
}

Pool pool_of(const RunRecords& records, const SweptFits& swept, FitsOf of) {
  const ExperimentSamples& samples = records.plan.basis.samples[swept.experiment_index];
  const CodedColumn& target = samples.column(swept.experiment->target);
  Pool pool;
  pool.samples.classes = target.levels.size();
  std::map<std::uint32_t, std::uint32_t> groups;
  const std::vector<std::uint32_t> rows = scored_rows(records, swept, of);
  for (const std::uint32_t row : rows) {
    pool.place.emplace(row, pool.place.size());
    pool.samples.labels.push_back(target.codes[row]);
    const auto group =
        groups.emplace(samples.group[row], static_cast<std::uint32_t>(groups.size()));
    pool.samples.groups.push_back(group.first->second);
  }
  pool.groups = groups.size();
  pool.samples.folds.assign(static_cast<std::size_t>(records.job.splits.seeds),
                            std::vector<std::uint32_t>(rows.size(), 0));
  std::map<FoldIndex, std::uint32_t> numbers;  // of folds or sources: without gaps
  for (const RecordedFit& fit : swept.drawn.front().*of) {
    const auto next = static_cast<std::uint32_t>(numbers.size());
    const std::uint32_t number = numbers.emplace(fit.fit->fold, next).first->second;
    for (const std::uint32_t row : split_of(records.job, records.plan, *fit.fit).test)
      pool.samples.folds[fit.fit->seed.value][pool.place.at(row)] = number;
  }
  return pool;
}

/// Probabilities of one candidate for each seed; nothing where some were not kept.
std::optional<std::vector<std::vector<double>>> predictions_of(const RowFits& fits,
                                                               const Pool& pool,
                                                               const ReadArtefacts& read) {
  const std::size_t classes = pool.samples.classes;
  std::vector<std::vector<double>> seeds(pool.samples.folds.size());
  for (std::vector<double>& seed : seeds) seed.resize(pool.place.size() * classes);
  for (const RecordedFit& fit : fits) {
    const std::optional<Artefacts> artefacts = read(fit.fit->id);
    if (!artefacts || !artefacts->held_out) return std::nullopt;
    const Predictions& held_out = *artefacts->held_out;
    CF_VALIDATE(held_out.classes == classes, ErrorCode::bad_input,
                "fit " + fit.fit->id.hex() +
                    " kept predictions of another number of classes than the plan has");
    for (std::size_t i = 0; i < held_out.rows.size(); ++i) {
      const auto place = pool.place.find(held_out.rows[i]);
      CF_VALIDATE(place != pool.place.end(), ErrorCode::bad_input,
                  "fit " + fit.fit->id.hex() + " kept predictions of samples outside of its pool");
      std::copy_n(held_out.probabilities.begin() + static_cast<std::ptrdiff_t>(i * classes),
                  classes,
                  seeds[fit.fit->seed.value].begin() +
                      static_cast<std::ptrdiff_t>(place->second * classes));
    }
  }
  return seeds;
}

/// [candidates][bags]: where one of the rules chooses the candidate; empty where none ever does.
std::vector<std::vector<bool>> chosen_bags(std::span<const SelectionRule> rules,
                                           const sweep::SelectionTables& tables,
                                           std::span<const stats::BagScores> scores) {
  std::vector<std::vector<bool>> chosen(scores.size());
  for (const SelectionRule rule : rules) {
    const auto choices = sweep::choices_in_bags(rule, tables, scores);
    for (std::size_t bag = 0; bag < choices.size(); ++bag) {
      if (!choices[bag]) continue;
      std::vector<bool>& bags = chosen[*choices[bag]];
      bags.resize(choices.size());
      bags[bag] = true;
    }
  }
  return chosen;
}

}  // namespace

BaggedCandidates bag_predictions(const RunRecords& records, const SweptFits& swept,
                                 const sweep::SelectionTables& tables, FitsOf of,
                                 std::span<const SelectionRule> rules, const ReadArtefacts& read) {
  BaggedCandidates bagged;
  if (!records.job.output.predictions)
    bagged.why_not = "the run keeps no predictions (\"output\": {\"predictions\": false})";
  else if (!read)
    bagged.why_not = "predictions were not read";
  if (!bagged.why_not.empty()) return bagged;
  Pool pool = pool_of(records, swept, of);
  pool.samples.test_share = tables.test_share;
  RandomStream stream({.root_seed = records.job.seed}, "bootstrap of patients");
  const stats::BootstrapBags bags(pool.groups, kBags, stream);
  const stats::BaggedScorer scorer(pool.samples, bags, stats::BagMetric::auc);
  bagged.scores.resize(swept.drawn.size());
  // Whether all predictions of the candidate are there.
  const auto with_predictions_of = [&](std::size_t i, const auto& score) {
    const auto probabilities = predictions_of(swept.drawn[i].*of, pool, read);
    if (probabilities) {
      score(*probabilities);
      return true;
    }
    bagged.scores.clear();
    bagged.why_not = "predictions of '" + swept.drawn[i].candidate->name +
                     "' are lost (`crossfold run --retrain-missing` makes them again)";
    return false;
  };
  for (std::size_t i = 0; i < swept.drawn.size(); ++i) {
    if (tables.states[i] != sweep::CandidateState::complete) continue;
    if (!with_predictions_of(
            i, [&](const auto& given) { bagged.scores[i] = scorer.score_in_bag(given); }))
      return bagged;
  }
  const std::vector<std::vector<bool>> chosen = chosen_bags(rules, tables, bagged.scores);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (chosen[i].empty()) continue;
    if (!with_predictions_of(i, [&](const auto& given) {
          bagged.scores[i].out_of_bag = scorer.score_out_of_bag(given, chosen[i]);
        }))
      return bagged;
  }
  return bagged;
}

}  // namespace crossfold
