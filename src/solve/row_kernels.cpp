#include "row_kernels.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "crossfold/solve/simd.h"

// One template on the instruction set, inlined into one function for each. This file is compiled
// with -ffp-contract=fast, so that products and sums become fused ones.

namespace crossfold::solve {
namespace {

/// Sums of neighbouring lanes, first of a, then of b. (By reference: a vector returned by value
/// would depend on the instruction set of the caller.)
template <class Vector, std::size_t... Lane>
[[gnu::always_inline]] inline void add_neighbours(const Vector& a, const Vector& b, Vector& out,
                                                  std::index_sequence<Lane...> /*lanes*/) {
  out = __builtin_shufflevector(a, b, (2 * Lane)...) +
        __builtin_shufflevector(a, b, (2 * Lane + 1)...);
}

/// Sums over the lanes of each of `Count` vectors; the sums end up in order in the first
/// Count / Lanes vectors.
template <std::size_t Lanes, std::size_t Count, class Vector>
[[gnu::always_inline]] inline void sum_lanes(Vector* vectors) {
  if constexpr (Lanes > 1) {
    constexpr std::size_t kFull = sizeof(Vector) / sizeof(vectors[0][0]);
#pragma GCC unroll 8
    for (std::size_t j = 0; j < Count / 2; ++j) {
      add_neighbours(vectors[2 * j], vectors[2 * j + 1], vectors[j],
                     std::make_index_sequence<kFull>());
    }
    sum_lanes<Lanes / 2, Count / 2>(vectors);
  }
}

template <class Isa, class T, std::size_t Columns>
[[gnu::always_inline]] inline void products_columns(const float* const* rows, std::size_t count,
                                                    std::size_t dim, const T* weights, T* out,
                                                    std::size_t stride) {
  using Simd = typename Isa::template Simd<T>;
  constexpr std::size_t kLanes = Simd::kLanes;
  constexpr std::size_t kRows = Isa::kSums / Columns;
  for (std::size_t first = 0; first < count; first += kRows) {
    const std::size_t used = std::min(kRows, count - first);
    const float* row[kRows];
    const float* next[kRows];  // rows lie anywhere, so the processor cannot guess them
    for (std::size_t i = 0; i < kRows; ++i) {
      row[i] = rows[first + std::min(i, used - 1)];
      next[i] = rows[std::min(first + kRows + i, count - 1)];
    }
    typename Simd::Vector sums[Isa::kSums] = {};
    std::size_t d = 0;
    for (; d + kLanes <= dim; d += kLanes) {
      typename Simd::Vector w[Columns];
#pragma GCC unroll 4
      for (std::size_t c = 0; c < Columns; ++c) {
        std::memcpy(&w[c], weights + c * dim + d, sizeof w[c]);
      }
#pragma GCC unroll 16
      for (std::size_t i = 0; i < kRows; ++i) {
        __builtin_prefetch(next[i] + d);
        typename Simd::Stored stored;
        std::memcpy(&stored, row[i] + d, sizeof stored);
        const auto x = __builtin_convertvector(stored, typename Simd::Vector);
#pragma GCC unroll 4
        for (std::size_t c = 0; c < Columns; ++c) sums[c * kRows + i] += x * w[c];
      }
    }
    sum_lanes<kLanes, Isa::kSums>(sums);
    T totals[Isa::kSums];
    std::memcpy(totals, sums, sizeof totals);
    for (; d < dim; ++d) {
      for (std::size_t c = 0; c < Columns; ++c) {
        for (std::size_t i = 0; i < kRows; ++i) {
          totals[c * kRows + i] += static_cast<T>(row[i][d]) * weights[c * dim + d];
        }
      }
    }
    for (std::size_t c = 0; c < Columns; ++c) {
      std::copy_n(totals + c * kRows, used, out + c * stride + first);
    }
  }
}

template <class Isa, class T>
[[gnu::always_inline]] inline void products(const float* const* rows, std::size_t count,
                                            std::size_t dim, const T* weights, std::size_t columns,
                                            T* out, std::size_t stride) {
  std::size_t c = 0;
  for (; c + 4 <= columns; c += 4) {
    products_columns<Isa, T, 4>(rows, count, dim, weights + c * dim, out + c * stride, stride);
  }
  for (; c + 2 <= columns; c += 2) {
    products_columns<Isa, T, 2>(rows, count, dim, weights + c * dim, out + c * stride, stride);
  }
  for (; c < columns; ++c) {
    products_columns<Isa, T, 1>(rows, count, dim, weights + c * dim, out + c * stride, stride);
  }
}

template <class Isa, class T, std::size_t Rows, std::size_t Columns>
[[gnu::always_inline]] inline void transposed_tile(const float* const* rows, std::size_t dim,
                                                   const T* factors, std::size_t stride, T* sums) {
  using Simd = typename Isa::template Simd<T>;
  constexpr std::size_t kLanes = Simd::kLanes;
  std::size_t d = 0;
  for (; d + kLanes <= dim; d += kLanes) {
    typename Simd::Vector x[Rows];
#pragma GCC unroll 8
    for (std::size_t i = 0; i < Rows; ++i) {
      typename Simd::Stored stored;
      std::memcpy(&stored, rows[i] + d, sizeof stored);
      x[i] = __builtin_convertvector(stored, typename Simd::Vector);
    }
#pragma GCC unroll 4
    for (std::size_t c = 0; c < Columns; ++c) {
      typename Simd::Vector sum;
      std::memcpy(&sum, sums + c * dim + d, sizeof sum);
#pragma GCC unroll 8
      for (std::size_t i = 0; i < Rows; ++i) sum += x[i] * factors[c * stride + i];
      std::memcpy(sums + c * dim + d, &sum, sizeof sum);
    }
  }
  for (; d < dim; ++d) {
    for (std::size_t c = 0; c < Columns; ++c) {
      for (std::size_t i = 0; i < Rows; ++i) {
        sums[c * dim + d] += static_cast<T>(rows[i][d]) * factors[c * stride + i];
      }
    }
  }
}

template <class Isa, class T, std::size_t Rows>
[[gnu::always_inline]] inline void transposed_rows(const float* const* rows, std::size_t dim,
                                                   const T* factors, std::size_t stride,
                                                   std::size_t columns, T* sums) {
  std::size_t c = 0;
  for (; c + 4 <= columns; c += 4) {
    transposed_tile<Isa, T, Rows, 4>(rows, dim, factors + c * stride, stride, sums + c * dim);
  }
  for (; c + 2 <= columns; c += 2) {
    transposed_tile<Isa, T, Rows, 2>(rows, dim, factors + c * stride, stride, sums + c * dim);
  }
  for (; c < columns; ++c) {
    transposed_tile<Isa, T, Rows, 1>(rows, dim, factors + c * stride, stride, sums + c * dim);
  }
}

template <class Isa, class T>
[[gnu::always_inline]] inline void add_transposed(const float* const* rows, std::size_t count,
                                                  std::size_t dim, const T* factors,
                                                  std::size_t stride, std::size_t columns,
                                                  T* sums) {
  constexpr std::size_t kRows = 8;
  std::size_t i = 0;
  for (; i + kRows <= count; i += kRows) {
    transposed_rows<Isa, T, kRows>(rows + i, dim, factors + i, stride, columns, sums);
  }
  for (; i < count; ++i) {
    transposed_rows<Isa, T, 1>(rows + i, dim, factors + i, stride, columns, sums);
  }
}

/// The kernels of one instruction set; `target` is the attribute that lets the compiler use it.
#define CF_ROW_KERNELS(Name, target, ...)                                                      \
  template <class T>                                                                           \
  struct Name {                                                                                \
    target static void products_(const float* const* rows, std::size_t count, std::size_t dim, \
                                 const T* weights, std::size_t columns, T* out,                \
                                 std::size_t stride) {                                         \
      products<__VA_ARGS__, T>(rows, count, dim, weights, columns, out, stride);               \
    }                                                                                          \
    target static void add_transposed_(const float* const* rows, std::size_t count,            \
                                       std::size_t dim, const T* factors, std::size_t stride,  \
                                       std::size_t columns, T* sums) {                         \
      add_transposed<__VA_ARGS__, T>(rows, count, dim, factors, stride, columns, sums);        \
    }                                                                                          \
    static constexpr RowKernels<T> kKernels = {products_, add_transposed_};                    \
  };

CF_ROW_KERNELS(Portable, CF_TARGET_PORTABLE, PortableIsa)
CF_ROW_KERNELS(Avx2, CF_TARGET_AVX2, Avx2Isa)
CF_ROW_KERNELS(Avx512, CF_TARGET_AVX512, Avx512Isa)
#undef CF_ROW_KERNELS

}  // namespace

template <class T>
const RowKernels<T>& row_kernels(InstructionSet set) {
  return choose(set, Portable<T>::kKernels, Avx2<T>::kKernels, Avx512<T>::kKernels);
}

template const RowKernels<float>& row_kernels<float>(InstructionSet);
template const RowKernels<double>& row_kernels<double>(InstructionSet);

}  // namespace crossfold::solve
