#include "crossfold/samples/split_scheme.h"

#include <array>
#include <cstddef>

namespace crossfold {

const std::string& name_of(SplitScheme scheme) {
  static const std::array<std::string, 3> kNames{"k-fold", "source-out", "nested"};
  return kNames[static_cast<std::size_t>(scheme)];
}

}  // namespace crossfold
