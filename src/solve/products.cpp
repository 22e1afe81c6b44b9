#include "crossfold/solve/products.h"

#include <oneapi/dnnl/dnnl.h>

#include <fmt/format.h>

#include "crossfold/core/error.h"

namespace crossfold::solve {
namespace {

dnnl_dim_t dim(std::size_t value) { return static_cast<dnnl_dim_t>(value); }

}  // namespace

void multiply(const ProductShape& shape, const float* a, std::size_t lda, const float* b,
              std::size_t ldb, float* c, std::size_t ldc, Into into) {
  const dnnl_status_t status =
      dnnl_sgemm(shape.a == Operand::plain ? 'N' : 'T', shape.b == Operand::plain ? 'N' : 'T',
                 dim(shape.m), dim(shape.n), dim(shape.k), 1.0F, a, dim(lda), b, dim(ldb),
                 into == Into::replace ? 0.0F : 1.0F, c, dim(ldc));
  CF_ENSURE(status == dnnl_success);
}

bool limit_product_library(InstructionSet set) {
  switch (set) {
    case InstructionSet::portable:
      return dnnl_set_max_cpu_isa(dnnl_cpu_isa_sse41) == dnnl_success;
    case InstructionSet::avx2:
      return dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx2) == dnnl_success;
    case InstructionSet::avx512:
    case InstructionSet::amx:  // which it has no use for in float32
      return dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx512_core) == dnnl_success;
  }
  throw_contract_error("a known instruction set", __FILE__, __LINE__);
}

std::string product_library() {
  const dnnl_version_t* version = dnnl_version();
  return fmt::format("{}.{}.{}", version->major, version->minor, version->patch);
}

}  // namespace crossfold::solve
