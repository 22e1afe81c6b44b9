#include "lost_journal.h"

#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

/// What is written only after the journal's first line is on disk.
std::vector<std::string> made_after_journal(const RunLayout& layout) {
  std::vector<std::string> names;
  for (const fs::path& path : {layout.results(), layout.artefact_index(), layout.provenance(),
                               layout.segments(), layout.root / "artefacts"})
    if (is_there(path)) names.push_back(path.filename().string());
  return names;
}

}  // namespace

void check_journal_is_not_lost(const RunLayout& layout) {
  // In this order: a run that starts meanwhile writes its journal first.
  const std::vector<std::string> names = made_after_journal(layout);
  if (names.empty()) return;
  std::ifstream journal(layout.journal(), std::ios::binary);
  std::string line;
  if (std::getline(journal, line) && !journal.eof()) return;
  const char* state = line.empty() ? "empty" : "cut within its first line";
  throw Error(ErrorCode::bad_input,
              fmt::format("is {} while {} {} there (the fits that it recorded would be trained "
                          "again). bring it back from a backup, or choose another --out",
                          is_there(layout.journal()) ? state : "missing", fmt::join(names, ", "),
                          names.size() == 1 ? "is" : "are"),
              layout.journal().string());
}

}  // namespace crossfold
