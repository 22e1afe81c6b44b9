#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace crossfold {

/// What a file is that should have been a store, by its first bytes, with what to do: "a .npy
/// array.
/// ..."; nothing for one of an unknown kind.
[[nodiscard]] std::optional<std::string> kind_of_file(std::string_view first_bytes);

/// The message for a file that does not begin as HDF5 does.
[[nodiscard]] std::string no_hdf5_message(const std::filesystem::path& path);

}  // namespace crossfold
