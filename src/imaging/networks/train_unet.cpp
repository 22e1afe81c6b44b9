#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/error.h"
#include "crossfold/core/hash.h"
#include "crossfold/core/log.h"
#include "crossfold/core/random_stream.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/imaging/decode.h"
#include "crossfold/imaging/image_oddity.h"
#include "crossfold/imaging/lung_mask.h"

#include "dice.h"
#include "network_parts.h"
#include "optimizer_state.h"
#include "rigid_motion.h"
#include "segmentation_checkpoint.h"
#include "segmentation_images.h"
#include "unet_file.h"

namespace crossfold {
namespace {

struct Pair {
  GrayImage image;
  GrayImage mask;
};

/// `what`, and the names of up to twenty.
std::string with_names(const std::string& what, const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 20;
  std::string text = what;
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i) text += "\n  " + names[i];
  if (names.size() > kMost) text += fmt::format("\n  and {} more", names.size() - kMost);
  return text;
}

/// Oddities of the pairs that are read, by the names of their files.
struct Oddities {
  std::vector<std::string> blank_images;
  std::vector<std::string> void_masks;  ///< empty or full
  std::vector<std::string> odd_masks;   ///< these too

  void note(const SegmentationSample& sample, const GrayImage& image, const LungMask& mask) {
    if (const auto oddity = image_oddity(image))
      blank_images.push_back(sample.image.string() + ": " + *oddity);
    if (mask.oddity) odd_masks.push_back(sample.mask.string() + ": " + *mask.oddity);
    if (mask.is_empty_or_full()) void_masks.push_back(sample.mask.string());
  }

  /// Error{bad_input} where most masks are empty or full; warnings for the rest.
  void report(std::size_t of) const {
    CF_VALIDATE(2 * void_masks.size() <= of, ErrorCode::bad_input,
                with_names(fmt::format("{} of {} lung masks are empty or full (the lungs are the "
                                       "higher of two grays, or 128 and more of several). give "
                                       "masks that show lungs",
                                       void_masks.size(), of),
                           void_masks));
    if (!blank_images.empty())
      log_warning(with_names(fmt::format("{} of {} images are blank or nearly blank. look at them",
                                         blank_images.size(), of),
                             blank_images));
    if (!odd_masks.empty())
      log_warning(with_names(
          fmt::format("{} of {} lung masks are unlikely. look at them", odd_masks.size(), of),
          odd_masks));
  }
};

std::vector<Pair> read_pairs(std::span<const SegmentationSample> samples) {
  std::vector<Pair> pairs;
  ValidationErrors errors;
  Oddities oddities;
  for (const SegmentationSample& sample : samples) try {
      GrayImage image = read_gray_image(sample.image);
      LungMask mask = decode_lung_mask(read_image_bytes(sample.mask), sample.mask.string(),
                                       image.width, image.height);
      oddities.note(sample, image, mask);
      pairs.push_back({std::move(image), std::move(mask.pixels)});
    } catch (const Error& error) {
      if (error.code() != ErrorCode::bad_input && error.code() != ErrorCode::io) throw;
      errors.add(error.where(), error.message());
    }
  errors.throw_if_any(ErrorCode::bad_input, "images with masks");
  oddities.report(samples.size());
  return pairs;
}

/// Indices of the samples of the patients held out, and of the others.
struct Split {
  std::vector<std::size_t> training;
  std::vector<std::size_t> held_out;
};

Split split_patients(std::span<const SegmentationSample> samples, double share,
                     std::uint64_t seed) {
  std::set<std::string> all;
  for (const SegmentationSample& sample : samples) all.insert(sample.patient);
  std::vector<std::string> patients(all.begin(), all.end());
  RandomStream random({.root_seed = seed}, "segmentation-split");
  random.shuffle(std::span(patients));
  const auto count =
      static_cast<std::size_t>(std::lround(share * static_cast<double>(patients.size())));
  CF_VALIDATE(count >= 1 && patients.size() - std::min(count, patients.size()) >= 1,
              ErrorCode::bad_input,
              fmt::format("{} patients cannot be split into training and validation by {} (each "
                          "side needs one). give more images with masks, or another share",
                          patients.size(), share));
  const std::set<std::string> held_out(patients.begin(),
                                       patients.begin() + static_cast<std::ptrdiff_t>(count));
  Split split;
  for (std::size_t i = 0; i < samples.size(); ++i)
    (held_out.contains(samples[i].patient) ? split.held_out : split.training).push_back(i);
  return split;
}

torch::Tensor segmentation_loss(const torch::Tensor& logits, const torch::Tensor& masks) {
  const torch::Tensor p = torch::sigmoid(logits);
  const torch::Tensor overlap = (p * masks).sum({1, 2, 3});
  const torch::Tensor sizes = (p + masks).sum({1, 2, 3});
  const torch::Tensor soft_dice = (2 * overlap + 1) / (sizes + 1);
  return torch::binary_cross_entropy_with_logits(logits, masks) + 1 - soft_dice.mean();
}

class Training {
 public:
  Training(std::vector<Pair> pairs, Split split, const SegmentationSettings& settings)
      : pairs_(std::move(pairs)),
        split_(std::move(split)),
        settings_(settings),
        motion_({.root_seed = settings.seed}, "segmentation-motion"),
        order_({.root_seed = settings.seed}, "segmentation-order"),
        unet_{.shape = {.width = settings.width, .levels = 4},
              .side = settings.side,
              .network = UNet(nullptr),
              .training = {}} {
    torch::manual_seed(settings.seed);
    unet_.network = UNet(unet_.shape);
    optimizer_ = std::make_unique<torch::optim::AdamW>(
        unet_.network->parameters(), torch::optim::AdamWOptions(settings.learning_rate));
  }

