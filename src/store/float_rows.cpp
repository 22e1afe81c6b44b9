#include "float_rows.h"

namespace crossfold {

bool is_float32(const hdf5::ElementType& type) {
  return type.kind == hdf5::ElementKind::real && type.bytes == sizeof(float);
}

FloatRows::FloatRows(const hdf5::Dataset& matrix)
    : matrix_(matrix), is_float32_(is_float32(matrix.type())) {}

void FloatRows::read(std::uint64_t first, std::size_t dim, std::span<float> out,
                     Narrowing& narrowing) {
  const std::size_t count = out.size() / dim;
  const auto take = [&](double number, std::size_t i) {
    return narrowing.take(number, first + i / dim, i % dim);
  };
  if (is_float32_) {
    matrix_.read_rows<float>(first, count, out);
    for (std::size_t i = 0; i < out.size(); ++i)
      if (!std::isfinite(out[i])) static_cast<void>(take(out[i], i));
    return;
  }
  wide_.resize(out.size());
  matrix_.read_rows<double>(first, count, wide_);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = take(wide_[i], i);
}

}  // namespace crossfold
