#pragma once

#include <cstdint>

namespace crossfold {

/// How a split divides the pool. Scores of different schemes are never averaged together.
enum class SplitScheme : std::uint8_t {
  k_fold,      ///< a fold is held out
  source_out,  ///< the samples of one source, a domain of the pool, are held out
  nested,      ///< a part of the other folds of a k-fold split is held out
  hold_out,    ///< a share of the patients of the whole store is held out
  leave_out,   ///< the samples of some levels of a label or an attribute are held out
};

/// Whether fits of the scheme serve to choose a candidate, and nothing else. The others are what a
/// job asks for by its splits (SplitSettings::scheme).
[[nodiscard]] constexpr bool serves_selection(SplitScheme scheme) {
  return scheme == SplitScheme::source_out || scheme == SplitScheme::nested;
}

}  // namespace crossfold
