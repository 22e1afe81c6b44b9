#include "crossfold/results/missing_artefacts.h"

#include <system_error>

#include <fmt/format.h>

#include "artefact_store.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

/// What cannot be looked at is named when it is read.
bool is_missing(const fs::path& file) {
  std::error_code unreadable;
  return fs::status(file, unreadable).type() == fs::file_type::not_found;
}

}  // namespace

MissingArtefacts missing_artefacts(const fs::path& directory, const RunRecords& records) {
  const RunLayout layout{directory};
  ArtefactInspector inspector(layout, records.job, records.plan);
  MissingArtefacts missing;
  for (const auto& [id, place] : records.artefacts) {
    if (!is_missing(artefact_file(layout, id, place))) continue;
    if (!inspector.is_sound(id, place, ArtefactCheck::size)) missing.fits.insert(id);
  }
  for (const ArtefactInspector::Line& line : inspector.lines())
    missing.lines.push_back(fmt::format("{}: {}", line.file, line.text));
  return missing;
}

}  // namespace crossfold
