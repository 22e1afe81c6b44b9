#include "crossfold/samples/repeated_splits.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace crossfold {
namespace {

/// Groups of seeds that are named, and seeds of each; the rest is a number.
constexpr std::size_t kMostGroups = 3;
constexpr std::size_t kMostSeeds = 5;

/// "0, 1 and 2"; "0, 1, 2, 3, 4 and 15 more".
std::string listed(const std::vector<SeedIndex>& seeds) {
  const bool all = seeds.size() <= kMostSeeds;
  std::vector<std::uint32_t> named;
  for (std::size_t i = 0; i < (all ? seeds.size() - 1 : kMostSeeds); ++i)
    named.push_back(seeds[i].value);
  return fmt::format("{} and {}", fmt::join(named, ", "),
                     all ? fmt::format("{}", seeds.back().value)
                         : fmt::format("{} more", seeds.size() - kMostSeeds));
}

}  // namespace

void SplitComparison::add(SeedIndex seed, std::span<const std::uint32_t> test) {
  splits_[seed].push_back(Hasher().values(test).finish());
}

RepeatedSplits SplitComparison::repeated() const {
  RepeatedSplits repeated;
  std::set<Digest> distinct;
  std::map<std::vector<Digest>, std::vector<SeedIndex>> seeds_of;
  for (const auto& [seed, splits] : splits_) {
    repeated.splits += splits.size();
    distinct.insert(splits.begin(), splits.end());
    std::vector<Digest> in_order = splits;
    std::sort(in_order.begin(), in_order.end());
    seeds_of[std::move(in_order)].push_back(seed);
  }
  repeated.distinct = distinct.size();
  for (auto& [splits, seeds] : seeds_of)
    if (seeds.size() > 1) repeated.same_seeds.push_back(std::move(seeds));
  std::sort(repeated.same_seeds.begin(), repeated.same_seeds.end());
  return repeated;
}

std::string text_of_seeds(const RepeatedSplits& repeated) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < std::min(repeated.same_seeds.size(), kMostGroups); ++i)
    texts.push_back("seeds " + listed(repeated.same_seeds[i]));
  std::string text = fmt::format("{}", fmt::join(texts, ", as do "));
  if (repeated.same_seeds.size() > kMostGroups)
    text += fmt::format(", and so on {} more times", repeated.same_seeds.size() - kMostGroups);
  return text;
}

}  // namespace crossfold
