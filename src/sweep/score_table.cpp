#include "crossfold/sweep/score_table.h"

#include <cmath>

#include "crossfold/core/error.h"
#include "crossfold/stats/summary.h"

namespace crossfold::sweep {

ScoreTable::ScoreTable(std::size_t candidates, std::size_t splits)
    : candidates_(candidates), splits_(splits), scores_(candidates * splits) {}

void ScoreTable::set(std::size_t candidate, std::size_t split, std::optional<double> score) {
  CF_EXPECT(candidate < candidates_ && split < splits_);
  CF_EXPECT(!score || std::isfinite(*score));
  scores_[candidate * splits_ + split] = score;
}

std::span<const std::optional<double>> ScoreTable::of(std::size_t candidate) const {
  CF_EXPECT(candidate < candidates_);
  return std::span(scores_).subspan(candidate * splits_, splits_);
}

std::optional<double> ScoreTable::mean(std::size_t candidate) const {
  return stats::summarize(of(candidate)).mean;
}

}  // namespace crossfold::sweep
