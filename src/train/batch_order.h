#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "crossfold/core/random_stream.h"

namespace crossfold::train {

/// Which training samples make up which mini-batch (METHODS 5): a fresh shuffle each epoch from
/// the stream "order", cut into batches; the last partial one is dropped unless it is the only one.
class BatchOrder {
 public:
  BatchOrder(const StreamKey& key, std::size_t samples, std::size_t batch);

  /// Shuffles for the next epoch.
  void next_epoch();
  [[nodiscard]] std::size_t batches() const;
  /// Samples of a batch.
  [[nodiscard]] std::size_t batch_size() const { return batch_; }
  /// Places 0 .. samples - 1 of a batch of this epoch.
  [[nodiscard]] std::span<const std::int64_t> batch(std::size_t index) const;
  /// Those of all batches of this epoch, one behind the other.
  [[nodiscard]] std::span<const std::int64_t> all_batches() const;

 private:
  RandomStream stream_;
  std::size_t batch_;
  std::vector<std::int64_t> order_;
};

}  // namespace crossfold::train
