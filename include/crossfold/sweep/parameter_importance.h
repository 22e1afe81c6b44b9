#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crossfold/job/sweep_settings.h"

namespace crossfold::sweep {

/// A candidate as drawn, with a score that every candidate has (the first rung of a race).
struct ScoredParameters {
  std::vector<Parameter> parameters;  ///< each key once; a conditional one only where it exists
  std::optional<double> score;        ///< larger is better; an undefined one is left out
};

struct ImportanceSettings {
  double top = 0.1;       ///< gamma': the share of candidates whose values are compared ...
  double baseline = 1.0;  ///< gamma: ... with those of this share, top < baseline <= 1
  std::vector<std::string> logarithmic;  ///< keys of numbers that were drawn on a log scale
};

/// How much a parameter matters.
struct ParameterImportance {
  std::string key;
  std::size_t candidates = 0;  ///< that have it and a score
  std::size_t top = 0;         ///< of them, in the top set
  /// Local marginal variance of being in the top set, (gamma'/gamma)^2 D_PE; at most gamma'/gamma.
  /// Empty with fewer than two candidates in the top set.
  std::optional<double> variance;
  std::optional<double> share;  ///< of the sum of variances; empty where that is 0 or undefined
};

/// PED-ANOVA (Watanabe, Bansal and Hutter 2023, IJCAI, the closed form of the local marginal
/// variance): a parameter matters for being among the best when its values among the best are
/// distributed otherwise than among all. The measure is the Pearson divergence of the
/// one-dimensional densities p' (top set) and p (baseline set): D_PE is the integral of
/// (p' / p - 1)^2 p. The keys stand in the order of their first appearance.
///
/// - A conditional parameter is judged among the candidates that have it; both sets are taken from
///   them. So this says what the parameter does where it exists, not how often that is.
/// - Candidates as good as the last one of a set belong to it as well.
/// - Words are categories, as are numbers with at most 12 different values among at least twice as
///   many candidates (choices, grids): p is the share of each value.
/// - Other numbers have Gaussian kernels on [0, 1], to which the range of all values is mapped on
///   the linear or log scale; each kernel is cut off there and scaled to mass one. Both densities
///   have the bandwidth of the top set, 1.059 min(sd, interquartile range / 1.349) n'^(-1/5) (Scott
///   1992; the sd alone where that range is 0), at least 0.01. With one bandwidth
///   p' <= (gamma / gamma') p everywhere: D_PE cannot explode in gaps of the baseline, where a
///   sampler that learns has few values. (The authors' program has a bandwidth for each set.)
///
/// A parameter without influence does not come out at 0: D_PE is then about (values - 1) / n' for
/// categories. Small top sets make everything look a little important.
[[nodiscard]] std::vector<ParameterImportance> parameter_importance(
    std::span<const ScoredParameters> candidates, const ImportanceSettings& settings);

}  // namespace crossfold::sweep
