#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/data/sample_table.h"

namespace crossfold {

/// Which columns of a manifest CSV mean what; where nothing is said, the names of
/// manifest_fields() are looked for, in their order.
struct ColumnMapping {
  std::optional<std::string> id;
  std::optional<std::string> group;
  std::optional<std::string> klass;
  std::optional<std::string> domain;
  std::optional<std::string> role;
};

/// A text column with more different values than this becomes no attribute.
inline constexpr std::size_t kMaxAttributeLevels = 256;

/// One meaning a column can have, as data-schemas/manifest.schema.json lists them.
struct ManifestField {
  std::string name;                ///< "class"
  std::vector<std::string> names;  ///< column names that are taken for it, the first found wins
  enum class Presence { required, optional } presence = Presence::required;
};

/// id, group, class, domain, role, image.
[[nodiscard]] const std::vector<ManifestField>& manifest_fields();

/// What became of one column, to be shown: nothing is left out or taken up silently.
struct ManifestColumn {
  std::string name;
  std::string use;  ///< "class (3 levels)", "attribute (numbers)", "left out (it is empty)"
};

/// A manifest that has been read and found sound.
struct Manifest {
  SampleTable samples;
  std::vector<std::string> images;      ///< column `image`, as written; empty when there is none
  std::vector<ManifestColumn> columns;  ///< in the file's order
  std::vector<std::string> notes;       ///< what was filled in for absent columns, a sentence each
};

/// Reads a manifest: one line a sample, with columns for id (or image), group, class, domain, role;
/// every other column becomes an attribute (numbers when every value that is not empty is one, else
/// names). Without a role column all samples are `in`; without a group column each is a group of
/// its own. An empty class or domain is a missing label. Levels are sorted by their bytes.
/// Error{bad_input} lists every bad line; Error{io}.
[[nodiscard]] Manifest read_manifest(const std::filesystem::path& path,
                                     const ColumnMapping& mapping = {});
/// The same from text; `name` stands for the file in messages.
[[nodiscard]] Manifest parse_manifest(std::string_view text, const std::string& name,
                                      const ColumnMapping& mapping = {});

}  // namespace crossfold
