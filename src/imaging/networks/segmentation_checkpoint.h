#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include <torch/torch.h>

#include "crossfold/core/hash.h"

namespace crossfold {

/// How far a training of train_segmenter.h has come.
struct SegmentationProgress {
  int epochs = 0;  ///< that are done
  int best_epoch = 0;
  std::vector<double> held_out_dice;  ///< of the best model, one an image
};

/// Writes the file whole: a line of JSON, then the tensors as plain numbers, with a hash over all.
/// `training` names the training that it belongs to. Error{io}.
void write_checkpoint(const std::filesystem::path& path, const Digest& training,
                      const SegmentationProgress& progress, std::span<const torch::Tensor> state);

/// Fills `state`; nothing when there is no such file. Error{bad_input} for the file of another
/// training, another kind of file, or damage (as many scores as `held_out` images are expected);
/// Error{io}.
[[nodiscard]] std::optional<SegmentationProgress> read_checkpoint(
    const std::filesystem::path& path, const Digest& training, std::size_t held_out,
    std::span<const torch::Tensor> state);

}  // namespace crossfold