  /// Network and optimiser: with the random numbers drawn, all that the next epoch depends on.
  [[nodiscard]] std::vector<torch::Tensor> state() {
    std::vector<torch::Tensor> tensors = tensors_of(unet_.network);
    for (const torch::Tensor& parameter : unet_.network->parameters()) {
      const torch::optim::AdamWParamState& moments = moments_of(parameter);
      tensors.push_back(moments.exp_avg());
      tensors.push_back(moments.exp_avg_sq());
    }
    return tensors;
  }
  /// For a state() that was filled with that after `epochs` epochs.
  void go_on_after(int epochs) {
    for (int epoch = 0; epoch < epochs; ++epoch) {
      order_.shuffle(std::span(split_.training));
      for (std::size_t i = 0; i < split_.training.size(); ++i)
        static_cast<void>(random_rigid_motion(motion_));
    }
    const std::size_t batch = static_cast<std::size_t>(settings_.batch);
    const std::size_t steps = (split_.training.size() + batch - 1) / batch;
    for (const torch::Tensor& parameter : unet_.network->parameters())
      moments_of(parameter).step(epochs * static_cast<std::int64_t>(steps));
  }

  /// One pass over the training images; returns the mean loss.
  double run_epoch(int epoch) {
    set_learning_rate(epoch);
    unet_.network->train();
    order_.shuffle(std::span(split_.training));
    double loss = 0;
    const auto batch = static_cast<std::size_t>(settings_.batch);
    for (std::size_t at = 0; at < split_.training.size(); at += batch) {
      const std::size_t count = std::min(batch, split_.training.size() - at);
      loss += step(std::span(split_.training).subspan(at, count)) * static_cast<double>(count);
    }
    return loss / static_cast<double>(split_.training.size());
  }

  [[nodiscard]] std::vector<double> held_out_dice() {
    const torch::NoGradGuard no_grad;
    unet_.network->eval();
    std::vector<double> scores;
    for (const std::size_t i : split_.held_out) {
      const GrayImage& image = pairs_[i].image;
      const torch::Tensor logits =
          unet_.network->forward(network_image(image, unet_.side).unsqueeze(0)).squeeze();
      scores.push_back(dice(mask_from_network(torch::sigmoid(logits), image.width, image.height),
                            pairs_[i].mask));
    }
    return scores;
  }

  /// As it is to be written.
  [[nodiscard]] StoredUNet unet(const Digest& identity) const {
    StoredUNet stored = unet_;
    stored.training = identity.hex();
    return stored;
  }
  [[nodiscard]] const std::vector<Pair>& pairs() const { return pairs_; }
  [[nodiscard]] const Split& split() const { return split_; }

 private:
  void set_learning_rate(int epoch) {
    const double share = static_cast<double>(epoch - 1) / settings_.epochs;
    const double rate = settings_.learning_rate * (1 + std::cos(std::numbers::pi * share)) / 2;
    for (auto& group : optimizer_->param_groups())
      static_cast<torch::optim::AdamWOptions&>(group.options()).lr(rate);
  }

  /// AdamW's; zeros before the first step.
  torch::optim::AdamWParamState& moments_of(const torch::Tensor& parameter) {
    auto& known = state_of(*optimizer_, parameter);
    if (!known) {
      auto fresh = std::make_unique<torch::optim::AdamWParamState>();
      fresh->step(0);
      fresh->exp_avg(torch::zeros_like(parameter));
      fresh->exp_avg_sq(torch::zeros_like(parameter));
      known = std::move(fresh);
    }
    return static_cast<torch::optim::AdamWParamState&>(*known);
  }

