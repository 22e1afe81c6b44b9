#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collection_layouts.h"

namespace crossfold {

/// One sample of a collection, as its own table writes it.
struct CollectionSample {
  std::string image_name;  ///< as published; names the sample within its source
  std::filesystem::path image;
  std::string patient;  ///< within its source; empty: of its own
  std::string class_label;
  std::string source;
  std::string view = {};  ///< these three as written
  std::string sex = {};
  std::string age = {};
};

/// Gathers a collection's samples and counts what is left out, by the first reason against it.
class ImportCounters {
 public:
  ImportCounters(const CollectionLayout& layout, const CollectionOptions& options)
      : layout_(layout), options_(options) {}

  /// `sample` is the image's name, or whatever names the line.
  void leave_out(const std::string& reason, const std::string& sample);
  void note(std::string sentence) { result_.notes.push_back(std::move(sentence)); }
  void warn(std::string sentence) { result_.warnings.push_back(std::move(sentence)); }
  [[nodiscard]] const CollectionOptions& options() const { return options_; }
  /// The class of a finding; nothing, and counted, when it is none of the three.
  [[nodiscard]] std::optional<std::string> class_of(std::string_view finding,
                                                    const std::string& sample);
  /// True for a frontal view (or none, where that is said to do); else counted.
  [[nodiscard]] bool has_frontal_view(std::string_view view, const std::string& sample);
  /// Takes the sample in, unless its image was named before or is not there.
  void add(CollectionSample sample);

  /// Error{bad_input} when no sample was taken in; `name` says where they were looked for.
  [[nodiscard]] ImportedCollection finish(const std::string& name);

 private:
  const CollectionLayout& layout_;
  const CollectionOptions& options_;
  ImportedCollection result_{.manifest = {.columns = {"id", "image", "patient_id", "class",
                                                      "source", "view", "sex", "age"},
                                          .rows = {}},
                             .left_out = {},
                             .notes = {},
                             .warnings = {}};
  std::map<std::string, SkippedLines> reasons_;
  std::set<std::string> seen_;  ///< sample ids
};

/// The first of `folders` below any of `places` that holds `name` with one of `endings`; where
/// none does, the place where it should be.
struct FoundImage {
  std::filesystem::path path;
  std::string name;  ///< with its ending
};
[[nodiscard]] FoundImage find_image(std::span<const std::filesystem::path> places,
                                    const CollectionLayout& layout, std::string_view name);

/// The first of `names` in the first of `places` that has one.
[[nodiscard]] std::optional<std::filesystem::path> find_table(
    std::span<const std::filesystem::path> places, const Names& names);

/// The text of a published table: Latin-1 becomes UTF-8.
[[nodiscard]] std::string read_table_text(const std::filesystem::path& path);

// One importer for each Form.
void import_table(std::span<const std::filesystem::path> places, const CollectionLayout& layout,
                  ImportCounters& counters);
void import_rsna(std::span<const std::filesystem::path> places, const CollectionLayout& layout,
                 ImportCounters& counters);
void import_class_folders(std::span<const std::filesystem::path> places,
                          const CollectionLayout& layout, ImportCounters& counters);
void import_label_lists(std::span<const std::filesystem::path> places,
                        const CollectionLayout& layout, ImportCounters& counters);

}  // namespace crossfold
