#include "launch.h"

namespace crossfold::train::cuda::gpu {
namespace {

/// How a matrix of a product lies: element (row, k) at row * row_stride + k * k_stride, one of the
/// strides being 1.
struct Matrix {
  const float* values;
  std::size_t row_stride;
  std::size_t k_stride;
};

/// Rows of the left and of the right matrix that a block of threads multiplies, and of these how
/// many each of its 256 threads has.
template <int Rows, int Each>
struct Tile {
  static constexpr int kRows = Rows;
  static constexpr int kEach = Each;
  static constexpr int kDepth = 16;
  static constexpr int kThreads = (Rows / Each) * (Rows / Each);
};
using WideTile = Tile<128, 8>;
using NarrowTile = Tile<64, 4>;

/// Elements (first .. first + Rows - 1, k .. k + depth - 1) to shared[k][row]; zeros beyond.
template <class T>
__device__ void load(const Matrix& from, std::size_t first, std::size_t rows, std::size_t k,
                     std::size_t depth, float (&shared)[T::kDepth][T::kRows + 4]) {
  const bool along_k = from.k_stride == 1;
  for (int e = static_cast<int>(threadIdx.x); e < T::kRows * T::kDepth; e += T::kThreads) {
    const int row = along_k ? e / T::kDepth : e % T::kRows;
    const int at = along_k ? e % T::kDepth : e / T::kRows;
    const bool inside = first + row < rows && k + at < depth;
    shared[at][row] =
        inside ? from.values[(first + row) * from.row_stride + (k + at) * from.k_stride] : 0.0F;
  }
}

/// sums[i][j] = sum over k of a(row i, k) b(row j, k), ascending in k, for the rows of this thread.
template <class T>
__device__ void multiply(const Matrix& a, std::size_t a_rows, std::size_t a_first, const Matrix& b,
                         std::size_t b_rows, std::size_t b_first, std::size_t depth,
                         float (&sums)[T::kEach][T::kEach]) {
  __shared__ float left[T::kDepth][T::kRows + 4], right[T::kDepth][T::kRows + 4];
  constexpr int kAcross = T::kRows / T::kEach;
  const int row = static_cast<int>(threadIdx.x) / kAcross * T::kEach;
  const int column = static_cast<int>(threadIdx.x) % kAcross * T::kEach;
  for (int i = 0; i < T::kEach; ++i)
    for (int j = 0; j < T::kEach; ++j) sums[i][j] = 0.0F;
  for (std::size_t k = 0; k < depth; k += T::kDepth) {
    load<T>(a, a_first, a_rows, k, depth, left);
    load<T>(b, b_first, b_rows, k, depth, right);
    __syncthreads();
#pragma unroll
    for (int at = 0; at < T::kDepth; ++at) {
      float x[T::kEach], y[T::kEach];
#pragma unroll
      for (int i = 0; i < T::kEach; ++i) x[i] = left[at][row + i];
#pragma unroll
      for (int j = 0; j < T::kEach; ++j) y[j] = right[at][column + j];
#pragma unroll
      for (int i = 0; i < T::kEach; ++i)
#pragma unroll
        for (int j = 0; j < T::kEach; ++j) sums[i][j] = fmaf(x[i], y[j], sums[i][j]);
    }
    __syncthreads();
  }
}

/// finish(row, column, sum) for each element of this thread that lies in [rows, columns].
template <class T, class Finish>
__device__ void each_element(std::size_t row_first, std::size_t rows, std::size_t column_first,
                             std::size_t columns, const float (&sums)[T::kEach][T::kEach],
                             const Finish& finish) {
  constexpr int kAcross = T::kRows / T::kEach;
  const std::size_t row = row_first + threadIdx.x / kAcross * T::kEach;
  const std::size_t column = column_first + threadIdx.x % kAcross * T::kEach;
#pragma unroll
  for (int i = 0; i < T::kEach; ++i)
#pragma unroll
    for (int j = 0; j < T::kEach; ++j)
      if (row + i < rows && column + j < columns) finish(row + i, column + j, sums[i][j]);
}

__device__ const float* input_of(const LayerInput& input, const FitPlace& fit, std::size_t place,
                                 std::size_t capacity, std::size_t inputs) {
  return input.values + (input.of_block ? fit.block : place) * capacity * inputs;
}

template <class T>
__global__ void __launch_bounds__(T::kThreads) forward(ForwardProduct of) {
  const std::size_t place = blockIdx.z;
  const FitPlace fit = of.places.at[place];
  const std::size_t row = blockIdx.y * T::kRows, column = blockIdx.x * T::kRows;
  if (row >= fit.samples) return;
  const LayerShape layer = of.layer;
  const float* const slot = of.bank.parameters + fit.slot * of.bank.stride;
  const Matrix x{input_of(of.input, fit, place, of.places.capacity, layer.inputs), layer.inputs, 1};
  const Matrix w{slot + layer.weight, layer.inputs, 1};
  float sums[T::kEach][T::kEach];
  multiply<T>(x, fit.samples, row, w, layer.units, column, layer.inputs, sums);
  float* const out = of.out + place * of.places.capacity * layer.units;
  each_element<T>(row, fit.samples, column, layer.units, sums,
                  [&](std::size_t i, std::size_t u, float sum) {
                    const float x = sum + slot[layer.bias + u];
                    out[i * layer.units + u] = x < 0 ? 0.0F : x;  // a NaN stays one
                  });
}

template <class T>
__global__ void __launch_bounds__(T::kThreads) backward(BackwardProduct of) {
  const std::size_t place = blockIdx.z;
  const FitPlace fit = of.places.at[place];
  const std::size_t row = blockIdx.y * T::kRows, column = blockIdx.x * T::kRows;
  if (row >= fit.samples) return;
  const LayerShape layer = of.layer;
  const Matrix gradient{of.gradient + place * of.places.capacity * layer.units, layer.units, 1};
  const Matrix w{of.bank.parameters + fit.slot * of.bank.stride + layer.weight, 1, layer.inputs};
  float sums[T::kEach][T::kEach];
  multiply<T>(gradient, fit.samples, row, w, layer.inputs, column, layer.units, sums);
  float* const out = of.out + place * of.places.capacity * layer.inputs;
  each_element<T>(
      row, fit.samples, column, layer.inputs, sums,
      [&](std::size_t i, std::size_t d, float sum) { out[i * layer.inputs + d] = sum; });
}

/// AdamW with AMSGrad on one parameter.
__device__ void move(const NetworkBank& bank, std::size_t at, float gradient,
                     const AdamNumbers& step) {
  const float first = bank.first[at] * kFirstDecay + gradient * (1 - kFirstDecay);
  const float second = bank.second[at] * kSecondDecay + gradient * gradient * (1 - kSecondDecay);
  const float largest = fmaxf(bank.largest_second[at], second);
  bank.first[at] = first;
  bank.second[at] = second;
  bank.largest_second[at] = largest;
  bank.parameters[at] = bank.parameters[at] * step.keep -
                        step.rate * first / (sqrtf(largest) * step.inverse_correction + kStepEps);
}

template <class T>
__global__ void __launch_bounds__(T::kThreads) step(GradientStep of) {
  const std::size_t place = blockIdx.z;
  const FitPlace fit = of.places.at[place];
  const LayerShape layer = of.layer;
  const std::size_t row = blockIdx.y * T::kRows, column = blockIdx.x * T::kRows;
  const Matrix gradient{of.gradient + place * of.places.capacity * layer.units, 1, layer.units};
  const Matrix x{input_of(of.input, fit, place, of.places.capacity, layer.inputs), 1, layer.inputs};
  float sums[T::kEach][T::kEach];
  multiply<T>(gradient, layer.units, row, x, layer.inputs, column, fit.samples, sums);
  const AdamNumbers numbers = of.steps[place];
  const std::size_t weight = fit.slot * of.bank.stride + layer.weight;
  each_element<T>(row, layer.units, column, layer.inputs, sums,
                  [&](std::size_t u, std::size_t d, float sum) {
                    move(of.bank, weight + u * layer.inputs + d, sum, numbers);
                  });
}

__global__ void move_range(AdamRange of) {
  const std::size_t place = blockIdx.y;
  const std::size_t j = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (j >= of.moved[place]) return;
  move(of.bank, of.places.at[place].slot * of.bank.stride + of.offset + j,
       of.gradients[place * of.gradient_stride + j], of.steps[place]);
}

template <class T>
dim3 grid_of(std::size_t rows, std::size_t columns, std::size_t fits) {
  const auto tiles = [](std::size_t count) {
    return static_cast<unsigned>((count + T::kRows - 1) / T::kRows);
  };
  return {tiles(columns), tiles(rows), static_cast<unsigned>(fits)};
}

/// Wide tiles where the layer fills them: a choice by the layer's shape alone, so that a fit's
/// sums do not depend on its cohort.
bool is_wide(const LayerShape& layer) { return layer.units >= 128 && layer.inputs >= 128; }

}  // namespace

void forward_product(const ForwardProduct& of, cudaStream_t stream) {
  const auto launch = [&]<class T>(T) {
    forward<T><<<grid_of<T>(of.places.capacity, of.layer.units, of.places.count), T::kThreads, 0,
                 stream>>>(of);
  };
  if (is_wide(of.layer))
    launch(WideTile{});
  else
    launch(NarrowTile{});
  check(cudaGetLastError(), "a layer's products");
}

void backward_product(const BackwardProduct& of, cudaStream_t stream) {
  using T = NarrowTile;
  backward<T><<<grid_of<T>(of.places.capacity, of.layer.inputs, of.places.count), T::kThreads, 0,
                stream>>>(of);
  check(cudaGetLastError(), "the gradient of a layer's inputs");
}

void gradient_step(const GradientStep& of, cudaStream_t stream) {
  const auto launch = [&]<class T>(T) {
    step<T>
        <<<grid_of<T>(of.layer.units, of.layer.inputs, of.places.count), T::kThreads, 0, stream>>>(
            of);
  };
  if (is_wide(of.layer))
    launch(WideTile{});
  else
    launch(NarrowTile{});
  check(cudaGetLastError(), "a step of the optimiser");
}

void adam_range(const AdamRange& of, cudaStream_t stream) {
  constexpr unsigned kThreads = 256;
  const dim3 grid(static_cast<unsigned>((of.most + kThreads - 1) / kThreads),
                  static_cast<unsigned>(of.places.count));
  move_range<<<grid, kThreads, 0, stream>>>(of);
  check(cudaGetLastError(), "a step of the optimiser");
}

}  // namespace crossfold::train::cuda::gpu
