#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "crossfold/core/random_stream.h"

namespace crossfold {

/// Deals groups of samples to bins so that every bin gets its share of every stratum and of the
/// whole, and no group is divided. Greedy: groups come largest first, then those of the rarest
/// stratum first, equals shuffled; each goes to the bin where it adds least to
/// sum held^2 / (total share), taken over the strata and the whole.
///
/// `groups` and `strata` hold one number per sample; `shares` one weight above 0 per bin, in any
/// unit. Returns the bin of every sample. No bin stays empty while another could give it a group:
/// with equal shares and at least as many groups as bins, none is. With one sample to a group and
/// equal shares this is stratified k-fold: a stratum's counts, and the sizes, differ by at most
/// one.
[[nodiscard]] std::vector<std::uint32_t> deal_groups(std::span<const std::uint32_t> groups,
                                                     std::span<const std::int32_t> strata,
                                                     std::span<const double> shares,
                                                     RandomStream& stream);

}  // namespace crossfold
