#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace crossfold {

/// A SHA-256 value.
struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  /// 64 lower-case hex digits.
  [[nodiscard]] std::string hex() const;
  auto operator<=>(const Digest&) const = default;
};

/// SHA-256 over a sequence of values. `text` and `values` put the length first, so that
/// neighbouring parts cannot be confused; `bytes` adds nothing. Numbers enter little-endian.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  Hasher& bytes(std::span<const std::byte> data);
  Hasher& number(std::uint64_t value);
  Hasher& text(std::string_view value);
  template <class T>
  Hasher& values(std::span<const T> data) {
    return number(data.size()).bytes(std::as_bytes(data));
  }
  /// The digest of everything given; the hasher starts anew.
  [[nodiscard]] Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Plain SHA-256 of the bytes, as `sha256sum` prints it.
[[nodiscard]] Digest sha256(std::string_view data);

}  // namespace crossfold
