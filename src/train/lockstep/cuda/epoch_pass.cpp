#include "epoch_pass.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace crossfold::train::cuda {
namespace {

/// Parameters of the hidden layer that no product moves: bias, scale and shift.
constexpr std::size_t kHiddenRest = 3 * kHiddenWidth;

}  // namespace

EpochPass::EpochPass(CohortOnDevice& cohort, std::span<const Batches> batches,
                     std::span<const FitEpoch> fits)
    : cohort_(cohort), batches_(batches), fits_(fits) {
  order_by_batches();
  put_samples();
  put_fits();
  cohort_.samples.reserve(splits_.size());
  losses_ = {cohort_.device, steps() * fits_.size() * 2};
}

void EpochPass::order_by_batches() {
  const auto by_count = [&](std::size_t a, std::size_t b) {
    return batches_[a].count() > batches_[b].count();
  };
  std::vector<bool> used(batches_.size());
  for (const FitEpoch& fit : fits_) used[cohort_.fits.at(fit.fit).split] = true;
  for (std::size_t split = 0; split < batches_.size(); ++split)
    if (used[split]) splits_.push_back(split);
  std::stable_sort(splits_.begin(), splits_.end(), by_count);
  order_.resize(fits_.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
    return by_count(cohort_.fits[fits_[a].fit].split, cohort_.fits[fits_[b].fit].split);
  });
  const std::size_t steps = splits_.empty() ? 0 : batches_[splits_.front()].count();
  for (std::size_t step = 0; step < steps; ++step) {
    const auto has_it = [&](std::size_t split) { return batches_[split].count() > step; };
    splits_at_.push_back(
        static_cast<std::size_t>(std::count_if(splits_.begin(), splits_.end(), has_it)));
    fits_at_.push_back(
        static_cast<std::size_t>(std::count_if(order_.begin(), order_.end(), [&](std::size_t i) {
          return has_it(cohort_.fits[fits_[i].fit].split);
        })));
  }
}

void EpochPass::put_samples() {
  std::vector<RowRange> ranges(steps() * splits_.size());
  std::vector<std::uint32_t> rows;
  std::vector<std::int32_t> classes, domains;
  for (std::size_t block = 0; block < splits_.size(); ++block) {
    const Batches& of = batches_[splits_[block]];
    const CohortSplit& split = cohort_.data.splits[splits_[block]];
    for (std::size_t step = 0; step < of.count(); ++step)
      ranges[step * splits_.size() + block] = {
          .first = rows.size() + step * of.size,
          .count = static_cast<std::uint32_t>(of.size),
          .scaling = cohort_.samples.scaling_of(splits_[block])};
    for (const std::int64_t at : of.places) {
      const auto place = static_cast<std::size_t>(at);
      rows.push_back(split.train[place]);
      classes.push_back(split.classes[place]);
      domains.push_back(split.adversaries.empty() ? 0 : split.adversaries.front().columns[place]);
    }
  }
  Device& device = cohort_.device;
  ranges_ = {device, std::span<const RowRange>(ranges)};
  rows_ = {device, std::span<const std::uint32_t>(rows)};
  classes_ = {device, std::span<const std::int32_t>(classes)};
  domains_ = {device, std::span<const std::int32_t>(domains)};
}

void EpochPass::put_fits() {
  const NetworkLayout& layout = cohort_.slots.layout();
  std::vector<std::uint32_t> block_of(cohort_.data.splits.size());
  for (std::size_t block = 0; block < splits_.size(); ++block)
    block_of[splits_[block]] = static_cast<std::uint32_t>(block);
  std::vector<FitPlace> places;
  std::vector<HeadsOfFit> heads;
  std::vector<std::uint32_t> moved(2 * fits_.size());
  std::vector<AdamNumbers> numbers(steps() * fits_.size());
  for (std::size_t place = 0; place < order_.size(); ++place) {
    const FitEpoch& epoch = fits_[order_[place]];
    DeviceFit& fit = cohort_.fits.at(epoch.fit);
    places.push_back({.slot = static_cast<std::uint32_t>(epoch.fit),
                      .block = block_of[fit.split],
                      .samples = static_cast<std::uint32_t>(batches_[fit.split].size),
                      .output = static_cast<std::uint32_t>(place)});
    heads.push_back({.lambda = static_cast<float>(fit.domains > 0 ? epoch.lambdas.front() : 0),
                     .domains = static_cast<std::uint32_t>(fit.domains)});
    moved[place] = kHiddenRest;
    const std::size_t end =
        fit.domain_head == HeadUpdate::optimiser ? layout.parameters : layout.domain_weight;
    moved[fits_.size() + place] = static_cast<std::uint32_t>(end - layout.encoded_bias);
    for (std::size_t step = 0; step < batches_[fit.split].count(); ++step)
      numbers[step * fits_.size() + place] = fit.next_step(epoch.learning_rate);
  }
  Device& device = cohort_.device;
  places_ = {device, std::span<const FitPlace>(places)};
  heads_ = {device, std::span<const HeadsOfFit>(heads)};
  moved_ = {device, std::span<const std::uint32_t>(moved)};
  numbers_ = {device, std::span<const AdamNumbers>(numbers)};
}

