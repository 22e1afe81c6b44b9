#include "near_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "crossfold/core/host_info.h"

#include "stored_rows.h"

namespace crossfold::audit {
namespace {

constexpr std::uint64_t kMostKept = 20'000;
constexpr std::uint64_t kKeptShare = 50;  ///< one pair in so many belongs to the tail
constexpr std::uint64_t kLeastKept = 60;
constexpr std::size_t kMostLinks = 32;  ///< of a row to the identical ones that follow it

/// Rows that some experiment uses, each once.
struct UsedRows {
  std::vector<std::uint32_t> pool;
  std::vector<std::uint32_t> oos;  ///< in no pool
};

UsedRows used_rows(const RunRecords& records) {
  enum : std::uint8_t { unused, scored, pooled };
  std::vector<std::uint8_t> use(records.samples.size(), unused);
  for (const ExperimentSamples& samples : records.plan.basis.samples) {
    for (const std::uint32_t row : samples.oos) use[row] = std::max<std::uint8_t>(use[row], scored);
    for (const std::uint32_t row : samples.pool) use[row] = pooled;
  }
  UsedRows rows;
  for (std::uint32_t row = 0; row < use.size(); ++row) {
    if (use[row] == pooled) rows.pool.push_back(row);
    if (use[row] == scored) rows.oos.push_back(row);
  }
  return rows;
}

std::string_view bytes_of(const FeatureRows& features, std::uint32_t row) {
  return {reinterpret_cast<const char*>(features.row(row)), features.dim * sizeof(float)};
}

/// Takes rows that repeat an earlier one out of both lists and into `identical`.
UsedRows distinct_rows(const FeatureRows& features, const UsedRows& rows,
                       std::vector<std::vector<std::uint32_t>>& identical) {
  std::unordered_map<std::string_view, std::vector<std::uint32_t>> by_bytes;
  UsedRows distinct;
  const auto take = [&](const std::vector<std::uint32_t>& from, std::vector<std::uint32_t>& to) {
    for (const std::uint32_t row : from) {
      std::vector<std::uint32_t>& equal = by_bytes[bytes_of(features, row)];
      if (equal.empty()) to.push_back(row);
      equal.push_back(row);
    }
  };
  take(rows.pool, distinct.pool);
  take(rows.oos, distinct.oos);
  for (auto& [bytes, equal] : by_bytes)
    if (equal.size() > 1) {
      std::sort(equal.begin(), equal.end());
      identical.push_back(std::move(equal));
    }
  std::sort(identical.begin(), identical.end());
  return distinct;
}

solve::ClosestPairsSettings settings_for(std::uint64_t pairs) {
  return {.keep = kept_pairs(pairs),
          .threads = static_cast<unsigned>(std::max<std::size_t>(1, usable_cores().size()))};
}

std::vector<std::uint32_t> groups_of(const std::vector<std::uint32_t>& patients,
                                     const std::vector<std::uint32_t>& rows) {
  std::vector<std::uint32_t> groups;
  for (const std::uint32_t row : rows) groups.push_back(patients[row]);
  return groups;
}

NearPairs named(solve::ClosestPairs found, const std::vector<std::uint32_t>& a,
                const std::vector<std::uint32_t>& b) {
  NearPairs near{.pairs = std::move(found.pairs), .compared = found.compared, .tail = {}};
  for (solve::ClosePair& pair : near.pairs) {
    pair.a = a[pair.a];
    pair.b = b[pair.b];
  }
  std::erase_if(near.pairs, [](const solve::ClosePair& pair) { return pair.distance == 0; });
  fit_tail(near);
  return near;
}

}  // namespace

std::size_t kept_pairs(std::uint64_t pairs) {
  return static_cast<std::size_t>(std::clamp(pairs / kKeptShare, kLeastKept, kMostKept));
}

void fit_tail(NearPairs& near) {
  std::vector<double> y;
  for (const solve::ClosePair& pair : near.pairs) y.push_back(-std::log(pair.distance));
  near.tail = stats::fit_exponential_tail(y, y.size() / 4);
}

double NearPairs::expected(const solve::ClosePair& pair) const {
  return tail->expected_above(-std::log(pair.distance));
}

std::size_t NearPairs::count_within(double most) const {
  if (!tail) return 0;
  return static_cast<std::size_t>(
      std::partition_point(pairs.begin(), pairs.end(),
                           [&](const solve::ClosePair& pair) { return expected(pair) <= most; }) -
      pairs.begin());
}

NearRows find_near_rows(const RunEvidence& evidence, std::size_t embedding) {
  const FeatureRows all = stored_rows(evidence, embedding);
  const UsedRows used = used_rows(evidence.records());
  NearRows result;
  const UsedRows distinct = distinct_rows(all, used, result.identical);
  const auto some = [&](const std::vector<std::uint32_t>& rows) {
    return FeatureRows{.values = all.values, .dim = all.dim, .rows = rows};
  };
  const std::vector<double> mean = column_scaling(some(used.pool)).mean;
  const std::vector<std::uint32_t> patients = known_patients(evidence);
  const std::vector<std::uint32_t> pool_groups = groups_of(patients, distinct.pool);
  const std::vector<std::uint32_t> oos_groups = groups_of(patients, distinct.oos);
  const solve::UnitRows pool = solve::unit_rows(some(distinct.pool), mean);
  const std::uint64_t n = distinct.pool.size();
  result.pool =
      named(closest_pairs({.rows = &pool, .groups = pool_groups}, settings_for(n * (n - 1) / 2)),
            distinct.pool, distinct.pool);
  if (distinct.oos.empty()) return result;
  const solve::UnitRows oos = solve::unit_rows(some(distinct.oos), mean);
  result.oos = named(
      closest_pairs({.rows = &oos, .groups = oos_groups}, {.rows = &pool, .groups = pool_groups},
                    settings_for(n * distinct.oos.size())),
      distinct.oos, distinct.pool);
  return result;
}

std::size_t surprising_count(double mean) {
  double term = std::exp(-mean);
  double at_least = 1;
  std::size_t count = 0;
  while (at_least > 0.01) {
    at_least -= term;
    ++count;
    term *= mean / static_cast<double>(count);
  }
  return count;
}

std::vector<std::vector<std::uint32_t>> linked_rows(const RunEvidence& evidence,
                                                    std::size_t embedding, double most) {
  const NearRows& near = evidence.near_rows(embedding);
  const std::vector<std::uint32_t> patients = known_patients(evidence);
  std::vector<std::vector<std::uint32_t>> links(patients.size());
  const auto link = [&](std::uint32_t a, std::uint32_t b) {
    if (patients[a] == patients[b]) return;
    links[a].push_back(b);
    links[b].push_back(a);
  };
  for (const auto& equal : near.identical)
    for (std::size_t i = 0; i < equal.size(); ++i)
      for (std::size_t j = i + 1; j < std::min(equal.size(), i + 1 + kMostLinks); ++j)
        link(equal[i], equal[j]);
  for (const NearPairs* pairs : {&near.pool, &near.oos})
    for (std::size_t i = 0; i < pairs->count_within(most); ++i)
      link(pairs->pairs[i].a, pairs->pairs[i].b);
  return links;
}

}  // namespace crossfold::audit
