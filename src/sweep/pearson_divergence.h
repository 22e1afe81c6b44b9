#pragma once

#include <cstddef>
#include <span>

namespace crossfold::sweep {

/// D_PE of the values of a subset from those of all, for values of a continuum in [0, 1]
/// (parameter_importance.h). `top` are some of `all`, at least two.
[[nodiscard]] double divergence_of_densities(std::span<const double> top,
                                             std::span<const double> all);

/// Likewise for categories, numbered from 0.
[[nodiscard]] double divergence_of_shares(std::span<const std::size_t> top,
                                          std::span<const std::size_t> all);

}  // namespace crossfold::sweep
