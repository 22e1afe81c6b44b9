#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace crossfold {

/// An image with the mask to learn from.
struct SegmentationSample {
  std::filesystem::path image;
  std::filesystem::path mask;
  std::string patient;  ///< never on both sides of the split
};

struct SegmentationEpoch {
  int epoch = 0;               ///< from 1
  double loss = 0;             ///< mean over the training images
  double validation_dice = 0;  ///< mean over the held-out images, at their own size
  bool is_best = false;        ///< the model file was written after it
};

struct SegmentationSettings {
  double validation = 0.2;  ///< share of the patients held out
  int epochs = 40;
  int patience = 8;  ///< epochs without a better Dice before the end
  int batch = 8;
  int side = 128;  ///< pixels of the square that images are resampled to, a multiple of 16
  int width = 12;  ///< channels of the first level
  double learning_rate = 2e-3;
  std::uint64_t seed = 1;
  int threads = 1;
  /// Called after each epoch; what it throws ends the training (which may be gone on with).
  std::function<void(const SegmentationEpoch&)> progress = {};
};

struct TrainedSegmenter {
  std::size_t training_images = 0;
  std::vector<std::filesystem::path> held_out;  ///< images of the validation patients
  std::vector<double> held_out_dice;            ///< of the best model, one an image
  double mean_dice = 0;
  int best_epoch = 0;
};

/// Trains a U-Net to find lungs, and writes the model of the best validation Dice to `model` each
/// time it gets better, so that an end at any time leaves the best so far. After each epoch all
/// that the next one depends on goes to `model`.part, which is removed at the end: the same
/// training, killed at any time, goes on after its last whole epoch and comes to the same model.
/// Loss: binary cross-entropy plus 1 - soft Dice; AdamW, the learning rate falling as a half
/// cosine; training images are turned and shifted at random (rigid motion, nothing else). The split
/// is patient-exclusive; it and all random numbers follow from the seed.
///
/// Neither `model` nor `model`.part is touched unless it is of this very training (images, masks,
/// patients and settings).
///
/// Error{bad_input} listing every image or mask that cannot be read, when most masks are empty or
/// full, when a side has no patient, or when `model` or `model`.part is there and is anything else;
/// Error{io} when a file cannot be written.
TrainedSegmenter train_segmenter(std::span<const SegmentationSample> samples,
                                 const std::filesystem::path& model,
                                 const SegmentationSettings& settings);

}  // namespace crossfold
