#include "crossfold/core/build_info.h"

#include "build_version.h"  // written by CMake at every build

namespace crossfold {

BuildInfo build_info() {
  return {.version = CF_VERSION,
          .git_hash = CF_GIT_HASH,
          .build_type = CF_BUILD_TYPE,
          .compiler = CF_COMPILER};
}

}  // namespace crossfold
