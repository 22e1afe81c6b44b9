#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/manifest/manifest.h"

namespace crossfold {

/// A manifest as text: what importers make, what is merged and thinned out before it is written.
/// The columns that have a meaning bear the names of canonical_column(); the rest keep theirs.
struct ManifestTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  ///< each as long as `columns`

  [[nodiscard]] std::optional<std::size_t> find_column(std::string_view name) const;
  /// Fields of one column; Error{bad_input} when there is none of that name.
  [[nodiscard]] std::vector<std::string> column(std::string_view name) const;
  /// Keeps the rows for which `keep` is true.
  void keep_rows(const std::vector<bool>& keep);
};

/// The name under which a ManifestTable has a field of manifest_fields(): "id", "image",
/// "patient_id", "class", "source", "split_role".
[[nodiscard]] std::string canonical_column(const std::string& field);

/// Reads and checks a manifest (see read_manifest); paths in `image` become absolute. A file
/// without an id column gets one from `image`, one without patients gets the ids as patients.
/// Columns beside these that bear one of their names are called other_NAME.
[[nodiscard]] ManifestTable read_manifest_table(const std::filesystem::path& path,
                                                const ColumnMapping& mapping = {},
                                                const ValueRules& rules = {});

struct NamedTable {
  std::string name;  ///< for messages: the file
  ManifestTable table;
};

/// One below the other; a column that a table lacks is empty there (`split_role`: in). The rules on
/// values hold for what comes out: names that differ in spelling from one table to the next.
/// Error{bad_input} names what they refuse, every id that stands in two of the tables, and every
/// patient that two of them have under different sources: ids of different people must differ.
[[nodiscard]] ManifestTable merge_manifests(std::span<const NamedTable> tables,
                                            const ValueRules& rules = {});

/// Keeps the first row of each patient; returns how many rows went.
std::size_t keep_first_per_patient(ManifestTable& table);

/// The CSV text as it stands in a file in `folder`: paths of images relative to it.
[[nodiscard]] std::string manifest_csv(const ManifestTable& table,
                                       const std::filesystem::path& folder);

/// Checks the table as read_manifest does, then writes the file whole.
Manifest write_manifest(const std::filesystem::path& path, const ManifestTable& table,
                        const ValueRules& rules = {});

}  // namespace crossfold
