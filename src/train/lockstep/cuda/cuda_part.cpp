#include "cuda_part.h"

#include <exception>

#include "crossfold/core/late_library.h"

namespace crossfold::train::cuda {
namespace {

const CudaPart* load() {
#ifdef CROSSFOLD_CUDA
  try {
    return reinterpret_cast<decltype(&crossfold_train_cuda_part)>(late_function(
        "libcrossfold_train_cuda.so", "crossfold_train_cuda_part", "training on a GPU"))();
  } catch (const std::exception&) {
    return nullptr;  // the program was taken along without it
  }
#else
  return nullptr;
#endif
}

}  // namespace

const CudaPart* cuda_part() {
  static const CudaPart* const part = load();
  return part;
}

}  // namespace crossfold::train::cuda
