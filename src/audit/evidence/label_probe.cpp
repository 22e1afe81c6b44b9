#include "label_probe.h"

#include <algorithm>
#include <set>

#include "crossfold/solve/logistic_regression.h"
#include "crossfold/stats/ranked_pairs.h"
#include "crossfold/stats/summary.h"

namespace crossfold::audit {
namespace {

/// Of the penalty, inverse. Columns are scaled, and often as many as rows: C = 1 would fit noise.
constexpr double kStrength = 0.01;

/// Rows with the label, as rows of the store and of the features.
struct LabelledRows {
  std::vector<std::uint32_t> rows;
  std::vector<std::uint32_t> of_features;
  std::vector<std::int32_t> labels;
};

LabelledRows labelled(const ProbeInput& input, const std::vector<std::uint32_t>& rows,
                      std::size_t most) {
  std::vector<std::uint32_t> known;
  for (const std::uint32_t row : rows)
    if (input.label->codes[row] >= 0) known.push_back(row);
  const std::size_t step = std::max<std::size_t>(1, (known.size() + most - 1) / most);
  LabelledRows result;
  for (std::size_t i = 0; i < known.size(); i += step) {
    result.rows.push_back(known[i]);
    result.of_features.push_back(input.index == nullptr ? known[i] : (*input.index)[known[i]]);
    result.labels.push_back(input.label->codes[known[i]]);
  }
  return result;
}

/// Mean over the levels of the AUC inside strata.
std::optional<double> mean_auc(const std::vector<double>& probabilities, const LabelledRows& scored,
                               std::size_t levels, const std::vector<std::uint32_t>& strata,
                               std::size_t n_strata) {
  const std::vector<double> weights(scored.rows.size(), 1);
  std::vector<std::optional<double>> aucs;
  for (std::size_t level = 0; level < levels; ++level) {
    std::vector<double> scores;
    std::vector<std::uint8_t> positive;
    for (std::size_t i = 0; i < scored.rows.size(); ++i) {
      scores.push_back(probabilities[i * levels + level]);
      positive.push_back(scored.labels[i] == static_cast<std::int32_t>(level) ? 1 : 0);
    }
    aucs.push_back(stats::RankedPairs(scores, positive, strata, n_strata).auc(weights));
  }
  return stats::summarize(aucs).mean;
}

}  // namespace

std::optional<ProbeScores> probe_label(const ProbeInput& input, const ProbeRows& rows) {
  const std::size_t levels = input.label->levels.size();
  const LabelledRows train = labelled(input, rows.train, input.most_rows);
  const LabelledRows test = labelled(input, rows.test, rows.test.size() + 1);
  if (std::set(train.labels.begin(), train.labels.end()).size() < 2 || test.rows.empty())
    return std::nullopt;
  FeatureRows features = *input.features;
  features.rows = train.of_features;
  const ColumnScaling scaling = column_scaling(features);
  features.scaling = &scaling;
  const LogisticFit fit = fit_logistic(features, train.labels, levels, {.c = kStrength});
  features.rows = test.of_features;
  const std::vector<double> found = probabilities(fit.model, features);
  std::vector<std::uint32_t> classes;
  for (const std::uint32_t row : test.rows)
    classes.push_back(static_cast<std::uint32_t>(input.class_label->codes[row] + 1));  // 0: unknown
  const std::vector<std::uint32_t> one_stratum(test.rows.size(), 0);
  return ProbeScores{
      .all = mean_auc(found, test, levels, one_stratum, 1),
      .within_class = mean_auc(found, test, levels, classes, input.class_label->levels.size() + 1)};
}

ProbeScores mean_of(const std::vector<ProbeScores>& scores) {
  std::vector<std::optional<double>> all, within;
  for (const ProbeScores& one : scores) {
    all.push_back(one.all);
    within.push_back(one.within_class);
  }
  return {.all = stats::summarize(all).mean, .within_class = stats::summarize(within).mean};
}

}  // namespace crossfold::audit
