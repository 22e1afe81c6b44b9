#pragma once

#include <cuda_runtime.h>

#include "gather.h"
#include "heads.h"
#include "norms.h"
#include "products.h"
#include "softmax.h"

// The families of kernels on a GPU: what the twins do, on a stream.

namespace crossfold::train::cuda::gpu {

/// Throws Error{io} where the last call of the CUDA library failed; `what` was asked for.
void check(cudaError_t result, const char* what);

void gather(const Gather& of, cudaStream_t stream);
void forward_product(const ForwardProduct& of, cudaStream_t stream);
void backward_product(const BackwardProduct& of, cudaStream_t stream);
void gradient_step(const GradientStep& of, cudaStream_t stream);
void adam_range(const AdamRange& of, cudaStream_t stream);
void norm_forward(const NormPass& of, cudaStream_t stream);
void norm_evaluate(const NormPass& of, cudaStream_t stream);
void norm_backward(const NormBackward& of, cudaStream_t stream);
void heads(const HeadPass& of, cudaStream_t stream);
void softmax_pass(const SoftmaxPass& of, cudaStream_t stream);
void newton_factor(const NewtonFactor& of, cudaStream_t stream);
void newton_step(const NewtonStep& of, cudaStream_t stream);

}  // namespace crossfold::train::cuda::gpu
