#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace crossfold {

/// "1 fit", "3 fits": a number of things, each called `thing`.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view thing);

/// The same with a verb that agrees: "1 image is", "3 images are".
[[nodiscard]] std::string counted_are(std::uint64_t count, std::string_view thing);

}  // namespace crossfold
