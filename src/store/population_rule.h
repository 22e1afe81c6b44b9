#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace crossfold {

/// A part of a mixture: normal with covariance one around `mean`; `positive` is the answer that a
/// rule is to give for it.
struct MixturePart {
  double weight = 0;
  std::vector<double> mean;
  bool positive = false;
};

/// Says yes where weights . x + intercept > 0.
struct LinearRule {
  std::vector<double> weights;
  double intercept = 0;
};

/// Logistic regression without a penalty on infinitely many draws: the rule that minimises the
/// expected cross-entropy. Within a part the predictor s = w . x + b is N(m, |w|^2), and by Stein's
/// lemma E[f(s) x] = mean E[f] + w E[f'], E[f(s) x x'] = E[f] (mean mean' + I) + E[f'] (mean w' + w
/// mean') + E[f''] w w'; so gradient and Hessian of Newton's method need integrals over one
/// dimension alone, which are summed at equal steps (exact to rounding for such integrands).
[[nodiscard]] LinearRule population_logistic(std::span<const MixturePart> parts);

/// The area under the ROC curve of the rule's predictor: over pairs of a positive and a negative
/// part, Phi((m - m') / (sqrt(2) |w|)). 1/2 where the rule has no direction.
[[nodiscard]] double population_auc(const LinearRule& rule, std::span<const MixturePart> parts);

/// Mean of the two recalls of the rule: Phi(m / |w|) in a part.
[[nodiscard]] double population_balanced_accuracy(const LinearRule& rule,
                                                  std::span<const MixturePart> parts);

}  // namespace crossfold
