#include "tensor_numbers.h"

#include <cstring>

#include "crossfold/core/error.h"

namespace crossfold {

std::string numbers_of(std::span<const torch::Tensor> tensors) {
  std::string numbers;
  for (const torch::Tensor& tensor : tensors) {
    const torch::Tensor values = tensor.detach().cpu().contiguous();
    CF_EXPECT(values.scalar_type() == torch::kFloat32);
    numbers.append(static_cast<const char*>(values.data_ptr()), values.nbytes());
  }
  return numbers;
}

bool take_numbers(std::string_view numbers, std::span<const torch::Tensor> tensors) {
  for (const torch::Tensor& tensor : tensors) {
    CF_EXPECT(tensor.is_contiguous() && tensor.scalar_type() == torch::kFloat32);
    if (numbers.size() < tensor.nbytes()) return false;
    std::memcpy(tensor.data_ptr(), numbers.data(), tensor.nbytes());
    numbers.remove_prefix(tensor.nbytes());
  }
  return numbers.empty();
}

}  // namespace crossfold
