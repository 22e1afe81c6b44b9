#include <cstdlib>
#include <cstring>
#include <unordered_map>

#include "device.h"

namespace crossfold::train::cuda {
namespace {

class TwinDevice final : public Device {
 public:
  explicit TwinDevice(std::size_t memory) : free_(memory) {}

  std::size_t free_memory() const override { return free_; }
  void* allocate(std::size_t bytes) override {
    if (bytes > free_) throw OutOfDeviceMemory();
    std::unique_ptr<std::byte[]> memory(new std::byte[bytes]);
    // As a GPU's: whatever was there, so that nothing relies on zeros.
    std::memset(memory.get(), 0xff, bytes);
    void* const at = memory.get();
    blocks_.emplace(at, Block{std::move(memory), bytes});
    free_ -= bytes;
    return at;
  }
  void release(void* memory) noexcept override {
    const auto block = blocks_.find(memory);
    if (block == blocks_.end()) return;
    free_ += block->second.bytes;
    blocks_.erase(block);
  }
  void upload(void* to, const void* from, std::size_t bytes) override {
    std::memcpy(to, from, bytes);
  }
  void download(void* to, const void* from, std::size_t bytes) override {
    std::memcpy(to, from, bytes);
  }
  void copy(void* to, const void* from, std::size_t bytes) override {
    std::memcpy(to, from, bytes);
  }
  void clear(void* memory, std::size_t bytes) override { std::memset(memory, 0, bytes); }

  void gather(const Gather& of) override { twin::gather(of); }
  void forward_product(const ForwardProduct& of) override { twin::forward_product(of); }
  void backward_product(const BackwardProduct& of) override { twin::backward_product(of); }
  void gradient_step(const GradientStep& of) override { twin::gradient_step(of); }
  void adam_range(const AdamRange& of) override { twin::adam_range(of); }
  void norm_forward(const NormPass& of) override { twin::norm_forward(of); }
  void norm_evaluate(const NormPass& of) override { twin::norm_evaluate(of); }
  void norm_backward(const NormBackward& of) override { twin::norm_backward(of); }
  void heads(const HeadPass& of) override { twin::heads(of); }
  void softmax_pass(const SoftmaxPass& of) override { twin::softmax_pass(of); }
  void newton_factor(const NewtonFactor& of) override { twin::newton_factor(of); }
  void newton_step(const NewtonStep& of) override { twin::newton_step(of); }

 private:
  struct Block {
    std::unique_ptr<std::byte[]> memory;
    std::size_t bytes;
  };
  std::unordered_map<void*, Block> blocks_;
  std::size_t free_;
};

}  // namespace

std::unique_ptr<Device> make_twin_device(std::size_t memory) {
  return std::make_unique<TwinDevice>(memory);
}

}  // namespace crossfold::train::cuda
