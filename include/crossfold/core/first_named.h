#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace crossfold {

/// Cases of one kind that are named; the rest is a number.
inline constexpr std::size_t kMostNamed = 3;

/// "a, b, c and 4 more": the first of `names`, of which there are `all`.
[[nodiscard]] std::string first_named(std::span<const std::string> names, std::size_t all,
                                      std::string_view separator = ", ");
[[nodiscard]] std::string first_named(std::span<const std::string> names);

}  // namespace crossfold
