#include "crossfold/solve/one_thread.h"

#include <dlfcn.h>

namespace crossfold::solve {
namespace {

/// A function of a library that may be loaded; nullptr when it is not.
template <class Function>
Function* loaded_function(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

}  // namespace

void use_one_thread() {
  for (const char* name : {"omp_set_num_threads", "openblas_set_num_threads"})
    if (auto* set = loaded_function<void(int)>(name)) set(1);
}

std::optional<OpenBlas> loaded_open_blas() {
  auto* const build = loaded_function<char*()>("openblas_get_config");
  auto* const kernels = loaded_function<char*()>("openblas_get_corename");
  if (build == nullptr || kernels == nullptr) return std::nullopt;
  return OpenBlas{.build = build(), .kernels = kernels()};
}

}  // namespace crossfold::solve
