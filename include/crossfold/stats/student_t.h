#pragma once

#include <cstddef>

namespace crossfold::stats {

/// The t that a Student variable of `degrees_of_freedom` (>= 1) exceeds with probability
/// `upper_tail`, inside (0, 1).
[[nodiscard]] double student_t_quantile(double upper_tail, std::size_t degrees_of_freedom);

}  // namespace crossfold::stats
