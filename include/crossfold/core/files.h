#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/core/file_descriptor.h"

namespace crossfold {

/// The most that is read of what tells no size: a pipe, a terminal.
inline constexpr std::uint64_t kMaxStreamBytes = std::uint64_t{1} << 30;

/// The largest file that is read whole, where no other size is named.
inline constexpr std::uint64_t kMostFileBytes = std::uint64_t{1} << 32;

/// Whether something has this name, be it a link to nothing. What cannot be looked at counts as not
/// there: who reads it will say so.
[[nodiscard]] bool is_there(const std::filesystem::path& path);

/// The whole file; Error{io} when it cannot be read, Error{bad_input} when it is larger. Of a
/// shell's pipe (/dev/stdin, <(command)) and a terminal, all that comes, up to kMaxStreamBytes.
/// What may never end is refused: named pipes, which wait for a writer, and all other devices.
[[nodiscard]] std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes);

/// So many bytes of a file; Error{io} when it cannot be read, Error{bad_input} when it ends before.
[[nodiscard]] std::string read_file_part(const std::filesystem::path& path, std::uint64_t offset,
                                         std::uint64_t bytes);

/// A new, empty file beside `target`, under a name that no other thread, process or host gives; it
/// goes with the object unless it was renamed. One that a killed process leaves is in nobody's way.
class TemporaryFile {
 public:
  /// Error{io}, naming the target.
  explicit TemporaryFile(const std::filesystem::path& target);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void write(std::string_view bytes);
  /// Returns once the content is on disk, also what others have written into it by name.
  void sync();
  /// Puts it in the target's place.
  void rename_to_target();

 private:
  std::filesystem::path target_;
  std::filesystem::path path_;  ///< empty: renamed
  FileDescriptor descriptor_;
};

/// Writes a file that appears whole or not at all: temporary name beside it, flush, fsync, rename,
/// fsync of the folder. Error{io} names the file and the reason; the old file then still stands.
void write_file_whole(const std::filesystem::path& path, std::string_view content);

/// The same for a file that a library writes by name: `write` is given the temporary name. `check`
/// is called when all is on disk, right before the rename: what it throws comes out, and the old
/// file still stands.
void write_file_whole(const std::filesystem::path& path,
                      const std::function<void(const std::filesystem::path&)>& write,
                      const std::function<void()>& check = {});

/// What tells a file from another in its place, and from itself after a change.
struct FileState {
  std::uint64_t device = 0, inode = 0, bytes = 0;
  std::int64_t changed_s = 0, changed_ns = 0;  ///< its content, since 1970
  bool operator==(const FileState&) const = default;
};

/// As the file is now, links followed; Error{io} when it cannot be looked at.
[[nodiscard]] FileState state_of_file(const std::filesystem::path& path);

/// Before the work whose outcome is to be written into these files. Error{bad_input} names each
/// name that is taken already, whatever has it: a file, a folder, a device, a link, also one to
/// nowhere.
void require_new_files(const std::vector<std::filesystem::path>& files);

/// As write_file_whole, but never over something else: a file that is there must have this content
/// already. Error{bad_input} when it has not.
void write_new_file(const std::filesystem::path& path, std::string_view content);

/// Returns once the names in a folder are on disk, so that no file in it is lost with the power.
void sync_folder(const std::filesystem::path& folder);

/// Creates the folder and those above it, their names on disk when it returns; Error{io} when that
/// fails or it cannot be written to.
void create_writable_folder(const std::filesystem::path& path);

/// An open file that is only ever added to. Move-only.
class AppendFile {
 public:
  enum class Which { new_or_old, new_only };
  /// Opens or creates; Error{io}, also for a file that is there and may not be.
  explicit AppendFile(std::filesystem::path path, Which which = Which::new_or_old);

  /// Error{io}: some of the bytes may then have been written.
  void append(std::string_view bytes);
  /// Keeps others from holding the file until this object or the process ends. False when another
  /// holds it; true also on a file system without locks.
  [[nodiscard]] bool hold();
  /// Returns once everything appended is on disk (fdatasync).
  void flush();

 private:
  std::filesystem::path path_;
  FileDescriptor descriptor_;
};

}  // namespace crossfold
