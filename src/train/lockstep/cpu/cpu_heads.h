#pragma once

#include <cstddef>

#include "crossfold/solve/logistic_regression.h"

#include "cpu_network.h"

namespace crossfold::train {

/// A softmax head among the parameters of a network.
struct HeadPlace {
  std::size_t weight = 0, bias = 0, levels = 0;
};

[[nodiscard]] HeadPlace class_head_place(const CpuNetwork& network);
/// A domain head, whose `levels` columns begin at `first` among those of all domain heads.
[[nodiscard]] HeadPlace domain_head_place(const CpuNetwork& network, std::size_t first,
                                          std::size_t levels);

[[nodiscard]] LogisticModel read_head(const CpuNetwork& network, const HeadPlace& place);
void write_head(CpuNetwork& network, const HeadPlace& place, const LogisticModel& head);

}  // namespace crossfold::train
