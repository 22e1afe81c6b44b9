#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/counted.h"
#include "crossfold/core/error.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/results/shards.h"

#include "artefact_store.h"
#include "fit_copier.h"
#include "layout.h"
#include "run_history.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

struct ReadShard {
  FoundShard found;
  RunHistory history;
};

/// The first share of another number that a session of this journal worked on, as text.
std::optional<std::string> stranger_in(const ReadShard& shard) try {
  for (const JournalSession& session : shard.history.sessions) {
    if (session.event != JournalSession::Event::start || takes_over(session.facts)) continue;
    const std::optional<ShardShare> share = shard_of(session.facts);
    if (!share) return "the whole plan";
    const ShardNumber number{.index = share->index, .of = share->of};
    if (number != shard.found.number) return name_of(number);
  }
  return std::nullopt;
} catch (const nlohmann::json::exception&) {
  return "a share that cannot be understood";
}

void check_shard(const ReadShard& shard, const Plan& plan, ValidationErrors& errors) {
  const std::string where = shard.found.directory.string();
  if (shard.history.header->plan_sha256 != plan.hash.hex()) {
    errors.add(where,
               "is of another job, other data or another protocol (its plan hash differs). "
               "remove it and run this shard again");
    return;
  }
  std::unordered_set<FitId> planned;
  for (const Fit& fit : plan.fits) planned.insert(fit.id);
  const auto strange_fits =
      std::count_if(shard.history.fits.begin(), shard.history.fits.end(),
                    [&](const auto& fit) { return !planned.contains(fit.first); });
  if (strange_fits > 0)
    errors.add(where, fmt::format("records {} that the plan does not hold (lines of another "
                                  "run were added). remove it and run this shard again",
                                  counted(static_cast<std::uint64_t>(strange_fits), "fit")));
  if (const auto stranger = stranger_in(shard))
    errors.add(where, fmt::format("was worked on as {} too (its fits may be those of other "
                                  "shards). remove it and run this shard again",
                                  *stranger));
}

/// Every fit that two shards have done.
void check_overlap(const std::vector<ReadShard>& shards, ValidationErrors& errors) {
  std::map<FitId, const ReadShard*> owners;
  std::map<std::pair<const ReadShard*, const ReadShard*>, std::size_t> shared;
  for (const ReadShard& shard : shards)
    for (const auto& [id, fit] : shard.history.fits) {
      if (fit.result.failed()) continue;
      const auto [owner, fresh] = owners.emplace(id, &shard);
      if (!fresh) ++shared[{owner->second, &shard}];
    }
  for (const auto& [pair, fits] : shared)
    errors.add(pair.second->found.directory.string(),
               fmt::format("holds {} that {} holds too (shards must not overlap). remove "
                           "it and run this shard again",
                           counted(fits, "fit"), name_of(pair.first->found.number)));
}

/// The artefacts of a shard are read before any of its fits is taken over.
void check_artefacts(const ReadShard& shard, const Job& job, const Plan& plan,
                     ValidationErrors& errors) {
  ArtefactInspector inspector(RunLayout{shard.found.directory}, job, plan);
  for (const auto& [id, fit] : shard.history.fits)
    if (!fit.result.failed() && fit.artefacts)
      inspector.is_sound(id, *fit.artefacts, ArtefactCheck::content);
  for (const ArtefactInspector::Line& line : inspector.lines()) errors.add(line.file, line.text);
}

std::vector<ReadShard> read_shards(const fs::path& run, const Job& job, const Plan& plan,
                                   MergeReport& report) {
  std::vector<ReadShard> shards;
  std::set<ShardNumber> present;
  ValidationErrors errors;
  for (FoundShard& found : find_shards(run)) {
    report.of = found.number.of;
    const RunLayout layout{found.directory};
    ReadShard shard{.found = std::move(found), .history = read_history(layout)};
    if (!shard.history.header) continue;  // was made, and nothing more
    check_inputs(layout, *shard.history.header);
    check_shard(shard, plan, errors);
    present.insert(shard.found.number);
    shards.push_back(std::move(shard));
  }
  check_overlap(shards, errors);
  for (const ReadShard& shard : shards) check_artefacts(shard, job, plan, errors);
  errors.throw_if_any(ErrorCode::bad_input, run.string());
  for (std::uint32_t index = 1; index <= report.of; ++index)
    if (const ShardNumber number{.index = index, .of = report.of}; !present.contains(number))
      report.absent.push_back(number);
  return shards;
}

/// What the run still lacks of a shard. A failure is taken where nothing else is known.
void take(const ReadShard& shard, const Job& job, const Plan& plan, const RunDirectory& into,
          std::unordered_set<FitId>& known, FitCopier& copier) {
  ArtefactInspector inspector(RunLayout{shard.found.directory}, job, plan);
  for (const auto& [id, fit] : shard.history.fits) {
    if (into.done().contains(id) || (fit.result.failed() && known.contains(id))) continue;
    known.insert(id);
    copier.copy({.fit = fit, .classes = shard.history.classes, .taken_from = fit.taken_from},
                inspector);
  }
}

void note_end(const ReadShard& shard, MergeReport& report) {
  const auto& sessions = shard.history.sessions;
  const bool ended = !sessions.empty() && sessions.back().event == JournalSession::Event::end;
  if (!ended)
    report.unfinished.push_back(
        fmt::format("{} has not ended (it runs, or was killed)", name_of(shard.found.number)));
  else if (sessions.back().facts.value("outcome", "") != "completed")
    report.unfinished.push_back(
        fmt::format("{} was stopped with work left", name_of(shard.found.number)));
}

}  // namespace

struct ShardMerge::State {
  fs::path run;
  const Job& job;
  const Plan& plan;
  MergeReport report;
  std::vector<ReadShard> shards;
};

ShardMerge::ShardMerge(const fs::path& run, const Job& job, const Plan& plan)
    : state_(std::make_unique<State>(
          State{.run = run, .job = job, .plan = plan, .report = {}, .shards = {}})) {
  state_->shards = read_shards(run, job, plan, state_->report);
  for (const ReadShard& shard : state_->shards) note_end(shard, state_->report);
}

ShardMerge::~ShardMerge() = default;

MergeReport ShardMerge::take_into(RunDirectory& into) {
  std::unordered_set<FitId> known;
  for (const auto& [id, fit] : read_history(RunLayout{state_->run}).fits) known.insert(id);
  FitCopier copier(into);
  for (const ReadShard& shard : state_->shards)
    take(shard, state_->job, state_->plan, into, known, copier);
  MergeReport report = state_->report;
  report.taken = copier.finish();
  return report;
}

}  // namespace crossfold