/// Each parameter is moved once its old value has served.
void EpochPass::step(std::size_t step) {
  Device& device = cohort_.device;
  const NetworkSlots& slots = cohort_.slots;
  const NetworkLayout& layout = slots.layout();
  const NetworkBank bank = slots.bank();
  const Activations& at = cohort_.activations;
  const std::size_t capacity = cohort_.samples.capacity();
  const RowRange* const ranges = ranges_.data() + step * splits_.size();
  const AdamNumbers* const numbers = numbers_.data() + step * fits_.size();
  const Places places{.at = places_.data(), .count = fits_at_[step], .capacity = capacity};
  const LayerInput blocks = cohort_.samples.blocks();
  const LayerInput hidden{.values = at.hidden_normed.data(), .of_block = false};

  cohort_.samples.gather(rows_, ranges, splits_at_[step]);
  device.forward_product({places, bank, slots.hidden_layer(), blocks, at.hidden.data()});
  device.norm_forward({places, bank, slots.hidden_norm(), at.hidden.data(), at.hidden_normed.data(),
                       capacity * kHiddenWidth, at.hidden_mean.data(),
                       at.hidden_inverse_sd.data()});
  device.forward_product({places, bank, slots.encoded_layer(), hidden, at.encoded.data()});
  device.norm_forward({places, bank, slots.encoded_norm(), at.encoded.data(), at.features.data(),
                       capacity * kEncodedWidth, at.encoded_mean.data(),
                       at.encoded_inverse_sd.data()});
  device.heads(head_pass(step, places, ranges));
  device.norm_backward(encoded_backward(places));
  device.backward_product(
      {places, bank, slots.encoded_layer(), at.encoded_gradient.data(), at.hidden_gradient.data()});
  device.gradient_step(
      {places, bank, slots.encoded_layer(), hidden, at.encoded_gradient.data(), numbers});
  device.norm_backward(hidden_backward(places));
  device.gradient_step(
      {places, bank, slots.hidden_layer(), blocks, at.hidden_gradient.data(), numbers});
  move_rest(places, layout.hidden_bias, kHiddenRest, moved_.data(), numbers);
  move_rest(places, layout.encoded_bias, layout.parameters - layout.encoded_bias,
            moved_.data() + fits_.size(), numbers);
}

std::vector<EpochLosses> EpochPass::losses() const {
  const std::vector<double> losses = losses_.get(0, losses_.size());
  std::vector<EpochLosses> sums(fits_.size());
  for (std::size_t place = 0; place < order_.size(); ++place) {
    EpochLosses& sum = sums[order_[place]];
    const std::size_t split = cohort_.fits[fits_[order_[place]].fit].split;
    for (std::size_t step = 0; step < batches_[split].count() && !sum.not_finite; ++step) {
      const double* const at = losses.data() + (step * fits_.size() + place) * 2;
      sum.count({.class_label = at[0], .domain = {at[1]}});
    }
  }
  return sums;
}

HeadPass EpochPass::head_pass(std::size_t step, const Places& places,
                              const RowRange* ranges) const {
  const NetworkLayout& layout = cohort_.slots.layout();
  const Activations& at = cohort_.activations;
  return {.places = places,
          .bank = cohort_.slots.bank(),
          .heads = heads_.data(),
          .ranges = ranges,
          .classes = classes_.data(),
          .domains = domains_.data(),
          .class_levels = layout.classes,
          .class_weight = layout.class_weight,
          .class_bias = layout.class_bias,
          .domain_weight = layout.domain_weight,
          .domain_bias = layout.domain_bias,
          .most_levels = std::max(layout.classes, layout.domains),
          .features = at.features.data(),
          .residuals = at.residuals.data(),
          .feature_gradient = at.encoded_gradient.data(),
          .gradients = at.gradients.data(),
          .gradient_stride = Activations::gradient_stride(layout),
          .gradient_offset = layout.hidden_bias,
          .losses = losses_.data() + step * fits_.size() * 2};
}

NormBackward EpochPass::encoded_backward(const Places& places) const {
  const NetworkLayout& layout = cohort_.slots.layout();
  const Activations& at = cohort_.activations;
  return {.places = places,
          .bank = cohort_.slots.bank(),
          .norm = cohort_.slots.encoded_norm(),
          .rectified = at.encoded.data(),
          .gradient = at.encoded_gradient.data(),
          .mean = at.encoded_mean.data(),
          .inverse_sd = at.encoded_inverse_sd.data(),
          .gradients = at.gradients.data(),
          .gradient_stride = Activations::gradient_stride(layout),
          .bias = layout.encoded_bias - layout.hidden_bias,
          .scale = layout.encoded_scale - layout.hidden_bias,
          .shift = layout.encoded_shift - layout.hidden_bias};
}

NormBackward EpochPass::hidden_backward(const Places& places) const {
  const NetworkLayout& layout = cohort_.slots.layout();
  const Activations& at = cohort_.activations;
  return {.places = places,
          .bank = cohort_.slots.bank(),
          .norm = cohort_.slots.hidden_norm(),
          .rectified = at.hidden.data(),
          .gradient = at.hidden_gradient.data(),
          .mean = at.hidden_mean.data(),
          .inverse_sd = at.hidden_inverse_sd.data(),
          .gradients = at.gradients.data(),
          .gradient_stride = Activations::gradient_stride(layout),
          .bias = 0,
          .scale = layout.hidden_scale - layout.hidden_bias,
          .shift = layout.hidden_shift - layout.hidden_bias};
}

void EpochPass::move_rest(const Places& places, std::size_t offset, std::size_t most,
                          const std::uint32_t* moved, const AdamNumbers* numbers) {
  const NetworkLayout& layout = cohort_.slots.layout();
  cohort_.device.adam_range(
      {.places = places,
       .bank = cohort_.slots.bank(),
       .offset = offset,
       .most = most,
       .moved = moved,
       .gradients = cohort_.activations.gradients.data() + (offset - layout.hidden_bias),
       .gradient_stride = Activations::gradient_stride(layout),
       .steps = numbers});
}

}  // namespace crossfold::train::cuda
