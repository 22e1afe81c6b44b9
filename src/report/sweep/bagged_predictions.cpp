#include "bagged_predictions.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>

#include "crossfold/core/error.h"
#include "crossfold/core/random_stream.h"
#include "crossfold/stats/bootstrap_bags.h"

namespace crossfold {
namespace {

constexpr std::size_t kBags = 1000;

/// The pool, numbered from 0 in the order of its rows.
struct Pool {
  std::unordered_map<std::uint32_t, std::size_t> place;  ///< by row of the store
  stats::BaggedSamples samples;
  std::size_t groups = 0;
};

Pool pool_of(const RunRecords& records, const SweptFits& swept) {
  const ExperimentSamples& samples = records.plan.basis.samples[swept.experiment_index];
  const CodedColumn& target = samples.column(swept.experiment->target);
  Pool pool;
  pool.samples.classes = target.levels.size();
  std::map<std::uint32_t, std::uint32_t> groups;
  for (const std::uint32_t row : samples.pool) {
    pool.place.emplace(row, pool.place.size());
    pool.samples.labels.push_back(target.codes[row]);
    const auto group =
        groups.emplace(samples.group[row], static_cast<std::uint32_t>(groups.size()));
    pool.samples.groups.push_back(group.first->second);
  }
  pool.groups = groups.size();
  pool.samples.folds.assign(static_cast<std::size_t>(records.job.splits.seeds),
                            std::vector<std::uint32_t>(samples.pool.size(), 0));
  for (const RecordedFit& fit : swept.drawn.front().fits)
    for (const std::uint32_t row : split_of(records.job, records.plan, *fit.fit).test)
      pool.samples.folds[fit.fit->seed.value][pool.place.at(row)] = fit.fit->fold.value;
  return pool;
}

/// Probabilities of one candidate for each seed; nothing where some were not kept.
std::optional<std::vector<std::vector<double>>> predictions_of(const CandidateFits& candidate,
                                                               const Pool& pool,
                                                               const ReadArtefacts& read) {
  const std::size_t classes = pool.samples.classes;
  std::vector<std::vector<double>> seeds(pool.samples.folds.size());
  for (std::vector<double>& seed : seeds) seed.resize(pool.place.size() * classes);
  for (const RecordedFit& fit : candidate.fits) {
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

}  // namespace

BaggedCandidates bag_predictions(const RunRecords& records, const SweptFits& swept,
                                 double test_share, const ReadArtefacts& read) {
  BaggedCandidates bagged;
  if (!records.job.output.predictions)
    bagged.why_not = "the run keeps no predictions (\"output\": {\"predictions\": false})";
  else if (!read)
    bagged.why_not = "predictions were not read";
  if (!bagged.why_not.empty()) return bagged;
  Pool pool = pool_of(records, swept);
  pool.samples.test_share = test_share;
  RandomStream stream({.root_seed = records.job.seed}, "bootstrap of patients");
  const stats::BootstrapBags bags(pool.groups, kBags, stream);
  const stats::BaggedScorer scorer(pool.samples, bags, stats::BagMetric::auc);
  bagged.scores.resize(swept.drawn.size());
  for (std::size_t i = 0; i < swept.drawn.size(); ++i) {
    if (swept.states[i] != sweep::CandidateState::complete) continue;
    const auto probabilities = predictions_of(swept.drawn[i], pool, read);
    if (!probabilities) {
      bagged.scores.clear();
      bagged.why_not = "predictions of '" + swept.drawn[i].candidate->name +
                       "' are lost (`crossfold run --retrain-missing` makes them again)";
      return bagged;
    }
    bagged.scores[i] = scorer.score(*probabilities);
  }
  return bagged;
}

}  // namespace crossfold
