#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace crossfold::stats {

/// The AUC of some samples, and what it would be without each of their groups (patients).
struct LeaveGroupOutAuc {
  std::optional<double> all;                   ///< of all samples, as ScoreSet::auc
  std::vector<std::uint32_t> groups;           ///< those that occur, ascending
  std::vector<std::optional<double>> without;  ///< [groups]; empty where no class is left defined
};

/// Mean over the classes of the one-versus-rest AUC (as score_probabilities gives it) of class
/// probabilities [n, K], row-major, against labels [n] in 0..K-1, and the same without the samples
/// of each group [n]. Nothing is ranked again: the pairs that a sample wins and loses are counted
/// once (Mann and Whitney 1947), and those of a group taken away, so that each is the exact ratio;
/// O(K n log n), and the pairs inside a group. Error{bad_input} as score_probabilities.
[[nodiscard]] LeaveGroupOutAuc leave_group_out_auc(std::span<const double> probabilities,
                                                   std::span<const std::int32_t> labels,
                                                   std::size_t classes,
                                                   std::span<const std::uint32_t> groups);

/// Standard error of an estimate from what it is without each of G independent units: the jackknife
/// sqrt((G - 1) / G sum (x_g - mean x)^2) (Efron 1982, The Jackknife, the Bootstrap and Other
/// Resampling Plans, equation 3.6; for AUCs Arvesen 1969). Empty under two units.
[[nodiscard]] std::optional<double> jackknife_error(std::span<const double> without);

}  // namespace crossfold::stats
