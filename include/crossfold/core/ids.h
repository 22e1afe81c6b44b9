#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace crossfold {

/// A number that cannot be taken for another kind of number.
template <class Tag, class Value = std::uint32_t>
struct StrongId {
  Value value{};

  constexpr StrongId() = default;
  constexpr explicit StrongId(Value v) : value(v) {}
  auto operator<=>(const StrongId&) const = default;
};

/// Which repetition of the cross-validation (0-based); the random streams are derived from it.
using SeedIndex = StrongId<struct SeedIndexTag>;
/// Which fold is held out (0-based).
using FoldIndex = StrongId<struct FoldIndexTag>;
/// An MPI rank, or a worker of the in-process queue; 0 coordinates.
using Rank = StrongId<struct RankTag>;

/// Names one fit: 32 hex digits of a hash over everything that can change the fit's numbers.
struct FitId {
  std::string hex;
  auto operator<=>(const FitId&) const = default;
};

}  // namespace crossfold

template <class Tag, class Value>
struct std::hash<crossfold::StrongId<Tag, Value>> {
  std::size_t operator()(const crossfold::StrongId<Tag, Value>& id) const {
    return std::hash<Value>{}(id.value);
  }
};

template <>
struct std::hash<crossfold::FitId> {
  std::size_t operator()(const crossfold::FitId& id) const {
    return std::hash<std::string>{}(id.hex);
  }
};
