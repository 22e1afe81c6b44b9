#include "group_dealer.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <random>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace crossfold {
namespace {

struct Pool {
  std::vector<std::uint32_t> groups;
  std::vector<std::int32_t> strata;

  void add_group(std::uint32_t group, std::int32_t stratum, std::size_t samples = 1) {
    groups.insert(groups.end(), samples, group);
    strata.insert(strata.end(), samples, stratum);
  }
};

/// So many samples of each stratum, each a group of its own.
Pool single_samples(const std::vector<std::size_t>& counts) {
  Pool pool;
  for (std::size_t stratum = 0; stratum < counts.size(); ++stratum)
    for (std::size_t i = 0; i < counts[stratum]; ++i)
      pool.add_group(static_cast<std::uint32_t>(pool.groups.size()),
                     static_cast<std::int32_t>(stratum));
  return pool;
}

std::vector<std::uint32_t> deal(const Pool& pool, const std::vector<double>& shares,
                                std::uint64_t seed) {
  RandomStream stream({.root_seed = seed}, "split");
  return deal_groups(pool.groups, pool.strata, shares, stream);
}

std::vector<double> equal_shares(std::size_t bins) { return std::vector<double>(bins, 1.0); }

/// Samples by bin and stratum; the last column is the bin's size.
std::vector<std::vector<int>> table_of(const Pool& pool, const std::vector<std::uint32_t>& bins,
                                       std::size_t count) {
  const auto strata =
      static_cast<std::size_t>(*std::max_element(pool.strata.begin(), pool.strata.end())) + 1;
  std::vector<std::vector<int>> table(count, std::vector<int>(strata + 1));
  for (std::size_t i = 0; i < bins.size(); ++i) {
    ++table.at(bins[i]).at(static_cast<std::size_t>(pool.strata[i]));
    ++table.at(bins[i]).back();
  }
  return table;
}

TEST(DealGroups, DealsSingleSamplesWithinOneInEveryStratumAndInSize) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::size_t> counts(1 + random() % 6);
    for (std::size_t& count : counts) count = random() % (random() % 4 == 0 ? 200 : 12);
    counts.back() += 1;
    const Pool pool = single_samples(counts);
    const std::size_t bins = 2 + random() % 11;
    const auto table = table_of(pool, deal(pool, equal_shares(bins), random()), bins);
    for (std::size_t column = 0; column < table.front().size(); ++column) {
      const auto [low, high] =
          std::minmax_element(table.begin(), table.end(),
                              [&](const auto& a, const auto& b) { return a[column] < b[column]; });
      EXPECT_LE((*high)[column] - (*low)[column], 1) << "round " << round << " column " << column;
    }
  }
}

TEST(DealGroups, NeverDividesAGroupAndLeavesNoBinEmpty) {
  std::mt19937 random(2);
  for (int round = 0; round < 300; ++round) {
    Pool pool;
    const std::size_t bins = 2 + random() % 9;
    const std::size_t groups = bins + random() % 40;
    for (std::uint32_t group = 0; group < groups; ++group)
      for (std::size_t parts = 1 + random() % 2; parts > 0; --parts)
        pool.add_group(group, static_cast<std::int32_t>(random() % 4), 1 + random() % 7);
    const auto bin = deal(pool, equal_shares(bins), random());
    std::vector<std::set<std::uint32_t>> bins_of(groups);
    for (std::size_t i = 0; i < bin.size(); ++i) bins_of[pool.groups[i]].insert(bin[i]);
    for (const auto& used : bins_of) EXPECT_EQ(used.size(), 1U);
    EXPECT_EQ(std::set<std::uint32_t>(bin.begin(), bin.end()).size(), bins) << round;
  }
}

TEST(DealGroups, FollowsUnequalShares) {
  const Pool pool = single_samples({900, 333, 40, 5, 4});
  const auto table = table_of(pool, deal(pool, {0.9, 0.1}, 3), 2);
  EXPECT_EQ(table[1][0], 90);
  EXPECT_EQ(table[1][1], 33);
  EXPECT_EQ(table[1][2], 4);
  EXPECT_LE(table[1][3], 1);
  EXPECT_LE(table[1][4], 1);
  EXPECT_NEAR(table[1][5], 128, 1);
}

TEST(DealGroups, DependsOnTheStreamAlone) {
  const Pool pool = single_samples({50, 30});
  const auto bins = deal(pool, equal_shares(5), 7);
  EXPECT_EQ(deal(pool, equal_shares(5), 7), bins);
  EXPECT_NE(deal(pool, equal_shares(5), 8), bins);
}

TEST(DealGroups, GivesEverySampleTheSameChanceOfEveryBin) {
  const Pool pool = single_samples({7, 3});
  std::vector<std::vector<int>> times(pool.groups.size(), std::vector<int>(5));
  constexpr int kRounds = 4000;
  for (int round = 0; round < kRounds; ++round) {
    const auto bins = deal(pool, equal_shares(5), static_cast<std::uint64_t>(round));
    for (std::size_t i = 0; i < bins.size(); ++i) ++times[i][bins[i]];
  }
  const double expected = kRounds / 5.0;
  const double five_sigma = 5 * std::sqrt(kRounds * 0.2 * 0.8);
  for (const auto& sample : times)
    for (const int count : sample) EXPECT_NEAR(count, expected, five_sigma);
}

/// The pools of make_fold_balance.py, with what scikit-learn 1.2 made of them.
nlohmann::json recorded() {
  std::ifstream file(CROSSFOLD_TEST_DATA "/fold_balance.json");
  return nlohmann::json::parse(file);
}

Pool pool_of(const nlohmann::json& kinds) {
  Pool pool;
  std::uint32_t group = 0;
  for (const auto& kind : kinds)
    for (int i = 0; i < kind.at(0).get<int>(); ++i, ++group)
      for (std::size_t stratum = 0; stratum < kind.at(1).size(); ++stratum)
        pool.add_group(group, static_cast<std::int32_t>(stratum),
                       kind.at(1).at(stratum).get<std::size_t>());
  return pool;
}

TEST(DealGroups, IsAtLeastAsEvenAsScikitLearn) {
  const nlohmann::json document = recorded();
  const auto folds = document.at("folds").get<std::size_t>();
  for (const auto& entry : document.at("pools")) {
    const Pool pool = pool_of(entry.at("groups"));
    const auto best = [&](const char* measure) {
      const auto values = entry.at(measure).get<std::vector<double>>();
      return *std::min_element(values.begin(), values.end());
    };
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const auto table = table_of(pool, deal(pool, equal_shares(folds), seed), folds);
      double stratum_distance = 0;
      double size_distance = 0;
      for (std::size_t column = 0; column < table.front().size(); ++column) {
        double total = 0;
        for (const auto& bin : table) total += bin[column];
        double& distance = column + 1 == table.front().size() ? size_distance : stratum_distance;
        for (const auto& bin : table)
          distance = std::max(distance, std::abs(bin[column] - total / static_cast<double>(folds)));
      }
      EXPECT_LE(stratum_distance, best("stratum_distance") + 1e-9) << entry.at("name");
      EXPECT_LE(size_distance, best("size_distance") + 1e-9) << entry.at("name");
    }
  }
}

}  // namespace
}  // namespace crossfold
