#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "gather.h"
#include "heads.h"
#include "norms.h"
#include "out_of_device_memory.h"
#include "products.h"
#include "softmax.h"

namespace crossfold::train::cuda {

/// What the lockstep kernels ask of a device: memory, and the families of kernels. All is done in
/// the order in which it is asked for; download() waits for what was asked before. Error{io} where
/// the device fails. Used by one thread.
class Device {
 public:
  virtual ~Device() = default;

  /// Bytes that can still be had.
  [[nodiscard]] virtual std::size_t free_memory() const = 0;
  /// Throws OutOfDeviceMemory.
  [[nodiscard]] virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* memory) noexcept = 0;
  virtual void upload(void* to, const void* from, std::size_t bytes) = 0;
  virtual void download(void* to, const void* from, std::size_t bytes) = 0;
  virtual void copy(void* to, const void* from, std::size_t bytes) = 0;
  virtual void clear(void* memory, std::size_t bytes) = 0;

  virtual void gather(const Gather& of) = 0;
  virtual void forward_product(const ForwardProduct& of) = 0;
  virtual void backward_product(const BackwardProduct& of) = 0;
  virtual void gradient_step(const GradientStep& of) = 0;
  virtual void adam_range(const AdamRange& of) = 0;
  virtual void norm_forward(const NormPass& of) = 0;
  virtual void norm_evaluate(const NormPass& of) = 0;
  virtual void norm_backward(const NormBackward& of) = 0;
  virtual void heads(const HeadPass& of) = 0;
  virtual void softmax_pass(const SoftmaxPass& of) = 0;
  virtual void newton_factor(const NewtonFactor& of) = 0;
  virtual void newton_step(const NewtonStep& of) = 0;
};

/// Numbers in the memory of a device.
template <class T>
class DeviceArray {
 public:
  DeviceArray() = default;
  DeviceArray(Device& device, std::size_t size)
      : device_(&device),
        data_(size == 0 ? nullptr : static_cast<T*>(device.allocate(size * sizeof(T)))),
        size_(size) {}
  DeviceArray(Device& device, std::span<const T> values) : DeviceArray(device, values.size()) {
    put(values);
  }
  DeviceArray(DeviceArray&& other) noexcept
      : device_(std::exchange(other.device_, nullptr)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  DeviceArray& operator=(DeviceArray&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~DeviceArray() {
    if (data_ != nullptr) device_->release(data_);
  }

  [[nodiscard]] T* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Values to the device, from `at` on.
  void put(std::span<const T> values, std::size_t at = 0) {
    if (!values.empty()) device_->upload(data_ + at, values.data(), values.size_bytes());
  }
  [[nodiscard]] std::vector<T> get(std::size_t at, std::size_t count) const {
    std::vector<T> values(count);
    if (count > 0) device_->download(values.data(), data_ + at, count * sizeof(T));
    return values;
  }
  void clear() {
    if (size_ > 0) device_->clear(data_, size_ * sizeof(T));
  }
  /// Makes it at least so large; what it held is lost where it must grow.
  void reserve(Device& device, std::size_t size) {
    if (size <= size_) return;
    *this = {};
    *this = DeviceArray(device, size);
  }

 private:
  Device* device_ = nullptr;
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A device made of the twins, in the memory of the processor: what the kernels of a GPU are
/// compared with, and what drives them in tests. It fails as a device does once more than
/// `memory` bytes are asked for.
[[nodiscard]] std::unique_ptr<Device> make_twin_device(std::size_t memory);

}  // namespace crossfold::train::cuda
