#pragma once

#include <filesystem>

#include "crossfold/store/store.h"

namespace crossfold {

/// Reads and checks a store in this process: open_store without its guard. A damaged file may
/// crash or hang the HDF5 library here. Error{bad_input} lists every error.
[[nodiscard]] StoreContents read_store(const std::filesystem::path& path);

}  // namespace crossfold
