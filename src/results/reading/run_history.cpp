#include "run_history.h"

#include <memory>
#include <system_error>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/hash.h"

#include "lost_journal.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

std::string hash_file(const fs::path& path) {
  return sha256(read_file(path, kMostFileBytes)).hex();
}

void take(RunHistory& history, JournalEntry&& entry) {
  if (auto* header = std::get_if<JournalHeader>(&entry)) {
    history.version = header->version;
    history.header = std::move(*header);
  }
  if (const auto* format = std::get_if<JournalFormat>(&entry)) history.version = format->version;
  if (auto* class_label = std::get_if<JournalClass>(&entry))
    history.classes[class_label->id] = class_label->text;
  if (auto* session = std::get_if<JournalSession>(&entry))
    history.sessions.push_back(std::move(*session));
  if (auto* stage = std::get_if<JournalStage>(&entry))
    history.stages.push_back(std::move(stage->record));
  if (auto* cohort = std::get_if<JournalCohort>(&entry))
    history.cohorts.push_back(std::move(cohort->record));
  if (auto* fit = std::get_if<JournalFit>(&entry)) {
    CF_VALIDATE(
        fit->class_id.empty() || history.classes.contains(fit->class_id), ErrorCode::bad_input,
        fmt::format("names the class {}, which no line before it describes", fit->class_id));
    const FitId id = fit->result.id;
    const auto known = history.fits.find(id);
    const bool keeps_success =
        known != history.fits.end() && !known->second.result.failed() && fit->result.failed();
    if (keeps_success) return;
    if (known != history.fits.end() && !known->second.result.failed())
      history.first_successes.emplace(id, known->second.result);
    history.fits.insert_or_assign(id, std::move(*fit));
  }
}

}  // namespace

bool takes_over(const nlohmann::json& session_facts) {
  return session_facts.at("launch") == "warm-start";
}

std::optional<ShardShare> shard_of(const nlohmann::json& session_facts) {
  if (!session_facts.contains("shard")) return std::nullopt;
  const nlohmann::json& shard = session_facts.at("shard");
  return ShardShare{.index = shard.at("index"), .of = shard.at("of"), .fits = shard.at("fits")};
}

void tell(Stages& stages, const RunHistory& history) {
  for (const StageRecord& record : history.stages) stages.expect(record);
  for (const auto& [id, result] : history.first_successes) stages.take(result);
  for (const auto& [id, fit] : history.fits)
    if (!fit.result.failed()) stages.take(fit.result);
}

RunHistory read_history(const RunLayout& layout) {
  RunHistory history;
  if (is_there(layout.journal()))
    history.end = read_journal(layout.journal(),
                               [&](JournalEntry&& entry) { take(history, std::move(entry)); });
  if (!history.header) check_journal_is_not_lost(layout);
  return history;
}

std::optional<GrownPlan> grown_plan(const Job& job, const Plan& plan, const RunHistory& history,
                                    const RunLayout& layout) try {
  if (fits_to_come(plan) == 0) return std::nullopt;
  GrownPlan grown{job, plan};
  const std::unique_ptr<StageRule> rule = make_stage_rule(grown.job, grown.plan);
  Stages stages(grown.job, grown.plan, *rule);
  tell(stages, history);
  static_cast<void>(stages.advance());
  return grown;
} catch (const Error& error) {
  throw Error(error.code(), error.message(), layout.journal().string());
}

void check_is_of_plan(const RunHistory& history, const Plan& plan, const RunLayout& layout) {
  CF_VALIDATE(!history.header || history.header->plan_sha256 == plan.hash.hex(),
              ErrorCode::bad_input,
              "belongs to another job or store (its plan hash differs). restore the file from a "
              "copy, or start again in another folder",
              layout.journal().string());
}

void check_fits(const RunHistory& history, const Plan& plan, const RunLayout& layout) {
  std::unordered_set<FitId> planned;
  for (const Fit& fit : plan.fits) planned.insert(fit.id);
  for (const auto& [id, fit] : history.fits)
    CF_VALIDATE(planned.contains(id), ErrorCode::bad_input,
                fmt::format("records fit {}, which the plan does not hold (lines of another run "
                            "were added). restore the file from a copy, or let `crossfold run "
                            "--salvage` with the same job and --out leave them out",
                            id.hex()),
                layout.journal().string());
}

std::map<std::string, std::string> hash_inputs(const RunLayout& layout) {
  std::map<std::string, std::string> hashes;
  for (const fs::path& path : layout.inputs())
    if (is_there(path)) hashes[path.filename().string()] = hash_file(path);
  return hashes;
}

void check_inputs(const RunLayout& layout, const JournalHeader& header) {
  for (const fs::path& path : layout.inputs()) {
    const auto expected = header.inputs.find(path.filename().string());
    if (expected == header.inputs.end()) continue;
    CF_VALIDATE(hash_file(path) == expected->second, ErrorCode::bad_input,
                "is damaged or was changed (its hash is not the one in the journal). restore it, "
                "or start again in another folder",
                path.string());
  }
}

}  // namespace crossfold
