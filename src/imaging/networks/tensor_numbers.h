#pragma once

#include <span>
#include <string>
#include <string_view>

#include <torch/torch.h>

namespace crossfold {

/// Tensors of floats one behind the other, as they lie in our files.
[[nodiscard]] std::string numbers_of(std::span<const torch::Tensor> tensors);
/// The way back, into tensors that have their shapes. False when there are fewer or more numbers;
/// the tensors may then hold some of them.
[[nodiscard]] bool take_numbers(std::string_view numbers, std::span<const torch::Tensor> tensors);

}  // namespace crossfold
