#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "crossfold/samples/experiment_samples.h"

namespace crossfold {

/// What an attribute says of the samples of a pool.
struct PoolValues {
  std::size_t distinct = 0;
  std::string first;        ///< the lowest of them, as text
  std::size_t missing = 0;  ///< samples without a value
  std::string is_target;  ///< "class": each value goes with one level of the target and the reverse
};

/// `selected` has its pool and labels already.
[[nodiscard]] PoolValues values_in_pool(const ProbedAttribute& attribute,
                                        const ExperimentSamples& selected, Label target);

/// Why nothing can be told apart by the attribute, as a part of a sentence; empty where it can.
/// `used`: "probed".
[[nodiscard]] std::string obstacle_of(const ProbedAttribute& attribute, const PoolValues& values,
                                      std::string_view used);

}  // namespace crossfold
