#pragma once

#include <filesystem>
#include <vector>

namespace crossfold {

/// What a directory holds, in the order of the names. Error{io} with the system's reason when it
/// cannot be listed to its end.
[[nodiscard]] std::vector<std::filesystem::path> list_directory(const std::filesystem::path& path);

/// The same; nothing where there is no such directory.
[[nodiscard]] std::vector<std::filesystem::path> list_directory_if_there(
    const std::filesystem::path& path);

}  // namespace crossfold
