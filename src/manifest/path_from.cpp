#include "crossfold/manifest/path_from.h"

#include <algorithm>

namespace crossfold {

std::string path_from(std::string field) {
  if (field.find('/') == std::string::npos) std::replace(field.begin(), field.end(), '\\', '/');
  return field;
}

}  // namespace crossfold
