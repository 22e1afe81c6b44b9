#pragma once

#include <optional>
#include <span>

#include "crossfold/report/report.h"

namespace crossfold {

/// T table 1 for one role; empty when no sample has it.
[[nodiscard]] std::optional<SampleCounts> count_samples(const SampleTable& samples, Role role);

/// Samples that have no role and so take part in nothing.
[[nodiscard]] std::size_t samples_without_role(const SampleTable& samples);

/// Images and distinct patients of some rows.
[[nodiscard]] SampleCount count_rows(std::span<const std::uint32_t> rows,
                                     std::span<const std::uint32_t> group);

}  // namespace crossfold
