#pragma once

#include <dlfcn.h>

namespace crossfold::test {

/// Asked at run time: a test's object file is linked with libraries of both kinds.
inline bool under_address_sanitizer() { return ::dlsym(RTLD_DEFAULT, "__asan_init") != nullptr; }

}  // namespace crossfold::test
