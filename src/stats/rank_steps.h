#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "crossfold/stats/bootstrap_bags.h"

namespace crossfold::stats {

/// A score's numerator as a list of steps over weighted samples, each step naming the group whose
/// multiplicity weights the sample. The list is made once for a candidate and run for every bag.
enum class StepKind : std::uint32_t {
  negative = 0,  ///< a negative that ties with no positive passes below the positives to come
  half_of_negative = 1,  ///< of a negative that ties with positives: once before them, once after
  positive = 2,          ///< wins against what passed
  hit = 3,               ///< counts itself
};

class RankSteps {
 public:
  void clear() { steps_.clear(); }
  void add(StepKind kind, std::uint32_t group) {
    steps_.push_back((group << 2U) | static_cast<std::uint32_t>(kind));
  }

  /// Runs the steps for the bags of one block of weights [groups, kLanes]: for each the pairs in
  /// which the positive is above the negative, a win counting two and a tie one, plus the hits.
  /// `Count` holds twice the weight of all samples, `Total` the result. The narrower they are, the
  /// more bags are in a register.
  template <class Count, class Total>
  [[nodiscard]] std::array<Total, BootstrapBags::kLanes> run(
      std::span<const std::uint8_t> weights) const {
    constexpr std::size_t kLanes = BootstrapBags::kLanes;
    std::array<Count, kLanes> below{};  // doubled
    std::array<Total, kLanes> total{};
    for (const std::uint32_t step : steps_) {
      const std::uint8_t* const weight = weights.data() + std::size_t{step >> 2U} * kLanes;
      switch (static_cast<StepKind>(step & 3U)) {
        case StepKind::negative:
          for (std::size_t i = 0; i < kLanes; ++i)
            below[i] = static_cast<Count>(below[i] + 2 * weight[i]);
          break;
        case StepKind::half_of_negative:
          for (std::size_t i = 0; i < kLanes; ++i)
            below[i] = static_cast<Count>(below[i] + weight[i]);
          break;
        case StepKind::positive:
          for (std::size_t i = 0; i < kLanes; ++i) {
            const Count times = weight[i];
            total[i] = static_cast<Total>(total[i] + Total{times} * below[i]);
          }
          break;
        case StepKind::hit:
          for (std::size_t i = 0; i < kLanes; ++i)
            total[i] = static_cast<Total>(total[i] + weight[i]);
          break;
      }
    }
    return total;
  }

 private:
  std::vector<std::uint32_t> steps_;
};

/// A sample as one class sees it.
struct RankedSample {
  double score = 0;
  std::uint32_t group = 0;
  bool positive = false;
};

/// The steps of the Mann-Whitney count of these samples, ties one half. Sorts them.
void rank_into(RankSteps& steps, std::span<RankedSample> samples);

}  // namespace crossfold::stats
