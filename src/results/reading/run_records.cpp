#include "crossfold/results/run_records.h"

#include <memory>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/job/job_json.h"
#include "crossfold/plan/artefact_bytes.h"

#include "artefact_store.h"
#include "layout.h"
#include "run_history.h"
#include "run_inputs.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

/// `file` is for the message.
Artefacts decoded(const std::string& document, const fs::path& file, const FitId& id) {
  try {
    return artefacts_from_bytes(document, id);
  } catch (const Error& error) {
    throw Error(error.code(), error.what(), file.string());
  }
}

/// Fits of chains that no stage has asked for. By ids: a fit may stand in a chain and outside of
/// it.
std::unordered_set<FitId> not_asked_for(const Plan& plan, const std::vector<Stage>& stages) {
  std::vector<bool> waits(plan.fits.size(), false);
  std::unordered_set<FitId> ids;
  for (const Chain& chain : plan.chains)
    for (const std::uint32_t fit : chain.fits) waits[fit] = true;
  for (const Stage& stage : stages)
    for (const std::uint32_t fit : stage.fits) waits[fit] = false;
  for (std::size_t i = 0; i < waits.size(); ++i)
    if (waits[i]) ids.insert(plan.fits[i].id);
  if (ids.empty()) return ids;
  for (std::size_t i = 0; i < waits.size(); ++i)
    if (!waits[i]) ids.erase(plan.fits[i].id);
  return ids;
}

void take_fits(RunRecords& records, const RunHistory& history) {
  const std::unordered_set<FitId> too_early = not_asked_for(records.plan, records.stages);
  for (const auto& [id, fit] : history.fits) {
    if (too_early.contains(id)) continue;
    records.results.emplace(id, fit.result);
    if (fit.result.failed()) continue;
    if (fit.artefacts) records.artefacts.emplace(id, *fit.artefacts);
    if (!fit.class_id.empty()) records.classes.insert(history.classes.at(fit.class_id));
  }
}

/// Computes the stages again; where the journal tells of one, it must come out the same.
void take_stages(RunRecords& records, const RunHistory& history, const fs::path& journal,
                 const StageRuleFactory& make_rule) try {
  const std::unique_ptr<StageRule> rule = make_rule(records.job, records.plan);
  Stages stages(records.job, records.plan, *rule);
  tell(stages, history);
  static_cast<void>(stages.advance());
  records.stages = stages.decided();
  records.more_stages = !stages.complete();
  sort_fits(records.plan, records.stages);
} catch (const Error& error) {
  throw Error(error.code(), error.message(), journal.string());
}

void count_to_train(RunRecords& records) {
  if (records.plan.chains.empty()) return;
  records.to_train = fits_to_train(records.job, records.plan, records.stages, [&](const FitId& id) {
    const FitResult* result = records.find(id);
    return result != nullptr && !result->failed();
  });
}

}  // namespace

const FitResult* RunRecords::find(const FitId& id) const {
  const auto found = results.find(id);
  return found == results.end() ? nullptr : &found->second;
}

RunRecords load_records(const RunLayout& layout, const RunHistory& history,
                        const StageRuleFactory& make_rule) {
  if (history.header) check_inputs(layout, *history.header);
  RunRecords records;
  records.job = parse_job(read_file(layout.job(), kMostFileBytes), layout.job().string());
  records.samples = read_samples(layout);
  records.plan = rebuild_plan(layout, records.job, records.samples, PlanHash::must_fit);
  check_is_of_plan(history, records.plan, layout);
  const bool grows = fits_to_come(records.plan) > 0;
  if (!grows) check_fits(history, records.plan, layout);
  take_stages(records, history, layout.journal(), make_rule);
  if (grows) check_fits(history, records.plan, layout);
  take_fits(records, history);
  count_to_train(records);
  if (history.end.torn_bytes > 0)
    records.notes.push_back(
        "the journal's last line is not finished (a run is writing it, or was killed): it is not "
        "counted");
  return records;
}

RunRecords load_run(const fs::path& directory, const StageRuleFactory& make_rule) {
  const RunLayout layout = existing_run(directory);
  return load_records(layout, read_history(layout), make_rule);
}

struct ArtefactReader::State {
  const RunRecords& records;
  RunLayout layout;
  ArtefactInspector inspector;
};

ArtefactReader::ArtefactReader(const fs::path& directory, const RunRecords& records)
    : state_(std::make_unique<State>(
          State{.records = records,
                .layout = RunLayout{directory},
                .inspector = {RunLayout{directory}, records.job, records.plan}})) {}
ArtefactReader::~ArtefactReader() = default;

std::optional<Artefacts> ArtefactReader::read(const FitId& id) {
  const auto place = state_->records.artefacts.find(id);
  if (place == state_->records.artefacts.end()) return Artefacts{};
  const auto document = state_->inspector.read(id, place->second);
  if (!document) return std::nullopt;
  return decoded(*document, artefact_file(state_->layout, id, place->second), id);
}

void ArtefactReader::throw_if_any_is_lost() const { state_->inspector.throw_if_any(); }

Artefacts read_artefacts(const fs::path& directory, const RunRecords& records, const FitId& id) {
  const auto place = records.artefacts.find(id);
  if (place == records.artefacts.end()) return {};
  ArtefactInspector inspector(RunLayout{directory}, records.job, records.plan);
  if (const auto document = inspector.read(id, place->second))
    return decoded(*document, artefact_file(RunLayout{directory}, id, place->second), id);
  const ArtefactInspector::Line line = inspector.lines().front();
  throw Error(ErrorCode::bad_input, line.text, line.file);
}

std::vector<std::string> lost_artefacts(const fs::path& directory, const RunRecords& records) {
  ArtefactInspector inspector(RunLayout{directory}, records.job, records.plan);
  for (const auto& [id, place] : records.artefacts)
    inspector.is_sound(id, place, ArtefactCheck::size);
  std::vector<std::string> lines;
  for (const ArtefactInspector::Line& line : inspector.lines())
    lines.push_back(fmt::format("{}: {}", line.file, line.text));
  return lines;
}

}  // namespace crossfold
