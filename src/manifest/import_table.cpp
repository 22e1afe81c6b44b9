#include <cctype>
#include <set>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/samples/value_rules.h"

#include "import_counters.h"
#include "published_table.h"
#include "published_values.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

/// Modalities that are projection X-rays; an empty one tells nothing.
bool is_xray(const std::string& modality) {
  static const std::set<std::string> xray = {"", "X-RAY", "XRAY", "CR", "DX", "DR"};
  return xray.contains(in_capitals(modality));
}

std::string patient_of(std::string written, PatientRule rule) {
  const auto is = [&](std::size_t from_end, int (*kind)(int)) {
    return kind(static_cast<unsigned char>(written[written.size() - from_end])) != 0;
  };
  if (rule == PatientRule::without_last_letter && written.size() > 1 && is(1, std::isalpha) &&
      is(2, std::isdigit))
    written.pop_back();
  return written;
}

}  // namespace

void import_table(std::span<const fs::path> places, const CollectionLayout& layout,
                  ImportCounters& counters) {
  const PublishedTable table(places, layout.tables);
  ValidationErrors errors;
  const std::size_t patient = table.required(layout.patient, errors);
  const std::size_t image = table.required(layout.image, errors);
  const std::size_t view = table.required(layout.view, errors);
  std::optional<std::size_t> finding;
  if (!layout.finding.empty()) finding = table.required(layout.finding, errors);
  const std::optional<std::size_t> modality = table.find(layout.modality);
  const std::optional<std::size_t> sex = table.find(layout.sex);
  const std::optional<std::size_t> age = table.find(layout.age);
  errors.throw_if_any(ErrorCode::bad_input, table.name());

  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string kind = table.field(row, modality);
    const std::string name = table.field(row, image);
    const std::string sample = name.empty() ? fmt::format("line {}", table.line(row)) : name;
    if (!is_xray(kind)) {
      counters.leave_out(fmt::format("modality '{}'", kind), sample);
      continue;
    }
    if (!counters.has_frontal_view(table.field(row, view), sample)) continue;
    const std::optional<std::string> class_label =
        counters.class_of(table.field(row, finding), sample);
    if (!class_label) continue;
    const std::string person = table.field(row, patient);
    const bool nobody = person.empty() || is_nobody_word(person);
    if (nobody || name.empty()) {
      counters.leave_out(nobody ? "no patient given" : "no image named", sample);
      continue;
    }
    const FoundImage found = find_image(places, layout, name);
    counters.add({.image_name = found.name,
                  .image = found.path,
                  .patient = patient_of(person, layout.patients),
                  .class_label = *class_label,
                  .source = layout.about.name,
                  .view = table.field(row, view),
                  .sex = table.field(row, sex),
                  .age = table.field(row, age)});
  }
}

}  // namespace crossfold
