#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace crossfold {

/// The whole file; Error{io} when it cannot be read, Error{bad_input} when it is larger.
[[nodiscard]] std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes);

/// Writes a file that appears whole or not at all: temporary name beside it, flush, fsync, rename,
/// fsync of the folder. Error{io} names the file and the reason; the old file then still stands.
void write_file_whole(const std::filesystem::path& path, std::string_view content);

/// The same for a file that a library writes by name: `write` is given the temporary name.
void write_file_whole(const std::filesystem::path& path,
                      const std::function<void(const std::filesystem::path&)>& write);

/// Creates the folder and those above it; Error{io} when that fails or it cannot be written to.
void create_writable_folder(const std::filesystem::path& path);

/// An open file that is only ever added to. Move-only.
class AppendFile {
 public:
  /// Opens or creates; Error{io}.
  explicit AppendFile(std::filesystem::path path);
  ~AppendFile();
  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&& other) noexcept;

  /// Error{io}: some of the bytes may then have been written.
  void append(std::string_view bytes);
  /// Keeps others from holding the file until this object or the process ends. False when another
  /// holds it; true also on a file system without locks.
  [[nodiscard]] bool hold();
  /// Returns once everything appended is on disk (fdatasync).
  void flush();

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace crossfold
