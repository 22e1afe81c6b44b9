#include "launch.h"

namespace crossfold::train::cuda::gpu {
namespace {

constexpr unsigned kThreads = 256;

/// A block of threads a sample.
__global__ void gather_rows(Gather of) {
  const RowRange range = of.ranges[blockIdx.y];
  if (blockIdx.x >= range.count) return;
  const float* const from = of.embedding + of.rows[range.first + blockIdx.x] * of.dim;
  float* const to = of.out + (blockIdx.y * of.capacity + blockIdx.x) * of.dim;
  if (range.scaling < 0) {
    for (std::size_t d = threadIdx.x; d < of.dim; d += kThreads) to[d] = from[d];
    return;
  }
  const float* const mean = of.scalings + 2 * static_cast<std::size_t>(range.scaling) * of.dim;
  for (std::size_t d = threadIdx.x; d < of.dim; d += kThreads)
    to[d] = (from[d] - mean[d]) * mean[of.dim + d];
}

}  // namespace

void gather(const Gather& of, cudaStream_t stream) {
  if (of.blocks == 0) return;
  const dim3 grid(static_cast<unsigned>(of.capacity), static_cast<unsigned>(of.blocks));
  gather_rows<<<grid, kThreads, 0, stream>>>(of);
  check(cudaGetLastError(), "gathering samples");
}

}  // namespace crossfold::train::cuda::gpu
