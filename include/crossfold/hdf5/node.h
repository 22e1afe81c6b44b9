#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/hdf5/handle.h"

namespace crossfold::hdf5 {

/// Of one text of an attribute, where nothing else is said.
inline constexpr std::size_t kMaxAttributeTextBytes = 65536;

/// What groups and datasets share: a place in a file, and attributes. Every failure is an Error
/// that names the place (`file:/path`) and carries the library's own error stack as its cause:
/// bad_input when reading, io when writing.
///
/// An id, and all that was opened through it, belongs to one thread at a time.
class Node {
 public:
  /// Path inside the file, "/" for its root.
  [[nodiscard]] const std::string& path() const { return path_; }
  /// `file:/path`, as messages print it.
  [[nodiscard]] std::string where() const;

  [[nodiscard]] bool has_attribute(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> attribute_names() const;  ///< sorted

  /// One text, of fixed or variable length: a scalar or an array of one.
  [[nodiscard]] std::string text_attribute(const std::string& name) const;
  /// Texts: a scalar or an array of one dimension with at most `max_count` entries, none longer
  /// than `max_bytes`.
  [[nodiscard]] std::vector<std::string> texts_attribute(
      const std::string& name, std::size_t max_count,
      std::size_t max_bytes = kMaxAttributeTextBytes) const;
  /// One integer of any width.
  [[nodiscard]] std::int64_t integer_attribute(const std::string& name) const;
  /// One integer or floating-point number.
  [[nodiscard]] double number_attribute(const std::string& name) const;

  /// Attributes are written once; a second one of the same name is an Error. Texts are stored as
  /// variable-length UTF-8.
  void write_attribute(const std::string& name, std::string_view value);
  void write_attribute(const std::string& name, std::span<const std::string> values);
  void write_attribute(const std::string& name, std::int64_t value);
  void write_attribute(const std::string& name, double value);
  /// Without this a `const char*` would become the number 1.
  void write_attribute(const std::string& name, const char* value) {
    write_attribute(name, std::string_view(value));
  }

 protected:
  Node(Handle handle, std::string file, std::string path);

  [[nodiscard]] std::int64_t id() const { return handle_.get(); }
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  Handle handle_;
  std::string file_;
  std::string path_;
};

}  // namespace crossfold::hdf5
