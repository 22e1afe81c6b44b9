#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "crossfold/core/error.h"
#include "crossfold/solve/instruction_set.h"

// The compiler's vectors, for kernels that are one template on the instruction set. Every function
// of such a kernel is always_inline into one function for each set, which carries the attribute
// that allows its instructions; vectors go by reference, as passing one by value would depend on
// the caller's set.

#if !defined(__x86_64__)  // nothing chooses these sets there
#define CF_TARGET_AVX2
#define CF_TARGET_AVX512
#define CF_TARGET_AMX
#else
#define CF_TARGET_AVX2 __attribute__((target("avx2,fma")))
#define CF_TARGET_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,prefer-vector-width=512")))
#define CF_TARGET_AMX                                                               \
  __attribute__((                                                                   \
      target("amx-tile,amx-bf16,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,prefer" \
             "-vector-width=512")))
#endif
#define CF_TARGET_PORTABLE

namespace crossfold::solve {

/// `Bytes` of a register, and how many sums a tile keeps in registers.
template <int Bytes, std::size_t Sums>
struct Isa {
  template <class T>
  struct Simd {
    static constexpr std::size_t kLanes = Bytes / sizeof(T);
    typedef T Vector __attribute__((vector_size(Bytes)));
    typedef float Stored __attribute__((vector_size(kLanes * sizeof(float))));
  };
  static constexpr std::size_t kLanes = Bytes / sizeof(float);
  typedef float Floats __attribute__((vector_size(Bytes)));
  typedef std::int32_t Ints __attribute__((vector_size(Bytes)));
  typedef std::uint32_t Words __attribute__((vector_size(Bytes)));
  static constexpr std::size_t kSums = Sums;
};

using PortableIsa = Isa<16, 8>;
using Avx2Isa = Isa<32, 8>;
using Avx512Isa = Isa<64, 16>;

/// The kernels of `set`. What has no use for tiles takes those of the widest registers.
template <class Kernels>
[[nodiscard]] const Kernels& choose(InstructionSet set, const Kernels& portable,
                                    const Kernels& avx2, const Kernels& avx512) {
  switch (set) {
    case InstructionSet::portable:
      return portable;
    case InstructionSet::avx2:
      return avx2;
    case InstructionSet::avx512:
    case InstructionSet::amx:
      return avx512;
  }
  throw_contract_error("a known instruction set", __FILE__, __LINE__);
}

}  // namespace crossfold::solve
