#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/train/compute_device.h"

#include "cuda_part.h"
#include "launch.h"

namespace crossfold::train::cuda {

void gpu::check(cudaError_t result, const char* what) {
  if (result == cudaErrorMemoryAllocation) throw OutOfDeviceMemory();
  if (result == cudaSuccess) return;
  throw DeviceLost(
      fmt::format("the GPU failed at {} ({}). look at the driver's log (dmesg, nvidia-smi -q), and "
                  "run again on another GPU or with --device cpu",
                  what, cudaGetErrorString(result)));
}

namespace {

using gpu::check;

std::string version_text(int version) {
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

int visible_gpus() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

GpuFacts facts(std::uint32_t gpu) {
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, static_cast<int>(gpu)), "telling what it is");
  return {.name = properties.name,
          .architecture = fmt::format("sm_{}{}", properties.major, properties.minor),
          .processors = properties.multiProcessorCount,
          .memory = properties.totalGlobalMem};
}

std::string toolkit() { return version_text(CUDART_VERSION); }

std::string driver() {
  int version = 0;
  check(cudaDriverGetVersion(&version), "telling its driver's version");
  return version_text(version);
}

/// One stream; memory comes from the device's pool, which keeps what is released.
class CudaDevice final : public Device {
 public:
  explicit CudaDevice(std::uint32_t gpu) : gpu_(static_cast<int>(gpu)) {
    check(cudaSetDevice(gpu_), "starting");
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "starting");
    check(cudaDeviceGetDefaultMemPool(&pool_, gpu_), "starting");
    std::uint64_t all = UINT64_MAX;
    check(cudaMemPoolSetAttribute(pool_, cudaMemPoolAttrReleaseThreshold, &all), "starting");
  }
  CudaDevice(const CudaDevice&) = delete;
  CudaDevice& operator=(const CudaDevice&) = delete;
  ~CudaDevice() override {
    cudaStreamSynchronize(stream_);
    cudaMemPoolTrimTo(pool_, 0);
    cudaStreamDestroy(stream_);
  }

  std::size_t free_memory() const override {
    std::size_t free = 0, total = 0;
    check(cudaMemGetInfo(&free, &total), "telling its memory");
    std::uint64_t reserved = 0, used = 0;
    check(cudaMemPoolGetAttribute(pool_, cudaMemPoolAttrReservedMemCurrent, &reserved),
          "telling its memory");
    check(cudaMemPoolGetAttribute(pool_, cudaMemPoolAttrUsedMemCurrent, &used),
          "telling its memory");
    return free + (reserved - used);
  }
  void* allocate(std::size_t bytes) override {
    void* memory = nullptr;
    const cudaError_t result = cudaMallocAsync(&memory, bytes, stream_);
    if (result == cudaErrorMemoryAllocation) (void)cudaGetLastError();  // it does not stick
    check(result, "giving memory");
    return memory;
  }
  void release(void* memory) noexcept override { cudaFreeAsync(memory, stream_); }
  void upload(void* to, const void* from, std::size_t bytes) override {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream_), "a copy to it");
    check(cudaStreamSynchronize(stream_), "a copy to it");  // `from` may go at once
  }
  void download(void* to, const void* from, std::size_t bytes) override {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream_), "a copy from it");
    check(cudaStreamSynchronize(stream_), "what was asked of it");
  }
  void copy(void* to, const void* from, std::size_t bytes) override {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream_), "a copy");
  }
  void clear(void* memory, std::size_t bytes) override {
    check(cudaMemsetAsync(memory, 0, bytes, stream_), "clearing memory");
  }

  void gather(const Gather& of) override { gpu::gather(of, stream_); }
  void forward_product(const ForwardProduct& of) override { gpu::forward_product(of, stream_); }
  void backward_product(const BackwardProduct& of) override { gpu::backward_product(of, stream_); }
  void gradient_step(const GradientStep& of) override { gpu::gradient_step(of, stream_); }
  void adam_range(const AdamRange& of) override { gpu::adam_range(of, stream_); }
  void norm_forward(const NormPass& of) override { gpu::norm_forward(of, stream_); }
  void norm_evaluate(const NormPass& of) override { gpu::norm_evaluate(of, stream_); }
  void norm_backward(const NormBackward& of) override { gpu::norm_backward(of, stream_); }
  void heads(const HeadPass& of) override { gpu::heads(of, stream_); }
  void softmax_pass(const SoftmaxPass& of) override { gpu::softmax_pass(of, stream_); }
  void newton_factor(const NewtonFactor& of) override { gpu::newton_factor(of, stream_); }
  void newton_step(const NewtonStep& of) override { gpu::newton_step(of, stream_); }

 private:
  int gpu_;
  cudaStream_t stream_ = nullptr;
  cudaMemPool_t pool_ = nullptr;
};

std::unique_ptr<Device> open(std::uint32_t gpu) {
  const int visible = visible_gpus();
  CF_VALIDATE(std::cmp_less(gpu, visible), ErrorCode::usage,
              fmt::format("device 'cuda:{}' cannot be used (this process sees {} GPUs). choose a "
                          "lower number or --device cpu",
                          gpu, visible));
  return std::make_unique<CudaDevice>(gpu);
}

}  // namespace
}  // namespace crossfold::train::cuda

extern "C" const crossfold::train::cuda::CudaPart* crossfold_train_cuda_part() {
  using namespace crossfold::train::cuda;
  static constexpr CudaPart part{.visible_gpus = visible_gpus,
                                 .facts = facts,
                                 .open = open,
                                 .toolkit = toolkit,
                                 .driver = driver};
  return &part;
}
