#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "crossfold/core/random_stream.h"

namespace crossfold::stats {

/// Bootstrap samples ("bags") of groups (patients), fixed before any candidate is looked at: each
/// bag draws as many groups as there are, with replacement; a drawn group brings all of its
/// samples, once for each time it was drawn. Groups never drawn are out of the bag (37 % on
/// average).
class BootstrapBags {
 public:
  /// Bags are stored `kLanes` at a time, so that one group's numbers for a block of bags are
  /// adjacent.
  static constexpr std::size_t kLanes = 64;

  /// `groups` and `bags` are at least 1. Takes groups x bags numbers from the stream, whose purpose
  /// is "bootstrap"; needs 2 x groups x bags bytes.
  BootstrapBags(std::size_t groups, std::size_t bags, RandomStream& stream);

  [[nodiscard]] std::size_t groups() const { return groups_; }
  [[nodiscard]] std::size_t bags() const { return bags_; }
  [[nodiscard]] std::size_t blocks() const { return (bags_ + kLanes - 1) / kLanes; }

  /// How often the group was drawn into the bag.
  [[nodiscard]] std::uint8_t multiplicity(std::size_t group, std::size_t bag) const;

  /// Multiplicities [groups, kLanes] of the bags kLanes x block and following; 0 beyond the last
  /// bag.
  [[nodiscard]] std::span<const std::uint8_t> in_bag(std::size_t block) const;
  /// Likewise: 1 for a group that is out of the bag, else 0.
  [[nodiscard]] std::span<const std::uint8_t> out_of_bag(std::size_t block) const;

 private:
  std::size_t groups_;
  std::size_t bags_;
  std::vector<std::uint8_t> in_;   ///< [blocks, groups, kLanes]
  std::vector<std::uint8_t> out_;  ///< [blocks, groups, kLanes]
};

}  // namespace crossfold::stats
