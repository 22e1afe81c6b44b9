#include <algorithm>
#include <cctype>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "import_counters.h"
#include "published_values.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

std::string_view digits_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
  return text.substr(at, end - at);
}

/// "person12_virus_3" and "person12_bacteria_4": person12. "NORMAL2-IM-1003-0001":
/// NORMAL2-IM-1003. "BACTERIA-30629-0001": 30629. Anything else names nobody.
std::string patient_in_name(const std::string& stem) {
  constexpr std::string_view kPerson = "person";
  if (stem.starts_with(kPerson)) {
    const std::string_view number = digits_at(stem, kPerson.size());
    if (!number.empty()) return std::string(kPerson) + std::string(number);
  }
  if (const std::size_t im = stem.find("IM-"); im != std::string::npos) {
    const std::string_view number = digits_at(stem, im + 3);
    if (!number.empty()) return stem.substr(0, im + 3) + std::string(number);
  }
  for (const std::string_view kind : {"BACTERIA-", "VIRUS-", "NORMAL-"})
    if (stem.starts_with(kind)) {
      const std::string_view number = digits_at(stem, kind.size());
      if (!number.empty()) return std::string(number);
    }
  return {};
}

bool is_discarded(const std::string& stem, const ClassFolder& folder,
                  const CollectionLayout& layout) {
  const std::size_t open = stem.find('(');
  if (open == std::string::npos || folder.class_label != "covid19") return false;
  const std::string_view number = digits_at(stem, open + 1);
  return std::any_of(layout.discarded.begin(), layout.discarded.end(),
                     [&](int discarded) { return number == std::to_string(discarded); });
}

bool is_image(const fs::path& path) {
  static const std::set<std::string> image_endings = {".PNG", ".JPG", ".JPEG", ".DCM"};
  return image_endings.contains(in_capitals(path.extension().string()));
}

/// Files below the folder, sorted; hidden folders and those that no image lies in are passed over.
std::vector<fs::path> image_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename().string();
    const bool aside = name.starts_with('.') || name == "__MACOSX" || in_capitals(name) == "MASKS";
    std::error_code ignored;
    if (aside && at->is_directory(ignored)) at.disable_recursion_pending();
    if (!aside && at->is_regular_file(ignored) && is_image(at->path())) files.push_back(at->path());
  }
  CF_VALIDATE(!error, ErrorCode::io, "cannot be listed. check the folder and its rights",
              folder.string(), error.message());
  std::sort(files.begin(), files.end());
  return files;
}

/// The folder of a class that a file lies in, from `place` downwards, the deepest first.
struct Placed {
  const ClassFolder* folder = nullptr;
  /// From it on, or from the part of the collection above it: the same for a second copy of the
  /// archive, and wherever the user keeps it.
  fs::path tail;
};

/// Folders into which collections are parted; two parts may hold different files of one name.
bool is_part(const fs::path& folder) {
  static const std::set<std::string> kParts = {"TRAIN", "TEST", "VAL"};
  return kParts.contains(in_capitals(folder.filename().string()));
}

Placed place_of(const fs::path& file, const fs::path& place, const CollectionLayout& layout) {
  fs::path tail = file.filename();
  for (fs::path at = file.parent_path(); at.string().size() >= place.string().size();
       at = at.parent_path()) {
    tail = at.filename() / tail;
    for (const ClassFolder& folder : layout.folders)
      if (in_capitals(at.filename().string()) == in_capitals(folder.folder))
        return {&folder, is_part(at.parent_path()) ? at.parent_path().filename() / tail : tail};
    if (at == at.parent_path()) break;
  }
  return {};
}

}  // namespace

void import_class_folders(std::span<const fs::path> places, const CollectionLayout& layout,
                          ImportCounters& counters) {
  std::set<fs::path> tails;
  for (const fs::path& given : places) {
    fs::path place = fs::absolute(given).lexically_normal();
    if (!place.has_filename()) place = place.parent_path();
    for (const fs::path& file : image_files(place)) {
      const Placed placed = place_of(file, place, layout);
      const std::string stem = file.stem().string();
      if (placed.folder == nullptr) {
        counters.leave_out("in no folder of a class", file.filename().string());
      } else if (placed.folder->class_label.empty()) {
        counters.leave_out(fmt::format("folder '{}'", placed.folder->folder), placed.tail.string());
      } else if (!tails.insert(placed.tail).second) {
        counters.leave_out("second copy of a file", placed.tail.string());
      } else if (is_discarded(stem, *placed.folder, layout)) {
        counters.leave_out("discarded by COVID-Net", placed.tail.string());
      } else {
        counters.add({.image_name = placed.tail.string(),
                      .image = file,
                      .patient = layout.patients == PatientRule::in_file_name
                                     ? patient_in_name(stem)
                                     : std::string(),
                      .class_label = std::string(placed.folder->class_label),
                      .source = layout.about.name});
      }
    }
  }
}

}  // namespace crossfold
