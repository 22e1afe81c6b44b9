#include "crossfold/train/product_rate.h"

#include "crossfold/solve/instruction_set.h"
#include "crossfold/solve/one_thread.h"
#include "crossfold/solve/products.h"

#include "aligned_floats.h"
#include "batch_kernels.h"
#include "best_rate.h"
#include "initial_weights.h"
#include "sample_block.h"

namespace crossfold {
namespace {

train::AlignedFloats numbers(std::size_t count) {
  train::AlignedFloats values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(static_cast<double>(i * 7919 % 1021) / 1021 - 0.5);
  return values;
}

ProductRate library_rate(const solve::ProductShape& shape) {
  const train::AlignedFloats a = numbers(shape.m * shape.k), b = numbers(shape.k * shape.n);
  train::AlignedFloats c(shape.m * shape.n);
  const std::size_t lda = shape.a == solve::Operand::plain ? shape.k : shape.m;
  const std::size_t ldb = shape.b == solve::Operand::plain ? shape.n : shape.k;
  const double operations =
      2.0 * static_cast<double>(shape.m * shape.n) * static_cast<double>(shape.k);
  return {.by = std::string(kProductLibrary),
          .m = shape.m,
          .n = shape.n,
          .k = shape.k,
          .gflops = operations / 1e9 * train::best_rate([&] {
                      solve::multiply(shape, a.data(), lda, b.data(), ldb, c.data(), shape.n);
                    })};
}

ProductRate own_rate(std::size_t dim, std::size_t batch, InstructionSet set) {
  const auto block = train::make_sample_block(set, batch, dim, train::SampleBlock::Use::evaluation);
  const train::AlignedFloats features = numbers(batch * dim);
  block->take({.values = features, .dim = dim, .rows = {}, .scaling = nullptr});
  const std::size_t panel = train::SampleBlock::round_up(dim) * train::kPanel;
  const train::AlignedFloats weight = numbers(train::kHiddenWidth / train::kPanel * panel);
  train::AlignedFloats out(block->rows() * train::kHiddenWidth);
  const double operations =
      2.0 * static_cast<double>(batch * train::kHiddenWidth) * static_cast<double>(dim);
  return {.by = "crossfold",
          .m = batch,
          .n = train::kHiddenWidth,
          .k = dim,
          .gflops = operations / 1e9 * train::best_rate([&] {
                      block->forward(weight.data(), train::kHiddenWidth / train::kPanel,
                                     out.data());
                    })};
}

}  // namespace

std::vector<ProductRate> measure_product_rates(std::size_t dim, std::size_t batch,
                                               InstructionSet set) {
  solve::use_one_thread();
  constexpr std::size_t kCube = 1024;
  const std::size_t hidden = train::kHiddenWidth, encoded = train::kEncodedWidth;
  const solve::ProductShape shapes[] = {
      {.m = kCube, .n = kCube, .k = kCube},
      {.m = batch, .n = hidden, .k = dim},  // forward
      {.b = solve::Operand::transposed, .m = batch, .n = hidden, .k = dim},
      {.a = solve::Operand::transposed, .m = dim, .n = hidden, .k = batch},  // weight gradient
      {.a = solve::Operand::transposed, .m = hidden, .n = dim, .k = batch},
      {.m = dim, .n = hidden, .k = batch},
      {.m = batch, .n = encoded, .k = hidden},
      {.m = batch, .n = hidden, .k = encoded},
      {.a = solve::Operand::transposed, .m = hidden, .n = encoded, .k = batch}};
  std::vector<ProductRate> rates;
  for (const solve::ProductShape& shape : shapes) rates.push_back(library_rate(shape));
  rates.push_back(own_rate(dim, batch, set));
  return rates;
}

}  // namespace crossfold
