#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "device.h"

namespace crossfold::test {

/// The twins, with something done before each gathering of a batch, which begins every step of
/// training and every pass of evaluation: `before_gather` is told how many came before. It claims
/// that all of `claimed` is free, as a GPU does whose memory others take, and knows the most of
/// `memory` that was in use.
class WatchedDevice : public train::cuda::Device {
 public:
  explicit WatchedDevice(
      std::size_t memory, std::function<void(std::size_t)> before_gather = [](std::size_t) {},
      std::optional<std::size_t> claimed = {})
      : twin_(train::cuda::make_twin_device(memory)),
        memory_(memory),
        before_gather_(std::move(before_gather)),
        claimed_(claimed) {}

  [[nodiscard]] std::size_t peak() const { return peak_; }

  std::size_t free_memory() const override { return claimed_.value_or(twin_->free_memory()); }
  void* allocate(std::size_t bytes) override {
    void* const at = twin_->allocate(bytes);
    peak_ = std::max(peak_, memory_ - twin_->free_memory());
    return at;
  }
  void release(void* memory) noexcept override { twin_->release(memory); }
  void upload(void* to, const void* from, std::size_t bytes) override {
    twin_->upload(to, from, bytes);
  }
  void download(void* to, const void* from, std::size_t bytes) override {
    twin_->download(to, from, bytes);
  }
  void copy(void* to, const void* from, std::size_t bytes) override {
    twin_->copy(to, from, bytes);
  }
  void clear(void* memory, std::size_t bytes) override { twin_->clear(memory, bytes); }

  void gather(const train::cuda::Gather& of) override {
    before_gather_(gathered_++);
    twin_->gather(of);
  }
  void forward_product(const train::cuda::ForwardProduct& of) override {
    twin_->forward_product(of);
  }
  void backward_product(const train::cuda::BackwardProduct& of) override {
    twin_->backward_product(of);
  }
  void gradient_step(const train::cuda::GradientStep& of) override { twin_->gradient_step(of); }
  void adam_range(const train::cuda::AdamRange& of) override { twin_->adam_range(of); }
  void norm_forward(const train::cuda::NormPass& of) override { twin_->norm_forward(of); }
  void norm_evaluate(const train::cuda::NormPass& of) override { twin_->norm_evaluate(of); }
  void norm_backward(const train::cuda::NormBackward& of) override { twin_->norm_backward(of); }
  void heads(const train::cuda::HeadPass& of) override { twin_->heads(of); }
  void softmax_pass(const train::cuda::SoftmaxPass& of) override { twin_->softmax_pass(of); }
  void newton_factor(const train::cuda::NewtonFactor& of) override { twin_->newton_factor(of); }
  void newton_step(const train::cuda::NewtonStep& of) override { twin_->newton_step(of); }

 private:
  std::unique_ptr<train::cuda::Device> twin_;
  std::size_t memory_;
  std::size_t peak_ = 0;
  std::function<void(std::size_t)> before_gather_;
  std::optional<std::size_t> claimed_;
  std::size_t gathered_ = 0;
};

}  // namespace crossfold::test
