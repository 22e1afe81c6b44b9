#include "crossfold/core/late_library.h"

#include <dlfcn.h>

#include <fmt/format.h>

#include "crossfold/core/error.h"

namespace crossfold {

void* late_function(const std::string& file, const std::string& name, std::string_view purpose) {
  // Global: what the library brings along is looked up by name elsewhere (the BLAS in use).
  void* const library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL);
  void* const function = library == nullptr ? nullptr : ::dlsym(library, name.c_str());
  if (function != nullptr) return function;
  const char* const reason = ::dlerror();
  throw Error(ErrorCode::internal,
              fmt::format("{} cannot be had (the library {} cannot be loaded). keep it in the "
                          "folder of the program, both of one build, and LibTorch where it was",
                          purpose, file),
              "", reason == nullptr ? "" : reason);
}

}  // namespace crossfold
