#include "score_probes.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "crossfold/solve/logistic_regression.h"
#include "crossfold/solve/ridge_regression.h"
#include "crossfold/stats/number_scores.h"
#include "crossfold/stats/scores.h"

#include "score_fit.h"

namespace crossfold::train {
namespace {

/// Samples by their rows in the store, and their features.
struct Side {
  std::vector<std::uint32_t> rows;
  FeatureRows features;
};

struct Sides {
  Side fitted;
  Side held_out;
};

/// Some samples of a side, which it must outlive.
struct Chosen {
  std::vector<std::uint32_t> rows;
  std::vector<std::uint32_t> places;  ///< of the rows in the features' matrix
  const Side* side = nullptr;

  [[nodiscard]] FeatureRows features() const {
    FeatureRows features = side->features;
    features.rows = places;
    return features;
  }
};

template <class Keep>
Chosen choose(const Side& side, const Keep& keep) {
  Chosen chosen{.rows = {}, .places = {}, .side = &side};
  for (std::uint32_t i = 0; i < side.rows.size(); ++i) {
    if (!keep(side.rows[i])) continue;
    chosen.rows.push_back(side.rows[i]);
    chosen.places.push_back(side.features.rows ? (*side.features.rows)[i] : i);
  }
  return chosen;
}

stats::ScoreSet undefined_scores(std::size_t levels) {
  return stats::score_probabilities({}, {}, levels);
}

bool has_two_levels(std::span<const std::int32_t> codes) {
  return std::any_of(codes.begin(), codes.end(), [&](std::int32_t c) { return c != codes[0]; });
}

/// Codes of the chosen samples, one list for each side.
struct Codes {
  std::vector<std::int32_t> fitted;
  std::vector<std::int32_t> held_out;
};

stats::ScoreSet score_codes(const Chosen& fitted, const Chosen& held_out, const Codes& codes,
                            std::size_t levels, InstructionSet set, SolverFacts& facts) {
  if (codes.held_out.empty() || !has_two_levels(codes.fitted)) return undefined_scores(levels);
  const LogisticFit fit =
      fit_logistic(fitted.features(), codes.fitted, levels, {.instruction_set = set});
  record_solve(fit, facts);
  return stats::score_probabilities(probabilities(fit.model, held_out.features(), set),
                                    codes.held_out, levels);
}

std::vector<double> numbers_of(const std::vector<double>& values,
                               std::span<const std::uint32_t> rows) {
  std::vector<double> numbers;
  numbers.reserve(rows.size());
  for (const std::uint32_t row : rows) numbers.push_back(values[row]);
  return numbers;
}

std::vector<std::int32_t> thirds_of(std::span<const double> numbers,
                                    const stats::Terciles& terciles) {
  std::vector<std::int32_t> thirds;
  thirds.reserve(numbers.size());
  for (const double number : numbers) thirds.push_back(terciles.third_of(number));
  return thirds;
}

void score_numbers(const std::vector<double>& values, const Chosen& fitted, const Chosen& held_out,
                   InstructionSet set, ProbeResult& result, SolverFacts& facts) {
  constexpr std::size_t kThirds = 3;
  const std::vector<double> known = numbers_of(values, fitted.rows);
  const std::vector<double> actual = numbers_of(values, held_out.rows);
  if (known.empty() || actual.empty()) {
    result.scores = undefined_scores(kThirds);
    return;
  }
  const stats::Terciles cut = stats::terciles(known);
  result.scores = score_codes(fitted, held_out,
                              {.fitted = thirds_of(known, cut), .held_out = thirds_of(actual, cut)},
                              kThirds, set, facts);
  const RidgeModel ridge = fit_ridge(fitted.features(), known);
  result.r2 = stats::r_squared(predictions(ridge, held_out.features()), actual);
}

/// The values of a probe: of a label, an attribute of names or one of numbers.
class ProbedValues {
 public:
  ProbedValues(const FurtherProbe& probe, const ExperimentSamples& samples)
      : numbers_(probe.is_number() ? &std::get<std::vector<double>>(probe.attribute->values)
                                   : nullptr),
        names_(numbers_ != nullptr          ? nullptr
               : probe.attribute != nullptr ? &std::get<CodedColumn>(probe.attribute->values)
                                            : &samples.column(Label::domain)) {}

  [[nodiscard]] bool has(std::uint32_t row) const {
    return numbers_ != nullptr ? !std::isnan((*numbers_)[row]) : names_->codes[row] >= 0;
  }
  [[nodiscard]] const std::vector<double>* numbers() const { return numbers_; }
  [[nodiscard]] const CodedColumn& names() const { return *names_; }

 private:
  const std::vector<double>* numbers_;
  const CodedColumn* names_;
};

ProbeResult score_further(const FitTask& task, const FurtherProbe& probe, const Sides& sides,
                          InstructionSet set, SolverFacts& facts) {
  const ExperimentSamples& samples = *task.samples;
  const ProbedValues values(probe, samples);
  const auto is_within = [&](std::uint32_t row) {
    return !probe.within || samples.class_label.codes[row] == *probe.within;
  };
  const auto keep = [&](std::uint32_t row) { return is_within(row) && values.has(row); };
  const Chosen fitted = choose(sides.fitted, keep);
  const Chosen held_out = choose(sides.held_out, keep);

  ProbeResult result{.of = probe.of};
  if (probe.within)
    result.within = samples.class_label.levels[static_cast<std::size_t>(*probe.within)];
  for (const std::uint32_t row : sides.held_out.rows)
    if (is_within(row) && !values.has(row)) ++result.missing;
  if (values.numbers() != nullptr)
    score_numbers(*values.numbers(), fitted, held_out, set, result, facts);
  else
    result.scores = score_codes(fitted, held_out,
                                {.fitted = labels_of(values.names(), fitted.rows),
                                 .held_out = labels_of(values.names(), held_out.rows)},
                                values.names().levels.size(), set, facts);
  return result;
}

}  // namespace

void score_probes(const FitTask& task, const ProbedFeatures& features, InstructionSet set,
                  FitResult& result) {
  if (task.experiment->probe) {
    const std::vector<std::uint32_t> other_folds = all_other_folds(*task.split);
    score_probe(task, fit_probe(task, other_folds, features.other_folds, set), features.held_out,
                set, result);
  }
  score_further_probes(task, features, set, result);
}

void score_further_probes(const FitTask& task, const ProbedFeatures& features, InstructionSet set,
                          FitResult& result) {
  if (!has_further_probes(*task.experiment)) return;
  const Sides sides{
      .fitted = {.rows = all_other_folds(*task.split), .features = features.other_folds},
      .held_out = {.rows = task.split->test, .features = features.held_out}};
  for (const FurtherProbe& probe : further_probes(*task.experiment, *task.samples))
    result.probes.push_back(score_further(task, probe, sides, set, result.solver));
}

}  // namespace crossfold::train
