#include <algorithm>
#include <unordered_map>

#include "crossfold/core/error.h"
#include "crossfold/samples/value_rules.h"

#include "import_counters.h"
#include "published_table.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

const Names detail_tables = {"stage_2_detailed_class_info.csv"};
const Names detail_class = {"class"};

/// What the second table says of each image; empty without it.
std::unordered_map<std::string, std::string> read_details(std::span<const fs::path> places,
                                                          const CollectionLayout& layout) {
  std::unordered_map<std::string, std::string> details;
  if (!find_table(places, detail_tables)) return details;
  const PublishedTable table(places, detail_tables);
  ValidationErrors errors;
  const std::size_t patient = table.required(layout.patient, errors);
  const std::size_t detail = table.required(detail_class, errors);
  errors.throw_if_any(ErrorCode::bad_input, table.name());
  for (std::size_t row = 0; row < table.rows(); ++row)
    details.emplace(table.field(row, patient), table.field(row, detail));
  return details;
}

}  // namespace

void import_rsna(std::span<const fs::path> places, const CollectionLayout& layout,
                 ImportCounters& counters) {
  const PublishedTable table(places, layout.tables);
  ValidationErrors errors;
  const std::size_t patient = table.required(layout.patient, errors);
  const std::size_t target = table.required(layout.finding, errors);
  errors.throw_if_any(ErrorCode::bad_input, table.name());
  const std::unordered_map<std::string, std::string> details = read_details(places, layout);
  if (details.empty())
    counters.note(
        "no stage_2_detailed_class_info.csv: no image counts as normal, for Target 0 only "
        "means no pneumonia");

  // One image a patient, on as many lines as it has boxes: pneumonia if any line says so.
  std::vector<std::string> order;
  std::unordered_map<std::string, std::string> targets;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string id = table.field(row, patient);
    const std::string value = spelling_key(table.field(row, target));  // "1.0" is 1
    const auto [found, is_new] = targets.emplace(id, value);
    if (is_new) order.push_back(id);
    if (value == "1") found->second = "1";
  }
  for (const std::string& id : order) {
    const auto detail = details.find(id);
    const std::string& finding =
        targets.at(id) == "1" || detail == details.end() ? targets.at(id) : detail->second;
    const std::optional<std::string> class_label =
        counters.class_of(finding == "0" ? "Target 0" : finding, id);
    if (!class_label) continue;
    const FoundImage found = find_image(places, layout, id);
    counters.add({.image_name = found.name,
                  .image = found.path,
                  .patient = id,
                  .class_label = *class_label,
                  .source = layout.about.name});
  }
}

}  // namespace crossfold
