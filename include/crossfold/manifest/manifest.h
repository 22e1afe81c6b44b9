#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/samples/sample_table.h"

namespace crossfold {

/// Which columns of a manifest CSV mean what; where nothing is said, the spellings of
/// manifest_fields() are looked for.
struct ColumnMapping {
  std::optional<std::string> id;
  std::optional<std::string> group;
  std::optional<std::string> class_label;
  std::optional<std::string> domain;
  std::optional<std::string> role;
  std::optional<std::string> image;
};

/// What is done with values of class, domain and group that look as if something else had been
/// meant. Without a word of the user's such values are refused.
struct ValueRules {
  /// nan, NA, None, null, -, ... (and empty groups).
  enum class MissingWords {
    refuse,
    missing,  ///< the label is missing; the sample is a patient of its own
    text,     ///< a name like any other
  } missing_words = MissingWords::refuse;
  /// Names that differ in case, blanks, leading zeros and the like.
  enum class Spellings {
    refuse,
    merge,  ///< one name: the commonest
    apart,  ///< several names
  } spellings = Spellings::refuse;
  /// One group with more than half of the samples.
  enum class LargeGroup { refuse, allow } large_group = LargeGroup::refuse;
};

/// A text column with more different values than this becomes no attribute.
inline constexpr std::size_t kMaxAttributeLevels = 256;

/// One meaning a column can have, as data-schemas/manifest.schema.json lists them.
struct ManifestField {
  std::string name;                    ///< "class"
  std::vector<std::string> names;      ///< titles of its column; case, blanks, _ and - aside
  std::vector<std::string> fallbacks;  ///< likewise, where none of the names is there
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
  std::vector<std::string> images;      ///< column `image`, see path_from; empty: there is none
  std::vector<ManifestColumn> columns;  ///< in the file's order
  std::vector<std::string> notes;       ///< what was filled in for absent columns, a sentence each
  std::vector<std::string> warnings;    ///< what makes the samples doubtful, a sentence each
};

/// Reads a manifest: one line a sample, with columns for id (or image), group, class, domain, role;
/// every other column becomes an attribute (numbers when every value that is not empty is one, else
/// names). Without a role column all samples are `in`; without a group column each is a group of
/// its own. An empty class or domain is a missing label. Levels are sorted by their bytes.
/// Error{bad_input} lists every bad line, and every value that the rules refuse; Error{io}.
[[nodiscard]] Manifest read_manifest(const std::filesystem::path& path,
                                     const ColumnMapping& mapping = {},
                                     const ValueRules& rules = {});
/// The same from text; `name` stands for the file in messages.
[[nodiscard]] Manifest parse_manifest(std::string_view text, const std::string& name,
                                      const ColumnMapping& mapping = {},
                                      const ValueRules& rules = {});

}  // namespace crossfold
