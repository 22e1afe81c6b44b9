#pragma once

#include <string>
#include <string_view>

namespace crossfold {

/// Loads a shared library of ours when something in it is first needed, and gives the address of
/// its function `name`. For what links libraries that are slow to start: LibTorch takes 0.6 s of
/// processor time and 100 MB in every process, also in those that compute nothing with it.
///
/// `file` is looked for beside the program, where it was built, and where the system looks.
/// Error{internal} when it cannot be loaded: `purpose` ("the reference engine") says what needs it.
[[nodiscard]] void* late_function(const std::string& file, const std::string& name,
                                  std::string_view purpose);

}  // namespace crossfold
