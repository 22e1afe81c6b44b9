#pragma once

#include <memory>
#include <string>

#include "crossfold/train/engine.h"

namespace crossfold::train {

/// What of this module needs LibTorch: src/train/reference, a library of its own that is loaded
/// when the first of these is asked for (core/late_library.h).
struct TorchPart {
  /// See make_engine().
  std::unique_ptr<Engine> (*make_reference_engine)(const ComputeDevice& device);
  int (*visible_cuda_devices)();
  std::string (*version)();
};

/// Error{internal} when the library is not there.
[[nodiscard]] const TorchPart& torch_part();

}  // namespace crossfold::train

/// The one name that is looked up in the library.
extern "C" const crossfold::train::TorchPart* crossfold_train_torch_part();
