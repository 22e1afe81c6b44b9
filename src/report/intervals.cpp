#include "intervals.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/random_stream.h"
#include "crossfold/job/names.h"
#include "crossfold/stats/bagged_scores.h"
#include "crossfold/stats/bootstrap_bags.h"

#include "sample_counts.h"

namespace crossfold {
namespace {

using FitPredictions = std::vector<const Predictions*>;  ///< of the fits of a row on one set

/// Whether there is something to draw from, and it is the same for all.
bool is_one_set(const FitPredictions& fits) {
  return !fits.empty() && !fits.front()->rows.empty() &&
         std::all_of(fits.begin(), fits.end(),
                     [&](const Predictions* fit) { return fit->rows == fits.front()->rows; });
}

class Bootstrap {
 public:
  Bootstrap(const RunRecords& records, std::uint32_t experiment, std::size_t bags)
      : samples_(records.plan.basis.samples[experiment]),
        target_(samples_.column(records.job.experiments[experiment].target)),
        root_seed_(records.job.seed),
        bags_(bags) {}

  [[nodiscard]] IntervalRow row_of(const FitPredictions& fits) {
    const std::vector<std::uint32_t>& rows = fits.front()->rows;
    IntervalRow row;
    row.scored = count_rows(rows, samples_.group);
    row.fits = fits.size();
    stats::BaggedSamples samples = samples_of(rows);
    samples.folds.assign(fits.size(), std::vector<std::uint32_t>(rows.size(), 0));
    std::vector<std::vector<double>> probabilities;
    for (const Predictions* fit : fits) {
      CF_VALIDATE(fit->classes == samples.classes, ErrorCode::bad_input,
                  "a fit kept predictions of another number of classes than the plan has");
      probabilities.push_back(fit->probabilities);
    }
    const stats::BootstrapBags& bags = bags_of(row.scored.patients);
    row.auc = score(samples, bags, stats::BagMetric::auc, probabilities);
    row.acc = score(samples, bags, stats::BagMetric::acc, probabilities);
    return row;
  }

 private:
  [[nodiscard]] stats::BaggedSamples samples_of(const std::vector<std::uint32_t>& rows) const {
    stats::BaggedSamples samples;
    samples.classes = target_.levels.size();
    std::map<std::uint32_t, std::uint32_t> groups;
    for (const std::uint32_t row : rows) {
      samples.labels.push_back(target_.codes.at(row));
      const auto next = static_cast<std::uint32_t>(groups.size());
      samples.groups.push_back(groups.emplace(samples_.group.at(row), next).first->second);
    }
    return samples;
  }

  /// The same draws for all sets of so many patients: candidates differ by their models alone.
  const stats::BootstrapBags& bags_of(std::size_t patients) {
    const auto known = drawn_.find(patients);
    if (known != drawn_.end()) return known->second;
    RandomStream stream({.root_seed = root_seed_}, "intervals over patients");
    return drawn_.emplace(patients, stats::BootstrapBags(patients, bags_, stream)).first->second;
  }

  static BootstrappedScore score(const stats::BaggedSamples& samples,
                                 const stats::BootstrapBags& bags, stats::BagMetric metric,
                                 const std::vector<std::vector<double>>& probabilities) {
    std::vector<std::optional<double>> values;
    for (const std::vector<double>& fit : probabilities) {
      const stats::ScoreSet scores =
          stats::score_probabilities(fit, samples.labels, samples.classes);
      values.push_back(metric == stats::BagMetric::auc ? scores.auc : scores.acc);
    }
    const stats::BagScores bagged =
        stats::BaggedScorer(samples, bags, metric).score_in_bag(probabilities);
    return {.mean = stats::summarize(values).mean,
            .interval = stats::percentile_interval(bagged.in_bag)};
  }

  const ExperimentSamples& samples_;
  const CodedColumn& target_;
  std::uint64_t root_seed_;
  std::size_t bags_;
  std::map<std::size_t, stats::BootstrapBags> drawn_;
};

/// What the done fits of a row kept; nothing where it is lost.
std::vector<std::optional<Artefacts>> kept_by(const RowFits& fits, const ReadArtefacts& read) {
  std::vector<std::optional<Artefacts>> kept;
  for (const RecordedFit& fit : fits) kept.push_back(fit.done() ? read(fit.fit->id) : std::nullopt);
  return kept;
}

}  // namespace

std::vector<IntervalRow> bootstrap_intervals(const RunRecords& records, std::uint32_t experiment,
                                             const std::vector<RowFits>& rows, std::size_t bags,
                                             const ReadArtefacts& read) {
  const Experiment& setup = records.job.experiments[experiment];
  Bootstrap bootstrap(records, experiment, bags);
  std::vector<IntervalRow> intervals;
  for (const RowFits& fits : rows) {
    const std::vector<std::optional<Artefacts>> kept = kept_by(fits, read);
    const auto add = [&](const std::string& set,
                         const std::function<const Predictions*(std::size_t)>& of) {
      FitPredictions predictions;
      for (std::size_t i = 0; i < fits.size(); ++i)
        if (const Predictions* one = kept[i] ? of(i) : nullptr) predictions.push_back(one);
      if (!is_one_set(predictions)) return;
      IntervalRow row = bootstrap.row_of(predictions);
      row.embedding = records.job.embeddings[fits.front().fit->embedding];
      row.candidate = setup.candidates[fits.front().fit->candidate].name;
      row.set = set;
      intervals.push_back(std::move(row));
    };
    if (records.job.splits.scheme == SplitScheme::leave_out) {
      std::map<FoldIndex, std::string> turns;
      for (const RecordedFit& fit : fits)
        turns.emplace(fit.fit->fold, left_out_in(records.plan.basis, *fit.fit));
      for (const auto& [turn, left_out] : turns)
        add(left_out, [&, turn = turn](std::size_t i) {
          return fits[i].fit->fold == turn && kept[i]->held_out ? &*kept[i]->held_out : nullptr;
        });
    }
    if (setup.evaluate_oos)
      add(name_of(Role::oos),
          [&](std::size_t i) { return kept[i]->oos ? &*kept[i]->oos : nullptr; });
    for (std::size_t set = 0; set < setup.evaluate_sets.size(); ++set)
      add(setup.evaluate_sets[set], [&, set](std::size_t i) {
        return set < kept[i]->sets.size() ? &kept[i]->sets[set] : nullptr;
      });
  }
  return intervals;
}

}  // namespace crossfold
