#pragma once

#include <cstddef>
#include <string>

#include "crossfold/core/strict_json.h"
#include "crossfold/job/names.h"

namespace crossfold {

/// The enumeration's value whose name stands under `key`.
template <class Enum>
[[nodiscard]] Enum read_enum(ObjectReader& reader, const std::string& key, Enum fallback) {
  return static_cast<Enum>(
      reader.choice(key, names_of<Enum>(), static_cast<std::size_t>(fallback)));
}

}  // namespace crossfold
