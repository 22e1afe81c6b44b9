#include "launch.h"

namespace crossfold::train::cuda::gpu {
namespace {

constexpr unsigned kThreads = 256;
static_assert(kThreads == kPartRows);

__device__ double affine(const double* parameters, const float* x) {
  double sum = parameters[kFeatures];
  for (std::size_t u = 0; u < kFeatures; ++u) sum = fma(parameters[u], double{x[u]}, sum);
  return sum;
}

__device__ double extended(const float* x, std::size_t u) {
  return u == kFeatures ? 1.0 : double{x[u]};
}

struct Plus {
  __device__ double operator()(double a, double b) const { return a + b; }
};
struct Larger {
  __device__ double operator()(double a, double b) const { return fmax(a, b); }
};

/// One number of each thread to one, in an order that is always the same.
template <class Fold>
__device__ double fold_block(double value, const Fold& fold) {
  __shared__ double values[kThreads];
  values[threadIdx.x] = value;
  __syncthreads();
  for (unsigned half = kThreads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half)
      values[threadIdx.x] = fold(values[threadIdx.x], values[threadIdx.x + half]);
    __syncthreads();
  }
  const double total = values[0];
  __syncthreads();
  return total;
}

/// Sums over one part of a fit's samples: gradient, cross-entropies, largest move.
__global__ void pass_part(SoftmaxPass of) {
  const SoftmaxFit fit = of.data.fits[blockIdx.y];
  const std::size_t first = blockIdx.x * kPartRows;
  if (first >= fit.samples) return;
  const std::size_t levels = fit.levels, at = fit.place * of.data.stride;
  const std::size_t rows = min(kPartRows, fit.samples - first);
  const float* const features = of.data.features + fit.features + first * kFeatures;
  const std::int32_t* const labels = of.data.labels + fit.labels + first;
  double* const probabilities = of.data.probabilities + fit.probabilities + first * levels;
  double loss = 0, move = 0;
  if (threadIdx.x < rows) {
    const float* const x = features + threadIdx.x * kFeatures;
    double* const p = probabilities + threadIdx.x * levels;
    double largest = -INFINITY, sum = 0;
    for (std::size_t k = 0; k < levels; ++k) {
      p[k] = affine(of.theta + at + k * kLevelParameters, x);
      largest = fmax(largest, p[k]);
      move = fmax(move, fabs(affine(of.step + at + k * kLevelParameters, x)));
    }
    const double of_label = p[labels[threadIdx.x]];
    for (std::size_t k = 0; k < levels; ++k) {
      p[k] = exp(p[k] - largest);
      sum += p[k];
    }
    loss = largest + log(sum) - of_label;
    for (std::size_t k = 0; k < levels; ++k) p[k] /= sum;
  }
  loss = fold_block(loss, Plus{});
  move = fold_block(move, Larger{});
  double* const partials = of.partials + (fit.place * of.parts + blockIdx.x) * (of.data.stride + 2);
  for (std::size_t j = threadIdx.x; j < levels * kLevelParameters; j += kThreads) {
    const std::size_t k = j / kLevelParameters, u = j % kLevelParameters;
    double sum = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      const double residual =
          probabilities[i * levels + k] - (static_cast<std::size_t>(labels[i]) == k ? 1.0 : 0.0);
      sum = fma(residual, extended(features + i * kFeatures, u), sum);
    }
    partials[j] = sum;
  }
  if (threadIdx.x > 0) return;
  partials[of.data.stride] = loss;
  partials[of.data.stride + 1] = move;
}

