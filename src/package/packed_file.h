#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace crossfold {

/// A file of a crate.
struct PackedFile {
  std::string id;  ///< path below the crate, with '/'
  std::string what;
  std::string encoding;  ///< media type
  std::uint64_t bytes = 0;
  std::string sha256;
};

/// The files of a run directory that a crate takes: all that a run writes, but lock and heartbeat,
/// sorted by id ("run/job.json"). Sizes and hashes are not set. Error{bad_input} for a link.
[[nodiscard]] std::vector<PackedFile> files_of_run(const std::filesystem::path& run);

/// Copies `source` to `crate / file.id`, a piece at a time, and sets size and hash of what was
/// written. On disk when it returns. Error{io}.
void copy_into(const std::filesystem::path& crate, const std::filesystem::path& source,
               PackedFile& file);

/// The same for a text.
void write_into(const std::filesystem::path& crate, std::string_view text, PackedFile& file);

}  // namespace crossfold
