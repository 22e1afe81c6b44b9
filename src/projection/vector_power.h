#pragma once

#include <bit>
#include <cstdint>

namespace crossfold::projection {

/// Four floats, as every processor that we know of has them in a register.
typedef float Floats __attribute__((vector_size(16)));
typedef std::int32_t Ints __attribute__((vector_size(16)));

[[gnu::always_inline]] inline Floats all(float value) { return Floats{value, value, value, value}; }

/// log2(x) of x >= 0, to 2e-7 absolute near 1 and relative elsewhere; of 0 about -127.
[[gnu::always_inline]] inline Floats log2_of(const Floats& x) {
  constexpr std::int32_t kRootOfHalf = 0x3f3504f3;  // the bits of sqrt(1/2)
  const Ints bits = std::bit_cast<Ints>(x);
  const Ints exponent = (bits - kRootOfHalf) >> 23;
  const Ints rest = bits - (exponent << 23);  // x = 2^exponent m, m in [sqrt(1/2), sqrt(2))
  const Floats m = std::bit_cast<Floats>(rest);
  // ln m = 2 artanh(s), a series in s^2 <= 0.0295.
  const Floats s = (m - 1.0F) / (m + 1.0F);
  const Floats z = s * s;
  Floats sum = z * all(2.8853900818F / 9) + 2.8853900818F / 7;
  sum = sum * z + 2.8853900818F / 5;
  sum = sum * z + 2.8853900818F / 3;
  sum = sum * z + 2.8853900818F;
  return __builtin_convertvector(exponent, Floats) + sum * s;
}

/// 2^y, to 3e-7 relative; y is held to [-126, 126].
[[gnu::always_inline]] inline Floats exp2_of(const Floats& y) {
  constexpr float kRounds = 12582912.0F;  // 1.5 2^23: added, leaves an integer at the end
  const Floats low = y < -126.0F ? all(-126.0F) : y;
  const Floats bounded = low > 126.0F ? all(126.0F) : low;
  const Floats shifted = bounded + kRounds;
  const Floats r = bounded - (shifted - kRounds);
  Floats sum = r * all(1.54035304e-4F) + 1.33335581e-3F;  // ln(2)^k / k!
  sum = sum * r + 9.61812911e-3F;
  sum = sum * r + 5.55041087e-2F;
  sum = sum * r + 2.40226507e-1F;
  sum = sum * r + 6.93147181e-1F;
  sum = sum * r + 1.0F;
  const Ints scaled = std::bit_cast<Ints>(sum) + (std::bit_cast<Ints>(shifted) << 23);
  return std::bit_cast<Floats>(scaled);
}

/// x^b of x >= 0, b in (0, 2], to 1e-6 relative for x in [1e-6, 1e6]; plain arithmetic, the same
/// bits everywhere.
[[gnu::always_inline]] inline Floats power_of(const Floats& x, float b) {
  return exp2_of(log2_of(x) * b);
}

}  // namespace crossfold::projection
