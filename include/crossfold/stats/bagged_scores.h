#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "crossfold/stats/bootstrap_bags.h"

namespace crossfold::stats {

class RankSteps;

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
  /// Mean over folds and seeds; empty as well where it was not asked for.
  std::vector<std::optional<double>> out_of_bag;
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
  /// samples). Scores them in every bag; out of a bag only what a rule chose in it is ever scored,
  /// so that is score_out_of_bag's. May be called from many threads.
  /// Error{bad_input} naming the first value that is NaN or outside [0, 1].
  [[nodiscard]] BagScores score_in_bag(std::span<const std::vector<double>> probabilities) const;
  /// Scores the same probabilities outside of some bags, which are asked for by [bags] true; the
  /// scores are BagScores::out_of_bag.
  [[nodiscard]] std::vector<std::optional<double>> score_out_of_bag(
      std::span<const std::vector<double>> probabilities, const std::vector<bool>& asked) const;

 private:
  /// Of a split (a fold of a seed): what its class scores are divided by, in the bag or out of it.
  struct Side {
    std::vector<double> denominators;            ///< [blocks, K, kLanes], at least 1
    std::vector<std::uint32_t> defined_classes;  ///< [blocks, kLanes]
  };
  /// The integers that hold a split's weights and, behind the "and", its pairs.
  enum class Integers { of_16_and_16_bits, of_16_and_32_bits, of_32_and_64_bits };
  struct Split {
    std::size_t seed = 0;
    std::vector<std::uint32_t> samples;
    Integers integers = Integers::of_32_and_64_bits;
    Side in;
    Side out;
  };
  /// Of one candidate, [splits, K].
  using Numerators = std::vector<RankSteps>;

  void find_splits();
  void find_denominators(Split& split) const;
  [[nodiscard]] Numerators numerators_of(std::span<const std::vector<double>> probabilities) const;
  [[nodiscard]] RankSteps numerator_of(const Split& split, std::size_t class_index,
                                       std::span<const double> probabilities) const;
  /// [splits, kLanes]: sums over the defined classes, 0 where there is none.
  void score_block(const Numerators& numerators, std::size_t block, Side Split::*side,
                   std::vector<double>& scores) const;
  /// Of one bag of a block's `scores`, those of the splits that have one; they stand in `room`.
  [[nodiscard]] std::span<const double> defined_scores(std::span<const double> scores,
                                                       std::size_t bag, Side Split::*side,
                                                       std::vector<double>& room) const;

  BaggedSamples samples_;
  const BootstrapBags* bags_;
  BagMetric metric_;
  std::vector<Split> splits_;
};

}  // namespace crossfold::stats
