#include "repair_run.h"

#include <algorithm>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"

#include "artefact_store.h"
#include "journal.h"
#include "salvage.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

/// What is printed of a list: enough to see what happened.
std::string first_of(const std::vector<std::string>& lines) {
  constexpr std::size_t kShown = 100;
  const std::size_t shown = std::min(lines.size(), kShown);
  std::string text = fmt::format(
      "{}", fmt::join(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(shown), "\n  "));
  if (lines.size() > shown) text += fmt::format("\n  and {} more", lines.size() - shown);
  return text;
}

/// The first name that is free.
fs::path place_aside(const RunLayout& layout) {
  int number = 1;
  while (fs::exists(fs::symlink_status(layout.damaged_journal(number)))) ++number;
  return layout.damaged_journal(number);
}

}  // namespace

bool is_sound_journal(const RunLayout& layout, const Job& job, const Plan& plan) {
  try {
    const RunHistory history = read_history(layout);
    check_is_of_plan(history, plan, layout);
    GrownPlan grown{job, plan};
    const std::unique_ptr<StageRule> rule = make_stage_rule(grown.job, grown.plan);
    Stages stages(grown.job, grown.plan, *rule);
    tell(stages, history);
    static_cast<void>(stages.advance());
    check_fits(history, grown.plan, layout);
    return true;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::bad_input) throw;
    return false;
  }
}

void salvage_run(const RunLayout& layout, const JournalHeader& header, const Job& job,
                 const Plan& plan, std::vector<std::string>& notes) {
  const std::string text = read_file(layout.journal(), kMostJournalBytes);
  Salvage salvage;
  try {
    salvage = salvage_journal(text, header, job, plan);
  } catch (const Error& error) {
    throw Error(error.code(), error.what(), layout.journal().string());
  }
  const fs::path aside = place_aside(layout);
  write_file_whole(aside, text);
  write_file_whole(layout.journal(), salvage.journal);
  notes.push_back(
      fmt::format("{}: {} of {} lines are kept; the damaged journal is now {}{}{}",
                  layout.journal().string(), salvage.kept, salvage.lines, aside.filename().string(),
                  salvage.notes.empty() ? "" : ". not kept:\n  ", first_of(salvage.notes)));
}

std::unordered_set<FitId> find_lost(const RunLayout& layout, const Job& job, const Plan& plan,
                                    const RunHistory& history, Repairs repairs,
                                    std::vector<std::string>& notes) {
  const ArtefactCheck check =
      repairs.retrain_missing ? ArtefactCheck::content : ArtefactCheck::size;
  std::unordered_set<FitId> lost;
  ArtefactInspector inspector(layout, job, plan);
  for (const auto& [id, fit] : history.fits)
    if (!fit.result.failed() && fit.artefacts && !inspector.is_sound(id, *fit.artefacts, check))
      lost.insert(id);
  if (lost.empty()) return lost;
  if (!repairs.retrain_missing) inspector.throw_if_any();
  std::vector<std::string> lines;
  for (const ArtefactInspector::Line& line : inspector.lines())
    lines.push_back(fmt::format("{}: {}", line.file, line.text));
  notes.push_back(fmt::format("{} trained again (artefacts are missing or damaged):\n  {}",
                              counted_are(lost.size(), "fit"), first_of(lines)));
  return lost;
}

}  // namespace crossfold
