#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace crossfold::train {

/// While it lives, this thread takes numbers below the smallest normal one for 0. The moments of a
/// unit that is never active shrink that far within a thousand steps, and the processor is a
/// hundred times slower with such numbers.
class FlushDenormals {
 public:
#if defined(__x86_64__)
  FlushDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040U); }  // both flush bits
  ~FlushDenormals() { _mm_setcsr(before_); }
#else
  FlushDenormals() = default;
#endif
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__x86_64__)
  unsigned before_;
#endif
};

}  // namespace crossfold::train
