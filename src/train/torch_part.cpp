#include "torch_part.h"

#include "crossfold/core/late_library.h"

namespace crossfold::train {

const TorchPart& torch_part() {
  static const TorchPart& part = *reinterpret_cast<decltype(&crossfold_train_torch_part)>(
      late_function("libcrossfold_train_torch.so", "crossfold_train_torch_part",
                    "what LibTorch does (the reference engine, CUDA devices)"))();
  return part;
}

}  // namespace crossfold::train
