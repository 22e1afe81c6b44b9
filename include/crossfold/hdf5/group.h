#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crossfold/hdf5/dataset.h"
#include "crossfold/hdf5/node.h"

namespace crossfold::hdf5 {

enum class NodeKind {
  group,
  dataset,
  link,   ///< soft, external or user-defined: leads elsewhere and is not followed
  other,  ///< a named type
};

/// A group of an open file. `name` is one part of a path, without '/'.
class Group : public Node {
 public:
  /// What stands under `name`; nothing when nothing does.
  [[nodiscard]] std::optional<NodeKind> find(const std::string& name) const;
  /// Names of all entries, sorted; Error{bad_input} when there are more than `max_count`.
  [[nodiscard]] std::vector<std::string> names(std::size_t max_count) const;
  [[nodiscard]] Group open_group(const std::string& name) const;
  [[nodiscard]] Dataset open_dataset(const std::string& name) const;

  Group create_group(const std::string& name);
  /// Writes `values`, row-major, as a dataset of that shape and of their own type.
  template <Number T>
  Dataset write(const std::string& name, std::span<const T> values,
                const std::vector<std::uint64_t>& shape, Layout layout = {});
  /// An empty dataset of that shape, for numbers of type T, to be filled by Dataset::write_rows.
  template <Number T>
  Dataset create_dataset(const std::string& name, const std::vector<std::uint64_t>& shape,
                         Layout layout = {});
  /// Writes texts as variable-length UTF-8 [N].
  Dataset write_texts(const std::string& name, std::span<const std::string> values,
                      Layout layout = {});

 private:
  friend class File;
  using Node::Node;
  [[nodiscard]] std::string path_to(const std::string& name) const;
  [[nodiscard]] std::string where_is(const std::string& name) const;
  Handle new_dataset(const std::string& name, std::int64_t type,
                     const std::vector<std::uint64_t>& shape, Layout layout) const;
};

}  // namespace crossfold::hdf5
