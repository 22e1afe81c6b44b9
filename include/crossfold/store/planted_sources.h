#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace crossfold {

/// A yes-or-no property of a patient that may go with the disease at a source and may show in the
/// image.
struct PlantedProperty {
  double share_ill = 0.5;      ///< who have it among the ill
  double share_healthy = 0.5;  ///< among the healthy
  bool shows = true;           ///< in the features
};

/// One source of `store synth sources`.
struct PlantedSource {
  std::string name;
  double prevalence = 0.5;  ///< share of `covid19`; the others are `normal`
  PlantedProperty male;     ///< attribute `sex`: M, else F
  PlantedProperty ap;       ///< attribute `view`: AP, else PA
};

// The model. With y, a, v = +1 for the ill, men, AP and -1 else, t = (age - 55) / 15, and noise e
// with covariance one, a sample of source s is
//
//   z = y C/2 c + (S + y H/2) d_s + a X/2 x (where sex shows at s) + v V/2 r (where view does)
//       + t T g + e,
//
// c, d_1 .. d_n, x, r, g orthonormal: what the disease is everywhere (c), the source's own
// direction, along which its ill lie farther out than its healthy (d_s), sex, view and age. y is
// drawn by the source's prevalence, a and v by source and y, independent of one another; age is
// N(55, 15) whoever it is. Sources are equally large.
inline constexpr double kPlantedClass = 1.5;        // C
inline constexpr double kPlantedSource = 3;         // S
inline constexpr double kPlantedOwnShortcut = 1.5;  // H
inline constexpr double kPlantedProperty = 2;       // X, V
inline constexpr double kPlantedAge = 1;            // T
inline constexpr double kMeanAge = 55;              // years
inline constexpr double kAgeSd = 15;

inline constexpr std::size_t kMostPlantedSources = 26;

/// The sources, 2 to kMostPlantedSources. Five patterns, in turn: at the third sex does not show
/// and goes with nothing, at the fourth view; at the fifth sex and view go with the disease the
/// other way round.
[[nodiscard]] std::vector<PlantedSource> planted_sources(std::size_t count);

/// How well a rule tells the ill from the healthy.
struct PlantedScores {
  double auc = 0;
  double balanced_accuracy = 0;
};

/// What must be found at one source.
struct SourceAnswer {
  PlantedScores inside;    ///< class, the source being one of the pool: held-out folds
  PlantedScores left_out;  ///< class, trained on the other sources
  double sex_auc = 0.5;    ///< read off the features by a probe of the pool, among its samples
  double view_auc = 0.5;
};

struct PlantedAnswers {
  PlantedScores pool;  ///< class, all sources together
  double sex_auc = 0;  ///< likewise
  double view_auc = 0;
  double sex_auc_healthy = 0, sex_auc_ill = 0;    ///< probes of the samples of one class alone
  double view_auc_healthy = 0, view_auc_ill = 0;  ///< likewise
  double age_r2 = 0;                              ///< by a linear regression
  std::vector<SourceAnswer> sources;              ///< as planted_sources()
};

/// The scores of logistic regression on infinitely many samples. By the model a source is a mixture
/// of eight normal parts (y, a, v) with covariance one, whose means are known; the rule w, b is
/// where the expected cross-entropy is least, found by Newton's method with integrals over one
/// dimension. Its predictor is N(w . mean + b, |w|^2) in each part, so that
///
///   AUC = sum over pairs of an ill part i and a healthy part j of
///         p_i p_j Phi((m_i - m_j) / (sqrt(2) |w|)),   m = w . mean,
///
/// and recalls are sums of Phi((m + b) / |w|). For a source left out, the others' parts make the
/// rule and its own are scored: its own direction has no weight then, which costs the shortcut H;
/// sex and view count as they do elsewhere. Within one source S shifts all samples alike, so that
/// AUC does not depend on it. A probe is the same with sex or view in the place of y; where sex
/// neither shows nor goes with the disease, all parts of men and women agree: 1/2. Age is
/// independent of all else: R2 = T^2 / (T^2 + 1).
///
/// From n samples a rule of D columns is a little worse: its weights have noise of about D / n
/// times 4 to 10 beside |w|^2 = 2 to 10, which at 10,000 and 64 is 0.005 of AUC at most.
[[nodiscard]] PlantedAnswers planted_answers(std::size_t sources);

/// The same as a table for people.
[[nodiscard]] std::string text_of(const PlantedAnswers& answers);

}  // namespace crossfold
