#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

#include "crossfold/manifest/collections.h"

#include "hdf5/scratch_folder.h"

namespace crossfold::test {

using Row = std::vector<std::string>;

/// A made-up copy of a published collection: its tables from tests/manifest/collections, and files
/// where its images would be.
class Published {
 public:
  explicit Published(const std::string& tables) {
    namespace fs = std::filesystem;
    fs::copy(fs::path(CROSSFOLD_TEST_DATA) / "collections" / tables, folder(),
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  }
  Published() = default;
  Published& with(std::initializer_list<const char*> images) {
    for (const char* image : images) write(image, "pixels");
    return *this;
  }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((folder() / name).parent_path());
    write_bytes(folder() / name, text);
  }
  [[nodiscard]] const std::filesystem::path& folder() const { return scratch_.path(); }

  [[nodiscard]] ImportedCollection import(const std::string& collection,
                                          const CollectionOptions& options = {}) const {
    return import_collection(collection, std::vector{folder()}, options);
  }

 private:
  ScratchFolder scratch_;
};

/// Rows without the path of the image.
inline std::vector<Row> rows_of(const ImportedCollection& imported) {
  std::vector<Row> rows = imported.manifest.rows;
  for (Row& row : rows) row.erase(row.begin() + 1);
  return rows;
}

inline std::vector<std::string> reasons_of(const ImportedCollection& imported) {
  std::vector<std::string> lines;
  for (const SkippedLines& left_out : imported.left_out)
    lines.push_back(text_of(left_out).substr(text_of(left_out).find_first_not_of(' ')));
  return lines;
}

}  // namespace crossfold::test
