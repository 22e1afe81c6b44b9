#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace crossfold {

/// One row of a manifest, as far as images go. Its paths are texts: there are many rows, and a
/// path object takes five times the memory.
struct ImageRow {
  std::string id;                        ///< the sample's name
  std::string path;                      ///< relative to the manifest's folder, or absolute
  std::optional<std::string> mask = {};  ///< its lung mask, likewise
};

/// A row whose image, or mask, there is something to say of.
struct BadImage {
  std::size_t row = 0;  ///< in the rows given
  std::string id;
  std::filesystem::path path;  ///< as given
  std::string reason;          ///< without the path
};

/// Lines that name each of them ("\n  sample 'a', a.png: damaged PNG (...)"); what is to be said of
/// several is said once, above their names.
[[nodiscard]] std::string listed(std::span<const BadImage> images);

}  // namespace crossfold
