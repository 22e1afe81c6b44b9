#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "unet.h"

namespace crossfold {

/// A U-Net as it lies in a file: what it takes, and its weights. The file holds a line of JSON and
/// then plain numbers with a hash over all, so that reading one runs no code, wherever it is from.
struct StoredUNet {
  UNetImpl::Shape shape;
  int side = 128;  ///< of the square that images are resampled to
  UNet network{nullptr};
  std::string training;  ///< names the training that made it; empty in files of version 1
};

/// Weights and running statistics, in the module's own order, all as floats.
[[nodiscard]] std::vector<torch::Tensor> tensors_of(const UNet& network);

/// Writes the file whole.
void write_unet(const std::filesystem::path& path, const StoredUNet& unet);

/// Before a training: Error{bad_input} when `path` is there and is anything but the model of this
/// very training, which may be written anew; Error{io}.
void require_free_or_own(const std::filesystem::path& path, const std::string& training);

/// Error{bad_input} for another kind of file, another version, or damage; Error{io}.
[[nodiscard]] StoredUNet read_unet(const std::filesystem::path& path);

}  // namespace crossfold
