#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

/// The small set of public chest X-rays, where it is at hand: CROSSFOLD_CXR names its folder, else
/// it is looked for in ../shared/cxr beside the sources.
namespace crossfold::test {

struct CxrImage {
  std::string name;  ///< relative to the folder
  std::filesystem::path path;
  std::string patient;
  std::string source;
};

[[nodiscard]] std::filesystem::path cxr_folder();

/// The lines of its manifest; none where the set is absent.
[[nodiscard]] std::vector<CxrImage> cxr_images();

/// Images, by name, that show one film under two patients: the lines of near_duplicates_cxr.csv
/// with "yes".
[[nodiscard]] std::vector<std::pair<std::string, std::string>> films_under_two_patients();

/// What a test without the set says when it is skipped.
[[nodiscard]] std::string cxr_is_absent();

/// CROSSFOLD_FILMS=all asks for the long form of the tests on duplicates.
[[nodiscard]] bool all_films_asked_for();

}  // namespace crossfold::test
