#include "network_slots.h"

#include <algorithm>

#include "crossfold/core/error.h"

namespace crossfold::train::cuda {
namespace {

/// Floats a slot begins at a multiple of.
constexpr std::size_t kSlotUnit = 32;

std::size_t most_domains(std::span<const SlotStart> starts) {
  std::size_t most = 0;
  for (const SlotStart& start : starts) most = std::max(most, start.domains);
  return most;
}

}  // namespace

NetworkSlots::NetworkSlots(Device& device, std::size_t dim, std::size_t classes,
                           std::span<const SlotStart> starts)
    : device_(device), layout_(dim, classes, most_domains(starts)), stride_(stride_of(layout_)) {
  parameters_ = {device_, starts.size() * stride_};
  for (DeviceArray<float>* moments : {&first_, &second_, &largest_second_}) {
    *moments = {device_, starts.size() * stride_};
    moments->clear();
  }
  parameters_.clear();
  for (std::size_t fit = 0; fit < starts.size(); ++fit) {
    domains_.push_back(starts[fit].domains);
    parameters_.put(slot_of(starts[fit]), fit * stride_);
  }
  std::vector<float> statistics(NetworkLayout::kStatistics);
  std::fill_n(statistics.begin() + NetworkLayout::kHiddenVariance, kHiddenWidth, 1.0F);
  std::fill_n(statistics.begin() + NetworkLayout::kEncodedVariance, kEncodedWidth, 1.0F);
  statistics_ = {device_, starts.size() * NetworkLayout::kStatistics};
  for (std::size_t fit = 0; fit < starts.size(); ++fit)
    statistics_.put(statistics, fit * NetworkLayout::kStatistics);
}

std::size_t NetworkSlots::stride_of(const NetworkLayout& layout) {
  return (layout.parameters + kSlotUnit - 1) / kSlotUnit * kSlotUnit;
}

NetworkBank NetworkSlots::bank() const {
  return {.parameters = parameters_.data(),
          .first = first_.data(),
          .second = second_.data(),
          .largest_second = largest_second_.data(),
          .statistics = statistics_.data(),
          .stride = stride_,
          .statistics_stride = NetworkLayout::kStatistics};
}

LayerShape NetworkSlots::hidden_layer() const {
  return {.weight = layout_.hidden_weight,
          .bias = layout_.hidden_bias,
          .inputs = layout_.dim,
          .units = kHiddenWidth};
}

LayerShape NetworkSlots::encoded_layer() const {
  return {.weight = layout_.encoded_weight,
          .bias = layout_.encoded_bias,
          .inputs = kHiddenWidth,
          .units = kEncodedWidth};
}

NormShape NetworkSlots::hidden_norm() const {
  return {.scale = layout_.hidden_scale,
          .shift = layout_.hidden_shift,
          .running_mean = NetworkLayout::kHiddenMean,
          .running_variance = NetworkLayout::kHiddenVariance,
          .units = kHiddenWidth};
}

NormShape NetworkSlots::encoded_norm() const {
  return {.scale = layout_.encoded_scale,
          .shift = layout_.encoded_shift,
          .running_mean = NetworkLayout::kEncodedMean,
          .running_variance = NetworkLayout::kEncodedVariance,
          .units = kEncodedWidth};
}

void NetworkSlots::keep(std::span<const std::size_t> fits) {
  if (fits.empty()) return;
  if (kept_parameters_.size() == 0) {
    kept_parameters_ = {device_, parameters_.size()};
    kept_statistics_ = {device_, statistics_.size()};
  }
  for (const std::size_t fit : fits) {
    copy_slot(kept_parameters_, parameters_, fit, stride_);
    copy_slot(kept_statistics_, statistics_, fit, NetworkLayout::kStatistics);
  }
}

void NetworkSlots::restore(std::span<const std::size_t> fits) {
  for (const std::size_t fit : fits) {
    CF_EXPECT(kept_parameters_.size() > 0);
    copy_slot(parameters_, kept_parameters_, fit, stride_);
    copy_slot(statistics_, kept_statistics_, fit, NetworkLayout::kStatistics);
  }
}

LogisticModel NetworkSlots::class_head(std::size_t fit) const {
  return head_at(fit, layout_.class_weight, layout_.class_bias, layout_.classes);
}

LogisticModel NetworkSlots::domain_head(std::size_t fit) const {
  return head_at(fit, layout_.domain_weight, layout_.domain_bias, domains_.at(fit));
}

void NetworkSlots::set_domain_head(std::size_t fit, const LogisticModel& head) {
  const std::size_t slot = fit * stride_;
  const auto put = [&](const std::vector<double>& values, std::size_t at) {
    const std::vector<float> narrow(values.begin(), values.end());
    parameters_.put(narrow, slot + at);
  };
  put(head.weights, layout_.domain_weight);
  put(head.intercepts, layout_.domain_bias);
}

std::vector<float> NetworkSlots::snapshot(std::size_t fit) const {
  std::vector<float> values = canonical(parameters_, fit);
  const std::vector<float> statistics =
      statistics_.get(fit * NetworkLayout::kStatistics, NetworkLayout::kStatistics);
  values.insert(values.end(), statistics.begin(), statistics.end());
  return values;
}

std::vector<float> NetworkSlots::gradient_means(std::size_t fit) const {
  return canonical(first_, fit);
}

std::vector<float> NetworkSlots::slot_of(const SlotStart& start) const {
  const NetworkLayout own(layout_.dim, layout_.classes, start.domains);
  std::vector<float> values(layout_.parameters);
  const auto from = start.parameters.begin();
  std::copy(from, from + static_cast<std::ptrdiff_t>(own.domain_bias), values.begin());
  std::copy(from + static_cast<std::ptrdiff_t>(own.domain_bias), start.parameters.end(),
            values.begin() + static_cast<std::ptrdiff_t>(layout_.domain_bias));
  return values;
}

std::vector<float> NetworkSlots::canonical(const DeviceArray<float>& from, std::size_t fit) const {
  const NetworkLayout own(layout_.dim, layout_.classes, domains_.at(fit));
  std::vector<float> values = from.get(fit * stride_, own.domain_bias);
  const std::vector<float> biases = from.get(fit * stride_ + layout_.domain_bias, domains_[fit]);
  values.insert(values.end(), biases.begin(), biases.end());
  return values;
}

LogisticModel NetworkSlots::head_at(std::size_t fit, std::size_t weight, std::size_t bias,
                                    std::size_t levels) const {
  const std::size_t slot = fit * stride_;
  const std::vector<float> weights = parameters_.get(slot + weight, levels * kEncodedWidth);
  const std::vector<float> biases = parameters_.get(slot + bias, levels);
  return {.levels = levels,
          .dim = kEncodedWidth,
          .weights = {weights.begin(), weights.end()},
          .intercepts = {biases.begin(), biases.end()}};
}

void NetworkSlots::copy_slot(DeviceArray<float>& to, const DeviceArray<float>& from,
                             std::size_t fit, std::size_t stride) {
  device_.copy(to.data() + fit * stride, from.data() + fit * stride, stride * sizeof(float));
}

}  // namespace crossfold::train::cuda