/// The parts of each fit in their order, and the penalty.
__global__ void pass_whole(SoftmaxPass of) {
  const SoftmaxFit fit = of.data.fits[blockIdx.x];
  const std::size_t stride = of.data.stride, at = fit.place * stride;
  const std::size_t parts = (fit.samples + kPartRows - 1) / kPartRows;
  const double* const partials = of.partials + fit.place * of.parts * (stride + 2);
  const auto n = static_cast<double>(fit.samples);
  double squares = 0;
  for (std::size_t j = threadIdx.x; j < fit.levels * kLevelParameters; j += kThreads) {
    double sum = 0;
    for (std::size_t part = 0; part < parts; ++part) sum += partials[part * (stride + 2) + j];
    sum /= n;
    if (j % kLevelParameters != kFeatures) {
      const double theta = of.theta[at + j];
      sum += fit.penalty * theta;
      squares += theta * theta;
    }
    of.gradient[at + j] = sum;
  }
  squares = fold_block(squares, Plus{});
  if (threadIdx.x > 0) return;
  double losses = 0, move = 0;
  for (std::size_t part = 0; part < parts; ++part) {
    losses += partials[part * (stride + 2) + stride];
    move = fmax(move, partials[part * (stride + 2) + stride + 1]);
  }
  of.value[fit.place] = losses / n + fit.penalty * squares / 2;
  of.largest_move[fit.place] = move;
}

// The Hessian, a block of [65, 65] for each pair of levels by one block of threads.
constexpr unsigned kEach = 4;   // rows and columns of a thread
constexpr unsigned kSide = 17;  // threads a side: 68 rows
constexpr unsigned kRows = kSide * kEach;
constexpr unsigned kDepth = 16;  // samples at a time

__global__ void __launch_bounds__(kSide* kSide) hessian(NewtonFactor of) {
  __shared__ double x[kDepth][kRows], curvature[kDepth];
  const SoftmaxFit fit = of.data.fits[blockIdx.y];
  unsigned a = 0, pair = blockIdx.x;
  while (pair > a) pair -= ++a;  // pairs (0, 0), (1, 0), (1, 1), (2, 0) ...
  const unsigned b = pair;
  if (a >= fit.levels) return;
  const float* const features = of.data.features + fit.features;
  const double* const probabilities = of.data.probabilities + fit.probabilities;
  const unsigned row = threadIdx.x / kSide * kEach, column = threadIdx.x % kSide * kEach;
  double sums[kEach][kEach] = {};
  for (std::size_t first = 0; first < fit.samples; first += kDepth) {
    for (unsigned e = threadIdx.x; e < kDepth * kRows; e += kSide * kSide) {
      const std::size_t i = first + e / kRows;
      const unsigned u = e % kRows;
      x[e / kRows][u] =
          i < fit.samples && u < kLevelParameters ? extended(features + i * kFeatures, u) : 0.0;
    }
    if (threadIdx.x < kDepth) {
      const std::size_t i = first + threadIdx.x;
      const double* const p = probabilities + i * fit.levels;
      curvature[threadIdx.x] = i < fit.samples ? p[a] * ((a == b ? 1.0 : 0.0) - p[b]) : 0.0;
    }
    __syncthreads();
#pragma unroll 4
    for (unsigned i = 0; i < kDepth; ++i) {
      double left[kEach], right[kEach];
#pragma unroll
      for (unsigned j = 0; j < kEach; ++j) {
        left[j] = curvature[i] * x[i][row + j];
        right[j] = x[i][column + j];
      }
#pragma unroll
      for (unsigned j = 0; j < kEach; ++j)
#pragma unroll
        for (unsigned l = 0; l < kEach; ++l) sums[j][l] = fma(left[j], right[l], sums[j][l]);
    }
    __syncthreads();
  }
  double* const out = of.factors + fit.place * of.data.stride * of.data.stride;
  const auto n = static_cast<double>(fit.samples);
  for (unsigned j = 0; j < kEach; ++j) {
    for (unsigned l = 0; l < kEach; ++l) {
      const unsigned u = row + j, v = column + l;
      if (u >= kLevelParameters || v >= kLevelParameters) continue;
      const bool intercepts = u == kFeatures && v == kFeatures;
      double value = sums[j][l] / n;
      if (intercepts) value += 1;
      if (a == b && u == v && !intercepts) value += fit.penalty;
      out[(a * kLevelParameters + u) * of.data.stride + b * kLevelParameters + v] = value;
    }
  }
}

