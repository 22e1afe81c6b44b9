#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "crossfold/sweep/selection.h"

namespace crossfold::sweep {

/// Means of the candidates; one that cannot be chosen has none.
using Means = std::vector<std::optional<double>>;

/// The largest, the first of equals; empty when there is none.
[[nodiscard]] std::optional<std::size_t> best_of(std::span<const std::optional<double>> means);

/// The simplest of those not below `least`; of equally simple ones the best, then the first.
[[nodiscard]] std::optional<std::size_t> simplest_of(
    std::span<const std::optional<double>> means, double least,
    std::span<const std::vector<std::optional<double>>> simplicity);

/// Means of the complete candidates in a table, which may be empty.
[[nodiscard]] Means means_of_complete(const SelectionTables& tables, const ScoreTable& table);

/// Whether the candidate's mean domain AUC is at most tau.
[[nodiscard]] bool is_within_tau(const SelectionTables& tables, std::size_t candidate);

}  // namespace crossfold::sweep
