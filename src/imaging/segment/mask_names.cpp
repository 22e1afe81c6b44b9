#include "mask_names.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "crossfold/core/error.h"
#include "crossfold/core/hash.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

/// The folders that all paths begin with.
fs::path common_folder(std::span<const fs::path> paths) {
  fs::path common = paths.front().parent_path();
  for (const fs::path& path : paths) {
    const fs::path folder = path.parent_path();
    const auto [end, ignored] =
        std::mismatch(common.begin(), common.end(), folder.begin(), folder.end());
    fs::path shared;
    for (auto part = common.begin(); part != end; ++part) shared /= *part;
    common = shared;
  }
  return common;
}

/// As a file system compares names that does not tell cases apart.
std::string folded(const fs::path& path) {
  std::string text = path.string();
  for (char& letter : text)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return text;
}

/// How far a name has to go to be the only one of its kind.
enum class Length { plain, with_ending, with_hash };

fs::path name_of(const fs::path& inside, Length length) {
  fs::path name = inside;
  if (length == Length::plain) return name.replace_extension(".png");
  if (length == Length::with_hash) name += "-" + sha256(inside.string()).hex().substr(0, 16);
  return name += ".png";
}

struct Name {
  fs::path inside;  ///< the image's path below the common folder
  Length length = Length::plain;
  [[nodiscard]] fs::path path() const { return name_of(inside, length); }
};

/// Names that another file or a folder has as well.
std::set<std::string> clashes(const std::vector<Name>& names) {
  std::set<std::string> seen = {"masks.csv"};
  for (const Name& name : names)
    for (fs::path folder = name.inside.parent_path(); !folder.empty();
         folder = folder.parent_path())
      seen.insert(folded(folder));
  std::set<std::string> twice;
  for (const Name& name : names)
    if (const std::string text = folded(name.path()); !seen.insert(text).second) twice.insert(text);
  return twice;
}

/// All names of a length that clash become longer.
void lengthen(std::vector<Name>& names, Length from, Length to) {
  const std::set<std::string> clashing = clashes(names);
  for (Name& name : names)
    if (name.length == from && clashing.contains(folded(name.path()))) name.length = to;
}

}  // namespace

std::map<fs::path, fs::path> mask_names(std::span<const fs::path> images) {
  if (images.empty()) return {};
  const std::set<fs::path> different(images.begin(), images.end());
  const fs::path common = common_folder(images);
  std::vector<Name> names;
  for (const fs::path& image : different) names.push_back({image.lexically_relative(common)});
  lengthen(names, Length::plain, Length::with_ending);
  lengthen(names, Length::with_ending, Length::with_hash);
  lengthen(names, Length::plain, Length::with_hash);  // what a longer one has met
  CF_ENSURE(clashes(names).empty());
  std::map<fs::path, fs::path> made;
  std::size_t i = 0;
  for (const fs::path& image : different) made.emplace(image, names[i++].path());
  return made;
}

}  // namespace crossfold
