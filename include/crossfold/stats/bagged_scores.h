#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "crossfold/stats/bootstrap_bags.h"

namespace crossfold::stats {

/// The score of held-out predictions that is computed in and out of the bag, as in ScoreSet.
enum class BagMetric {
  auc,  ///< unweighted mean of the defined one-versus-rest class AUCs
  acc,  ///< balanced accuracy: mean of the defined recalls
};

/// What the candidates of one cross-validation share.
struct BaggedSamples {
  std::size_t classes = 0;            ///< K
  std::vector<std::int32_t> labels;   ///< [n], in 0..K-1
  std::vector<std::uint32_t> groups;  ///< [n], in 0..groups-1 of the bags: the patient
  /// [seeds][n]: the fold that held the sample out, from 0 and without gaps. A score is computed
  /// within each fold of each seed and averaged over them, see BaggedScorer. All zero pools the
  /// folds of a seed.
  std::vector<std::vector<std::uint32_t>> folds;
  double test_share = 0;  ///< n_test / n_train of a fold, for the corrected standard error
};

/// Scores of one candidate, [bags] each. Undefined where the bag, or what is outside it, holds in
/// no fold the classes that the score needs: that depends on labels and bags alone, so it is
/// undefined for all candidates or for none.
struct BagScores {
  std::vector<std::optional<double>> in_bag;        ///< mean over folds and seeds
  std::vector<std::optional<double>> in_bag_error;  ///< its corrected standard error; >= 2 folds
  std::vector<std::optional<double>> out_of_bag;    ///< mean over folds and seeds
};

/// Scores the held-out predictions of candidate after candidate in all bags: each bag weights the
/// samples by whole-number multiplicities, the same patients for all seeds (Tsamardinos, Greasidou
/// and Borboudakis 2018, Machine Learning 107, on BBC-CV with repeats). Class AUCs and recalls are
/// those of the physically replicated samples, exactly; O(n log n + n bags) for each class.
///
/// Within folds or pooled? The paper pools: one loss over all held-out predictions, which for a
/// loss that is a mean over samples is the mean over folds as well. An AUC is none: pooled, it also
/// compares a positive with a negative that another model scored, and loses where the models of two
/// folds are calibrated differently, which is no optimism of the choice. The tables of the program,
/// and with them the rules, average the AUCs of folds. Within folds, the honest score of a choice
/// among one candidate is that candidate's mean in the table, up to the error of the bootstrap; so
/// what lies between the in-pool and the honest score of a rule is the optimism of its choice
/// alone. Folds so small that bags often miss a class (fewer than some ten samples of it) should be
/// pooled.
class BaggedScorer {
 public:
  /// The bags must outlive the scorer.
  BaggedScorer(BaggedSamples samples, const BootstrapBags& bags, BagMetric metric);

  /// Class probabilities of one candidate, for each seed [n, K] (row-major, in the order of the
  /// samples). May be called from many threads.
  /// Error{bad_input} naming the first value that is NaN or outside [0, 1].
  [[nodiscard]] BagScores score(std::span<const std::vector<double>> probabilities) const;

 private:
  /// Of a split (a fold of a seed): what its class scores are divided by, in the bag or out of it.
  struct Side {
    std::vector<double> denominators;            ///< [K, padded bags], at least 1
    std::vector<std::uint32_t> defined_classes;  ///< [padded bags]
  };
  struct Split {
    std::size_t seed = 0;
    std::vector<std::uint32_t> samples;
    bool narrow = false;  ///< counts fit 16 bits
    Side in;
    Side out;
  };

  /// Of one split, [padded bags] each; 0 where undefined.
  struct SplitScores {
    std::vector<double> in;
    std::vector<double> out;
  };

  [[nodiscard]] std::size_t padded_bags() const { return bags_->blocks() * BootstrapBags::kLanes; }
  void find_splits();
  void find_denominators(Split& split) const;
  [[nodiscard]] SplitScores score_split(const Split& split,
                                        std::span<const double> probabilities) const;

  BaggedSamples samples_;
  const BootstrapBags* bags_;
  BagMetric metric_;
  std::vector<Split> splits_;
};

}  // namespace crossfold::stats
