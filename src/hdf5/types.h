#pragma once

#include <cstdint>
#include <type_traits>

#include <hdf5.h>

#include "crossfold/hdf5/handle.h"

namespace crossfold::hdf5 {

static_assert(std::is_same_v<hid_t, std::int64_t>, "public headers name ids as std::int64_t");

/// The library's identifier of a C++ type in memory.
template <class T>
[[nodiscard]] hid_t native_type();

/// Variable-length UTF-8.
[[nodiscard]] Handle utf8_type();

}  // namespace crossfold::hdf5
