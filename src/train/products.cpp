#include "products.h"

#include <oneapi/dnnl/dnnl.hpp>

#include <fmt/format.h>

#include "crossfold/core/error.h"

namespace crossfold::train {
namespace {

/// The library's view of the processor this runs on.
const dnnl::engine& processor() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::memory::dim dim(std::size_t value) { return static_cast<dnnl::memory::dim>(value); }

dnnl::memory::desc matrix(std::size_t rows, std::size_t columns, Operand operand) {
  return {{dim(rows), dim(columns)},
          dnnl::memory::data_type::f32,
          operand == Operand::plain ? dnnl::memory::format_tag::ab : dnnl::memory::format_tag::ba};
}

/// A matrix as the library wants to have it.
dnnl::memory::desc any_layout(std::size_t rows, std::size_t columns) {
  return {{dim(rows), dim(columns)}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::any};
}

/// The library does not write through the handle of a source.
void* source(const float* values) { return const_cast<float*>(values); }

}  // namespace

void multiply(const ProductShape& shape, const float* a, std::size_t lda, const float* b,
              std::size_t ldb, float* c, std::size_t ldc, Into into) {
  const dnnl_status_t status =
      dnnl_sgemm(shape.a == Operand::plain ? 'N' : 'T', shape.b == Operand::plain ? 'N' : 'T',
                 dim(shape.m), dim(shape.n), dim(shape.k), 1.0F, a, dim(lda), b, dim(ldb),
                 into == Into::replace ? 0.0F : 1.0F, c, dim(ldc));
  CF_ENSURE(status == dnnl_success);
}

struct PackedOperand::Parts {
  Parts(std::size_t m, std::size_t n, std::size_t k, Operand b)
      : stream(processor()),
        product_desc({matrix(m, k, Operand::plain), any_layout(k, n), matrix(m, n, Operand::plain)},
                     processor()),
        product(product_desc),
        given(matrix(k, n, b), processor(), nullptr),
        packed(product_desc.weights_desc(), processor()),
        left(matrix(m, k, Operand::plain), processor(), nullptr),
        result(matrix(m, n, Operand::plain), processor(), nullptr),
        packing(given, packed) {}

  dnnl::stream stream;
  dnnl::matmul::primitive_desc product_desc;
  dnnl::matmul product;
  dnnl::memory given;
  dnnl::memory packed;
  dnnl::memory left;
  dnnl::memory result;
  dnnl::reorder packing;
};

PackedOperand::PackedOperand(std::size_t m, std::size_t n, std::size_t k, Operand b)
    : parts_(std::make_unique<Parts>(m, n, k, b)) {}
PackedOperand::PackedOperand(PackedOperand&&) noexcept = default;
PackedOperand& PackedOperand::operator=(PackedOperand&&) noexcept = default;
PackedOperand::~PackedOperand() = default;

void PackedOperand::pack(const float* b) {
  parts_->given.set_data_handle(source(b));
  parts_->packing.execute(parts_->stream, parts_->given, parts_->packed);
}

void PackedOperand::left_multiply(const float* a, float* c) const {
  parts_->left.set_data_handle(source(a));
  parts_->result.set_data_handle(c);
  parts_->product.execute(parts_->stream, {{DNNL_ARG_SRC, parts_->left},
                                           {DNNL_ARG_WEIGHTS, parts_->packed},
                                           {DNNL_ARG_DST, parts_->result}});
}

bool hold_product_library(InstructionSet set) {
  switch (set) {
    case InstructionSet::portable:
      return dnnl_set_max_cpu_isa(dnnl_cpu_isa_sse41) == dnnl_success;
    case InstructionSet::avx2:
      return dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx2) == dnnl_success;
    case InstructionSet::avx512:
      return dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx512_core) == dnnl_success;
  }
  throw_contract_error("a known instruction set", __FILE__, __LINE__);
}

std::string product_library() {
  const dnnl_version_t* version = dnnl_version();
  return fmt::format("{}.{}.{}", version->major, version->minor, version->patch);
}

}  // namespace crossfold::train
