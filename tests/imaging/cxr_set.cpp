#include "imaging/cxr_set.h"

#include <cstdlib>
#include <string_view>

#include "crossfold/core/csv.h"
#include "crossfold/core/files.h"

namespace crossfold::test {
namespace {

namespace fs = std::filesystem;

CsvTable read_table(const fs::path& path) {
  return parse_csv(read_file(path, 1 << 24), path.string());
}

}  // namespace

fs::path cxr_folder() {
  const char* const named = std::getenv("CROSSFOLD_CXR");
  return named != nullptr ? fs::path(named) : fs::path(CROSSFOLD_SOURCE_DIR) / "../shared/cxr";
}

std::vector<CxrImage> cxr_images() {
  const fs::path folder = cxr_folder();
  if (!fs::exists(folder / "manifest.csv")) return {};
  const CsvTable table = read_table(folder / "manifest.csv");
  const std::size_t image = table.find_column("image").value();
  const std::size_t patient = table.find_column("patient_id").value();
  const std::size_t source = table.find_column("source").value();
  std::vector<CxrImage> images;
  for (const auto& row : table.rows)
    images.push_back({row[image], folder / row[image], row[patient], row[source]});
  return images;
}

std::vector<std::pair<std::string, std::string>> films_under_two_patients() {
  const CsvTable table = read_table(fs::path(CROSSFOLD_TEST_DATA) / "near_duplicates_cxr.csv");
  const std::size_t same_film = table.find_column("same_film").value();
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& row : table.rows)
    if (row[same_film] == "yes") pairs.emplace_back(row[0], row[1]);
  return pairs;
}

std::string cxr_is_absent() {
  return cxr_folder().string() +
         " is not there: set CROSSFOLD_CXR to the folder of the chest X-rays";
}

bool all_films_asked_for() {
  const char* const films = std::getenv("CROSSFOLD_FILMS");
  return films != nullptr && std::string_view(films) == "all";
}

}  // namespace crossfold::test
