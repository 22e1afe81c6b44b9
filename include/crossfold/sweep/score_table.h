#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace crossfold::sweep {

/// One score of all candidates on all splits, the splits in the same order for all. Where there is
/// no result, or an undefined one, the entry is empty.
class ScoreTable {
 public:
  ScoreTable() = default;  ///< no candidates: a score that was not recorded
  ScoreTable(std::size_t candidates, std::size_t splits);

  [[nodiscard]] std::size_t candidates() const { return candidates_; }
  [[nodiscard]] std::size_t splits() const { return splits_; }

  /// Scores are finite.
  void set(std::size_t candidate, std::size_t split, std::optional<double> score);
  /// [splits]
  [[nodiscard]] std::span<const std::optional<double>> of(std::size_t candidate) const;
  /// Mean of the candidate's defined scores; empty when it has none.
  [[nodiscard]] std::optional<double> mean(std::size_t candidate) const;

 private:
  std::size_t candidates_ = 0;
  std::size_t splits_ = 0;
  std::vector<std::optional<double>> scores_;  ///< [candidates, splits]
};

}  // namespace crossfold::sweep