  double step(std::span<const std::size_t> rows) {
    std::vector<torch::Tensor> images;
    std::vector<torch::Tensor> masks;
    for (const std::size_t row : rows) {
      const RigidMotion motion = random_rigid_motion(motion_);
      images.push_back(network_image(moved(pairs_[row].image, motion, Border::edge), unet_.side));
      masks.push_back(network_mask(moved(pairs_[row].mask, motion, Border::black), unet_.side));
    }
    optimizer_->zero_grad();
    const torch::Tensor loss =
        segmentation_loss(unet_.network->forward(torch::stack(images)), torch::stack(masks));
    loss.backward();
    optimizer_->step();
    return loss.item<double>();
  }

  std::vector<Pair> pairs_;
  Split split_;
  const SegmentationSettings& settings_;
  RandomStream motion_;
  RandomStream order_;
  StoredUNet unet_;
  std::unique_ptr<torch::optim::AdamW> optimizer_;
};

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Over all that the numbers of a training follow from.
Digest identity_of(std::span<const SegmentationSample> samples, const std::vector<Pair>& pairs,
                   const SegmentationSettings& settings) {
  Hasher hasher;
  hasher.text("crossfold segmentation training 2");
  for (const double value : {settings.validation, settings.learning_rate})
    hasher.text(fmt::format("{}", value));
  for (const int value :
       {settings.epochs, settings.patience, settings.batch, settings.side, settings.width})
    hasher.number(static_cast<std::uint64_t>(value));
  hasher.number(settings.seed).number(samples.size());
  for (const SegmentationSample& sample : samples)
    hasher.text(sample.image.string()).text(sample.mask.string()).text(sample.patient);
  for (const Pair& pair : pairs)
    for (const GrayImage* image : {&pair.image, &pair.mask})
      hasher.number(static_cast<std::uint64_t>(image->width))
          .values(std::span<const std::uint8_t>(image->pixels));
  return hasher.finish();
}

}  // namespace

namespace imaging {

TrainedSegmenter train_unet(std::span<const SegmentationSample> samples,
                            const std::filesystem::path& model,
                            const SegmentationSettings& settings) {
  CF_EXPECT(settings.side % 16 == 0 && settings.epochs >= 1 && settings.batch >= 1);
  confine_opencv();
  at::set_num_threads(settings.threads);
  Split split = split_patients(samples, settings.validation, settings.seed);
  Training training(read_pairs(samples), std::move(split), settings);
  const std::filesystem::path checkpoint = model.string() + ".part";
  const Digest identity = identity_of(samples, training.pairs(), settings);
  SegmentationProgress progress;
  if (auto before = read_checkpoint(checkpoint, identity, training.split().held_out.size(),
                                    training.state())) {
    progress = *std::move(before);
    training.go_on_after(progress.epochs);
    log_info(fmt::format("{} done already ({}), the best Dice {:.4f}",
                         counted_are(static_cast<std::uint64_t>(progress.epochs), "epoch"),
                         checkpoint.string(), mean_of(progress.held_out_dice)));
  }
  require_free_or_own(model, identity.hex());
  const auto goes_on = [&] {
    return progress.epochs < settings.epochs &&
           progress.epochs - progress.best_epoch < settings.patience;
  };
  while (goes_on()) {
    const int epoch = ++progress.epochs;
    SegmentationEpoch report{.epoch = epoch, .loss = training.run_epoch(epoch)};
    std::vector<double> scores = training.held_out_dice();
    report.validation_dice = mean_of(scores);
    report.is_best =
        progress.best_epoch == 0 || report.validation_dice > mean_of(progress.held_out_dice);
    if (report.is_best) {
      write_unet(model, training.unet(identity));
      progress.held_out_dice = std::move(scores);
      progress.best_epoch = epoch;
    }
    write_checkpoint(checkpoint, identity, progress, training.state());
    if (settings.progress) settings.progress(report);
  }
  std::error_code ignored;
  std::filesystem::remove(checkpoint, ignored);
  TrainedSegmenter result{.training_images = training.split().training.size(),
                          .held_out = {},
                          .held_out_dice = std::move(progress.held_out_dice),
                          .mean_dice = 0,
                          .best_epoch = progress.best_epoch};
  result.mean_dice = mean_of(result.held_out_dice);
  for (const std::size_t i : training.split().held_out) result.held_out.push_back(samples[i].image);
  return result;
}

}  // namespace imaging
}  // namespace crossfold
