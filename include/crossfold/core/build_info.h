#pragma once

#include <string>

namespace crossfold {

/// What this program was built from.
struct BuildInfo {
  std::string version;     ///< "0.1.0"
  std::string git_hash;    ///< "unknown" outside a checkout; "-dirty" behind a changed one
  std::string build_type;  ///< "Release"
  std::string compiler;    ///< "GNU 12.2.0"
};

[[nodiscard]] BuildInfo build_info();

/// Version of the arithmetic (src/METHODS.md): part of every fit id. Raise it when a change of the
/// program changes the numbers of a fit.
inline constexpr int kProtocolVersion = 1;

}  // namespace crossfold
