#include "fit_features.h"

#include <algorithm>
#include <vector>

#include "linear_fit.h"

namespace crossfold::train {

FitFeatures::FitFeatures(const FitTask& task, const at::Device& device) : device_(device) {
  const auto dim = static_cast<std::int64_t>(task.dim);
  const auto rows = static_cast<std::int64_t>(task.embedding.size() / task.dim);
  // LibTorch has no view of constant memory; nothing writes through this one.
  store_ =
      at::from_blob(const_cast<float*>(task.embedding.data()), {rows, dim}, at::kFloat).to(device_);
  if (const std::optional<ColumnScaling> scaling = embedding_scaling(task)) {
    mean_ = at::tensor(scaling->mean).to(at::kFloat).to(device_);
    inverse_sd_ = at::tensor(scaling->inverse_sd).to(at::kFloat).to(device_);
  }
}

at::Tensor FitFeatures::take(const at::Tensor& rows) const {
  at::Tensor taken = store_.index_select(0, rows);
  if (mean_.defined()) taken.sub_(mean_).mul_(inverse_sd_);
  return taken;
}

at::Tensor FitFeatures::index(std::span<const std::uint32_t> rows) const {
  const std::vector<std::int64_t> values(rows.begin(), rows.end());
  return at::tensor(values, at::kLong).to(device_);
}

}  // namespace crossfold::train
