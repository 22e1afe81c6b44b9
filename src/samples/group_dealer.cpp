#include "group_dealer.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "crossfold/core/error.h"

namespace crossfold {
namespace {

struct Group {
  std::vector<std::pair<std::size_t, double>> strata;  ///< (stratum, samples)
  double size = 0;                                     ///< samples
  std::size_t rarest = 0;  ///< its rarest stratum; of equally rare ones the first
};

std::vector<double> count_strata(std::span<const std::int32_t> strata) {
  std::vector<double> totals;
  for (const std::int32_t stratum : strata) {
    CF_EXPECT(stratum >= 0);
    totals.resize(std::max(totals.size(), static_cast<std::size_t>(stratum) + 1));
    totals[static_cast<std::size_t>(stratum)] += 1;
  }
  return totals;
}

/// Groups in the order of first appearance; `group_of` becomes the group of every sample.
std::vector<Group> gather_groups(std::span<const std::uint32_t> groups,
                                 std::span<const std::int32_t> strata,
                                 const std::vector<double>& totals,
                                 std::vector<std::size_t>& group_of) {
  std::vector<Group> gathered;
  std::unordered_map<std::uint32_t, std::size_t> index;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto [found, is_new] = index.emplace(groups[i], gathered.size());
    if (is_new) gathered.emplace_back();
    group_of.push_back(found->second);
    Group& group = gathered[found->second];
    const auto stratum = static_cast<std::size_t>(strata[i]);
    const auto entry = std::find_if(group.strata.begin(), group.strata.end(),
                                    [&](const auto& pair) { return pair.first == stratum; });
    if (entry == group.strata.end())
      group.strata.emplace_back(stratum, 1.0);
    else
      entry->second += 1;
    const auto rarity = [&](std::size_t s) { return std::make_pair(totals[s], s); };
    if (group.size == 0 || rarity(stratum) < rarity(group.rarest)) group.rarest = stratum;
    group.size += 1;
  }
  return gathered;
}

std::vector<std::size_t> shuffled_indices(std::size_t count, RandomStream& stream) {
  std::vector<std::size_t> indices(count);
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  stream.shuffle(std::span<std::size_t>(indices));
  return indices;
}

/// What the bins hold so far.
class Bins {
 public:
  Bins(std::span<const double> shares, const std::vector<double>& totals, RandomStream& stream)
      : shares_(shares),
        totals_(totals),
        total_(std::accumulate(totals.begin(), totals.end(), 0.0)),
        order_(shuffled_indices(shares.size(), stream)),
        held_(shares.size(), std::vector<double>(totals.size())),
        sizes_(shares.size()) {}

  std::size_t place(const Group& group) {
    std::size_t best = order_.front();
    double best_cost = cost(group, best);
    for (const std::size_t bin : std::span(order_).subspan(1)) {
      const double this_cost = cost(group, bin);
      if (this_cost >= best_cost) continue;
      best = bin;
      best_cost = this_cost;
    }
    for (const auto& [stratum, samples] : group.strata) held_[best][stratum] += samples;
    sizes_[best] += group.size;
    return best;
  }

 private:
  /// Growth of sum held^2 / (total share), over the strata and the whole, when the group joins.
  /// Only divisions and sums of whole numbers, so that no compiler can round it otherwise.
  [[nodiscard]] double cost(const Group& group, std::size_t bin) const {
    double sum = (2 * sizes_[bin] + group.size) * group.size / total_;
    for (const auto& [stratum, samples] : group.strata)
      sum += (2 * held_[bin][stratum] + samples) * samples / totals_[stratum];
    return sum / shares_[bin];
  }

  std::span<const double> shares_;
  const std::vector<double>& totals_;  ///< [stratum], samples
  double total_;
  std::vector<std::size_t> order_;
  std::vector<std::vector<double>> held_;  ///< [bin][stratum], samples
  std::vector<double> sizes_;              ///< [bin], samples
};

}  // namespace

std::vector<std::uint32_t> deal_groups(std::span<const std::uint32_t> groups,
                                       std::span<const std::int32_t> strata,
                                       std::span<const double> shares, RandomStream& stream) {
  CF_EXPECT(groups.size() == strata.size() && !shares.empty());
  for (const double share : shares) CF_EXPECT(share > 0);
  const std::vector<double> totals = count_strata(strata);
  std::vector<std::size_t> group_of;
  const std::vector<Group> gathered = gather_groups(groups, strata, totals, group_of);

  std::vector<std::size_t> order = shuffled_indices(gathered.size(), stream);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const Group& left = gathered[a];
    const Group& right = gathered[b];
    // One stratum after another: so the remainders of each go to the bins that are behind.
    return std::make_tuple(-left.size, totals[left.rarest], left.rarest) <
           std::make_tuple(-right.size, totals[right.rarest], right.rarest);
  });

  Bins bins(shares, totals, stream);
  std::vector<std::uint32_t> bin_of_group(gathered.size());
  for (const std::size_t g : order)
    bin_of_group[g] = static_cast<std::uint32_t>(bins.place(gathered[g]));
  std::vector<std::uint32_t> bin_of_sample;
  bin_of_sample.reserve(groups.size());
  for (const std::size_t g : group_of) bin_of_sample.push_back(bin_of_group[g]);
  return bin_of_sample;
}

}  // namespace crossfold