/// Cholesky's factor of each fit, in place of the lower triangle, a column at a time.
__global__ void factor(NewtonFactor of) {
  const SoftmaxFit fit = of.data.fits[blockIdx.x];
  const std::size_t stride = of.data.stride, size = fit.levels * kLevelParameters;
  double* const matrix = of.factors + fit.place * stride * stride;
  for (std::size_t j = 0; j < size; ++j) {
    const double pivot = matrix[j * stride + j];
    const double root = pivot > 0 ? sqrt(pivot) : kGivenUp;
    __syncthreads();
    if (threadIdx.x == 0) matrix[j * stride + j] = root;
    for (std::size_t row = j + 1 + threadIdx.x; row < size; row += kThreads)
      matrix[row * stride + j] /= root;
    __syncthreads();
    // A warp a row: the columns of a row lie side by side.
    for (std::size_t row = j + 1 + threadIdx.x / 32; row < size; row += kThreads / 32) {
      const double left = matrix[row * stride + j];
      for (std::size_t column = j + 1 + threadIdx.x % 32; column <= row; column += 32)
        matrix[row * stride + column] =
            fma(-left, matrix[column * stride + j], matrix[row * stride + column]);
    }
    __syncthreads();
  }
}

__global__ void solve(NewtonStep of) {
  const SoftmaxFit fit = of.data.fits[blockIdx.x];
  const std::size_t stride = of.data.stride, size = fit.levels * kLevelParameters;
  const double* const factors = of.factors + fit.place * stride * stride;
  double* const x = of.direction + fit.place * stride;
  for (std::size_t j = threadIdx.x; j < size; j += kThreads)
    x[j] = -of.gradient[fit.place * stride + j];
  __syncthreads();
  for (std::size_t j = 0; j < size; ++j) {
    const double value = x[j] / factors[j * stride + j];
    __syncthreads();
    if (threadIdx.x == 0) x[j] = value;
    for (std::size_t row = j + 1 + threadIdx.x; row < size; row += kThreads)
      x[row] = fma(-factors[row * stride + j], value, x[row]);
    __syncthreads();
  }
  for (std::size_t j = size; j-- > 0;) {
    const double value = x[j] / factors[j * stride + j];
    __syncthreads();
    if (threadIdx.x == 0) x[j] = value;
    for (std::size_t row = threadIdx.x; row < j; row += kThreads)
      x[row] = fma(-factors[j * stride + row], value, x[row]);
    __syncthreads();
  }
}

}  // namespace

void softmax_pass(const SoftmaxPass& of, cudaStream_t stream) {
  const auto fits = static_cast<unsigned>(of.data.count);
  pass_part<<<dim3(static_cast<unsigned>(of.parts), fits), kThreads, 0, stream>>>(of);
  pass_whole<<<fits, kThreads, 0, stream>>>(of);
  check(cudaGetLastError(), "a pass of logistic regressions");
}

void newton_factor(const NewtonFactor& of, cudaStream_t stream) {
  const auto fits = static_cast<unsigned>(of.data.count);
  const auto levels = static_cast<unsigned>(of.data.stride / kLevelParameters);
  const dim3 grid(levels * (levels + 1) / 2, fits);
  hessian<<<grid, kSide * kSide, 0, stream>>>(of);
  factor<<<fits, kThreads, 0, stream>>>(of);
  check(cudaGetLastError(), "a Hessian of logistic regressions");
}

void newton_step(const NewtonStep& of, cudaStream_t stream) {
  solve<<<static_cast<unsigned>(of.data.count), kThreads, 0, stream>>>(of);
  check(cudaGetLastError(), "a step of logistic regressions");
}

}  // namespace crossfold::train::cuda::gpu
