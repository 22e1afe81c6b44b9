#include "crossfold/study/shard_share.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <numeric>
#include <queue>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/error.h"

namespace crossfold {
namespace {

constexpr std::uint32_t kMostShards = 100'000;

}  // namespace

ShardNumber parse_shard(const std::string& text) {
  unsigned index = 0;
  unsigned of = 0;
  int end = 0;
  const bool read = std::sscanf(text.c_str(), "%6u/%6u%n", &index, &of, &end) == 2 &&
                    static_cast<std::size_t>(end) == text.size();
  CF_VALIDATE(
      read && index >= 1 && index <= of && of <= kMostShards, ErrorCode::usage,
      fmt::format("--shard is '{}' (no share of a plan). write 2/3 for the second of three; "
                  "at most {} are possible",
                  text, kMostShards));
  return {.index = index, .of = of};
}

std::unordered_set<FitId> fits_of_shard(const Plan& plan, const ShardNumber& shard) {
  std::vector<std::size_t> order(plan.cohorts.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return plan.cohorts[a].cost > plan.cohorts[b].cost;
  });
  using Load = std::pair<double, std::uint32_t>;  // cost so far, shard: the least of these is next
  std::priority_queue<Load, std::vector<Load>, std::greater<>> loads;
  for (std::uint32_t index = 1; index <= shard.of; ++index) loads.emplace(0.0, index);

  std::unordered_set<FitId> fits;
  for (const std::size_t cohort : order) {
    const auto [cost, index] = loads.top();
    loads.pop();
    loads.emplace(cost + plan.cohorts[cohort].cost, index);
    if (index != shard.index) continue;
    for (const std::uint32_t fit : plan.cohorts[cohort].fits) fits.insert(plan.fits[fit].id);
  }
  return fits;
}

}  // namespace crossfold
