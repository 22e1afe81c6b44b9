#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace crossfold {

/// The patient of every row as a dense number, in the order in which they appear.
[[nodiscard]] std::vector<std::uint32_t> patient_numbers(const std::vector<std::string>& group);

}  // namespace crossfold
