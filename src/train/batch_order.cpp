#include "batch_order.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "crossfold/core/error.h"

namespace crossfold::train {

BatchOrder::BatchOrder(const StreamKey& key, std::size_t samples, std::size_t batch)
    : stream_(key, "order"), batch_(std::min(batch, samples)), order_(samples) {
  CF_VALIDATE(batch_ >= 2, ErrorCode::bad_input,
              fmt::format("a mini-batch of one sample (batch size {}, {} training samples; batch "
                          "normalisation needs two or more). use larger batches or more samples",
                          batch, samples));
}

void BatchOrder::next_epoch() {
  std::iota(order_.begin(), order_.end(), std::int64_t{0});
  stream_.shuffle(std::span(order_));
}

std::size_t BatchOrder::batches() const { return order_.size() / batch_; }

std::span<const std::int64_t> BatchOrder::batch(std::size_t index) const {
  return std::span(order_).subspan(index * batch_, batch_);
}

std::span<const std::int64_t> BatchOrder::all_batches() const {
  return std::span(order_).first(batches() * batch_);
}

}  // namespace crossfold::train
