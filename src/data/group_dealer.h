#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "crossfold/core/random_stream.h"

namespace crossfold {

/// Deals groups of samples to bins so that every bin gets its share of every stratum and of the
/// whole, and no group is divided. Greedy: groups come in the order largest first, then rarest
/// stratum first, equals shuffled; each goes to the bin in which its strata are furthest behind
/// their share, among equals to the emptiest bin.
///
/// `groups` and `strata` hold one number per sample; `shares` one weight per bin, in any unit.
/// Returns the bin of every sample. With one sample to a group and equal shares this is stratified
/// k-fold: a stratum's counts, and the sizes, differ by at most one between folds.
[[nodiscard]] std::vector<std::uint32_t> deal_groups(std::span<const std::uint32_t> groups,
                                                     std::span<const std::int32_t> strata,
                                                     std::span<const double> shares,
                                                     RandomStream& stream);

}  // namespace crossfold
