#include "crossfold/results/run_status.h"

#include <algorithm>
#include <unordered_set>

#include <nlohmann/json.hpp>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/host_info.h"
#include "crossfold/core/strict_json.h"
#include "crossfold/core/utc_time.h"

#include "layout.h"
#include "run_history.h"
#include "run_lock.h"

namespace crossfold {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// A heartbeat comes every few seconds; clocks of two nodes and caches of a shared file system may
/// be this far apart.
constexpr double kSilenceSeconds = 60;

/// The sessions of a journal; `where` names it.
std::vector<SessionStatus> sessions_of(const RunHistory& history, const fs::path& where) try {
  std::vector<SessionStatus> sessions;
  bool trains = true;
  for (const JournalSession& session : history.sessions) {
    const json& facts = session.facts;
    const bool starts = session.event == JournalSession::Event::start;
    if (starts) trains = !takes_over(facts);
    if (!trains) continue;
    if (starts) {
      sessions.push_back({.started = facts.at("time"),
                          .host = facts.at("host"),
                          .workers = facts.at("workers"),
                          .shard = shard_of(facts),
                          .merges = facts.at("launch") == "merge",
                          .end = std::nullopt});
    } else if (!sessions.empty()) {
      sessions.back().end = {.time = facts.at("time"),
                             .stopped = facts.at("outcome") == "stopped",
                             .seconds = facts.at("seconds"),
                             .trained = facts.at("trained")};
    }
  }
  return sessions;
} catch (const json::exception& failure) {
  throw Error(ErrorCode::bad_input, "has a session that cannot be understood", where.string(),
              failure.what());
}

/// The latest stage of each race, and what is expected as far as they have come: at most so much.
void add_races(RunStatus& status, const RunRecords& records, const RunHistory& history) {
  if (history.stages.empty()) return;
  for (const Stage& stage : records.stages)
    if (stage.record.number == 0)
      status.races.push_back(stage.record);
    else
      status.races.back() = stage.record;  // stages stand by chain and number
  const std::unordered_set<FitId> possible =
      possible_fits(records.job, records.plan, records.stages, [&](const FitId& id) {
        const FitResult* result = records.find(id);
        return result != nullptr && !result->failed();
      });
  status.expected = possible.size() + fits_to_come(records.plan);
  for (const auto& [id, fit] : history.fits) {
    if (possible.contains(id)) continue;
    if (fit.result.failed()) {
      --status.failed;
    } else {
      --status.done;
      ++status.spare;
    }
  }
}

/// Whether it can be told from this host that nobody works in the directory.
bool is_left_alone(const RunStatus& status) {
  return status.sessions.back().host == host_info().name &&
         RunLock::use_of(RunLayout{status.directory}.lock()) == RunLock::Use::free;
}

/// `before`: how the lock was found before the journal was read.
void judge(RunStatus& status, RunLock::Use before, std::int64_t now_s) {
  if (status.sessions.empty()) return;
  const SessionStatus& last = status.sessions.back();
  if (last.end) {
    status.state = last.end->stopped ? RunState::stopped : RunState::finished;
    return;
  }
  const auto since = [&](std::int64_t then_s) {
    return std::max(0.0, static_cast<double>(now_s - then_s));
  };
  status.silence_s = since(seconds_of_utc(last.started).value_or(now_s));
  if (last.merges && before == RunLock::Use::held) {
    status.state = RunState::running;
    return;
  }
  if (!last.merges) status.heartbeat = read_heartbeat(status.directory);
  if (status.heartbeat)
    status.silence_s = std::min(status.silence_s, since(status.heartbeat->written_s));
  // A run may have ended while its journal was read, or started: then the lock changed hands.
  if (before == RunLock::Use::free && is_left_alone(status))
    status.state = RunState::interrupted;
  else
    status.state = status.silence_s <= kSilenceSeconds ? RunState::running : RunState::unresponsive;
}

}  // namespace

std::size_t RunStatus::missing() const {
  return expected - std::min(expected, done + failed);  // a failed fit may be one of another shard
}

std::size_t RunStatus::restarts() const {
  const auto trained = std::count_if(sessions.begin(), sessions.end(),
                                     [](const SessionStatus& session) { return !session.merges; });
  return trained == 0 ? 0 : static_cast<std::size_t>(trained - 1);
}

RunStatus read_status(const fs::path& directory, std::int64_t now_s) {
  const RunLayout layout = existing_run(directory);
  const RunLock::Use lock = RunLock::use_of(layout.lock());
  const RunHistory history = read_history(layout);
  if (history.header) check_inputs(layout, *history.header);

  RunStatus status;
  status.directory = directory;
  try {
    status.name = read_json(layout.job()).at("name");
    status.planned = read_json(layout.plan()).at("distinct_fits");
    status.expected = status.planned;
  } catch (const json::exception& failure) {
    throw Error(ErrorCode::bad_input,
                "does not hold what a run writes there (job.json, plan.json). restore the files "
                "from a copy",
                directory.string(), failure.what());
  }
  const RunRecords records = load_records(layout, history);  // lines of another run are no progress
  for (const auto& [id, fit] : history.fits) ++(fit.result.failed() ? status.failed : status.done);
  status.sessions = sessions_of(history, layout.journal());
  if (!status.sessions.empty() && status.sessions.back().shard)
    status.expected = status.sessions.back().shard->fits;
  add_races(status, records, history);
  judge(status, lock, now_s);
  return status;
}

}  // namespace crossfold
