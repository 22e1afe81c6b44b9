#pragma once

#include <cstddef>

namespace crossfold {

/// Levels of a document; deeper ones are refused: code that follows a value down (printing,
/// copying) would run out of stack.
inline constexpr std::size_t kDeepestJson = 100;

}  // namespace crossfold
