#include "crossfold/manifest/collections.h"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/error.h"

#include "import_counters.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

const CollectionLayout& layout_of(std::string_view name) {
  const std::vector<CollectionLayout>& all = collection_layouts();
  const auto found = std::find_if(all.begin(), all.end(), [&](const CollectionLayout& layout) {
    return layout.about.name == name;
  });
  if (found != all.end()) return *found;
  std::vector<std::string> names;
  names.reserve(all.size());
  for (const Collection& collection : collections()) names.push_back(collection.name);
  throw Error(ErrorCode::usage, fmt::format("unknown collection '{}' (known: {}). choose among "
                                            "these",
                                            name, fmt::join(names, ", ")));
}

void check_places(std::span<const fs::path> places, const CollectionLayout& layout) {
  CF_VALIDATE(!places.empty(), ErrorCode::usage,
              fmt::format("no folder named (a folder of {} holds {}). name at least one",
                          layout.about.name, layout.about.needs));
  for (const fs::path& place : places) {
    std::error_code ignored;
    const bool file_will_do = layout.form == Form::label_lists;
    CF_VALIDATE(
        fs::is_directory(place, ignored) || (file_will_do && fs::is_regular_file(place, ignored)),
        ErrorCode::io,
        fmt::format("no such folder{} (a folder of {} holds {}). check the path",
                    file_will_do ? " or list" : "", layout.about.name, layout.about.needs),
        place.string());
  }
}

}  // namespace

std::string text_of(const SkippedLines& left_out) {
  std::string text = fmt::format("{:8} {}", left_out.count, left_out.reason);
  if (left_out.samples.empty()) return text;
  return text + fmt::format(" ({}{})", fmt::join(left_out.samples, ", "),
                            left_out.samples.size() < left_out.count ? ", ..." : "");
}

const std::vector<Collection>& collections() {
  static const std::vector<Collection> all_collections = [] {
    std::vector<Collection> all;
    all.reserve(collection_layouts().size());
    for (const CollectionLayout& layout : collection_layouts()) all.push_back(layout.about);
    return all;
  }();
  return all_collections;
}

ImportedCollection import_collection(std::string_view collection, std::span<const fs::path> places,
                                     const CollectionOptions& options) {
  const CollectionLayout& layout = layout_of(collection);
  check_places(places, layout);
  ImportCounters counters(layout, options);
  switch (layout.form) {
    case Form::table:
      import_table(places, layout, counters);
      break;
    case Form::rsna:
      import_rsna(places, layout, counters);
      break;
    case Form::class_folders:
      import_class_folders(places, layout, counters);
      break;
    case Form::label_lists:
      import_label_lists(places, layout, counters);
      break;
  }
  return counters.finish(
      fmt::format("{}", fmt::join(std::vector<std::string>(places.begin(), places.end()), ", ")));
}

}  // namespace crossfold
