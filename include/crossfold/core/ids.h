#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

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

/// Names one fit: the first bytes of a hash over everything that can change the fit's numbers.
struct FitId {
  static constexpr std::size_t kDigits = 32;
  std::array<std::uint8_t, kDigits / 2> bytes{};

  /// 32 lower-case hex digits.
  [[nodiscard]] std::string hex() const;
  /// The way back; nothing for any other text.
  [[nodiscard]] static std::optional<FitId> from_hex(std::string_view text);
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
    std::size_t value = 0;  // the bytes are a hash already
    std::memcpy(&value, id.bytes.data(), sizeof value);
    return value;
  }
};
