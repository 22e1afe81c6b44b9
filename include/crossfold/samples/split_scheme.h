#pragma once

#include <cstdint>
#include <string>

namespace crossfold {

/// How a split divides the pool. Scores of different schemes are never averaged together.
enum class SplitScheme : std::uint8_t {
  k_fold,      ///< a fold is held out
  source_out,  ///< the samples of one source, a domain of the pool, are held out
  nested,      ///< a part of the other folds of a k-fold split is held out
};

/// "k-fold", "source-out", "nested".
[[nodiscard]] const std::string& name_of(SplitScheme scheme);

}  // namespace crossfold
