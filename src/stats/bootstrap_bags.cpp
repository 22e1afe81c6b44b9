#include "crossfold/stats/bootstrap_bags.h"

#include <limits>

#include "crossfold/core/error.h"

namespace crossfold::stats {

BootstrapBags::BootstrapBags(std::size_t groups, std::size_t bags, RandomStream& stream)
    : groups_(groups), bags_(bags) {
  CF_EXPECT(groups > 0 && bags > 0);
  in_.assign(blocks() * groups * kLanes, 0);
  out_.assign(in_.size(), 0);
  for (std::size_t bag = 0; bag < bags; ++bag) {
    const std::size_t first = bag / kLanes * groups * kLanes + bag % kLanes;
    for (std::size_t draw = 0; draw < groups; ++draw) {
      std::uint8_t& times = in_[first + kLanes * static_cast<std::size_t>(stream.below(groups))];
      // Out of reach for few groups, and for many its probability is below 1e-500.
      CF_ENSURE(times < std::numeric_limits<std::uint8_t>::max());
      ++times;
    }
    for (std::size_t group = 0; group < groups; ++group)
      out_[first + kLanes * group] = in_[first + kLanes * group] == 0 ? 1 : 0;
  }
}

std::uint8_t BootstrapBags::multiplicity(std::size_t group, std::size_t bag) const {
  CF_EXPECT(group < groups_ && bag < bags_);
  return in_bag(bag / kLanes)[group * kLanes + bag % kLanes];
}

std::span<const std::uint8_t> BootstrapBags::in_bag(std::size_t block) const {
  CF_EXPECT(block < blocks());
  return std::span(in_).subspan(block * groups_ * kLanes, groups_ * kLanes);
}

std::span<const std::uint8_t> BootstrapBags::out_of_bag(std::size_t block) const {
  CF_EXPECT(block < blocks());
  return std::span(out_).subspan(block * groups_ * kLanes, groups_ * kLanes);
}

}  // namespace crossfold::stats
