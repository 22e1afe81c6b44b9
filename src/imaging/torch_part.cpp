#include "torch_part.h"

#include "crossfold/core/late_library.h"

namespace crossfold::imaging {

const TorchPart& torch_part() {
  static const TorchPart& part = *reinterpret_cast<decltype(&crossfold_imaging_torch_part)>(
      late_function("libcrossfold_imaging_torch.so", "crossfold_imaging_torch_part",
                    "what LibTorch does with images (TorchScript models, U-Nets)"))();
  return part;
}

}  // namespace crossfold::imaging
