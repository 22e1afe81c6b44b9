#pragma once

#include <cstddef>

namespace crossfold::stats {

/// The largest share of a population that is compatible with `found` of `of` drawn ones having a
/// property: the upper end of the exact one-sided interval for a binomial proportion (Clopper and
/// Pearson 1934). If more had it, so few would be found with a probability below 1 - `confidence`
/// (inside (0, 1)); in draws without replacement, with one that is lower still. 1 where all have
/// it, or none was drawn. `found` <= `of`.
[[nodiscard]] double largest_share(std::size_t found, std::size_t of, double confidence);

}  // namespace crossfold::stats
