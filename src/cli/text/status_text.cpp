#include "status_text.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/duration.h"
#include "crossfold/results/heartbeat_json.h"

namespace crossfold::cli {
namespace {

using nlohmann::json;

const char* name_of_state(RunState state) {
  switch (state) {
    case RunState::not_started:
      return "not started";
    case RunState::running:
      return "running";
    case RunState::unresponsive:
      return "unresponsive";
    case RunState::interrupted:
      return "interrupted";
    case RunState::stopped:
      return "stopped";
    case RunState::finished:
      return "finished";
  }
  return "";
}

std::string counts_text(std::size_t done, std::size_t expected, std::size_t failed,
                        std::size_t missing) {
  return fmt::format("{} of {} fits done, {} failed, {} to do", done, expected, failed, missing);
}

/// Where the coordinator is, as far as is known.
std::string place_text(const RunStatus& run) {
  const SessionStatus& session = run.sessions.back();
  std::string text = "on " + session.host;
  if (run.heartbeat && !run.heartbeat->slurm_job.empty())
    text += ", Slurm job " + run.heartbeat->slurm_job;
  return text;
}

std::string state_text(const RunStatus& run) {
  if (run.sessions.empty()) return "not started";
  const SessionStatus& session = run.sessions.back();
  switch (run.state) {
    case RunState::running:
      return fmt::format("running {}, since {}, last heard of {} ago", place_text(run),
                         session.started, duration_text(run.silence_s));
    case RunState::unresponsive:
      return fmt::format(
          "unresponsive {}, since {} (killed, or cut off). run the same command again to go on",
          place_text(run), duration_text(run.silence_s));
    case RunState::interrupted:
      return fmt::format(
          "interrupted {}, last heard of {} ago (killed, or ended by an error). run the same "
          "command again to go on",
          place_text(run), duration_text(run.silence_s));
    case RunState::stopped:
      return fmt::format("stopped at {}. run the same command again to go on", session.end->time);
    case RunState::finished:
      return fmt::format("finished at {}", session.end->time);
    case RunState::not_started:
      break;
  }
  return "not started";
}

std::string workers_text(const Heartbeat& heartbeat) {
  std::size_t host_width = 4;
  std::size_t device_width = 6;
  for (const Heartbeat::Worker& worker : heartbeat.workers) {
    host_width = std::max(host_width, worker.host.size());
    device_width = std::max(device_width, worker.device.size());
  }
  std::string text = fmt::format("  {:>6}  {:{}}  {:{}}  {:>6}  {}\n", "worker", "host", host_width,
                                 "device", device_width, "done", "holds");
  for (const Heartbeat::Worker& worker : heartbeat.workers)
    text += fmt::format("  {:>6}  {:{}}  {:{}}  {:>6}  {}\n", worker.rank, worker.host, host_width,
                        worker.device, device_width, worker.done,
                        worker.lost ? std::string("lost") : std::to_string(worker.held));
  return text;
}

/// "search of 'task': generation 2, 128 of 256 candidates; the best so far is d[...]"
std::string search_text(const StageRecord& search) {
  const std::string leader = search.leader.empty() ? "none" : search.leader;
  if (search.over)
    return fmt::format("search of '{}': over, {}; the best is {}\n", search.experiment,
                       counted(search.generation->candidates, "candidate"), leader);
  return fmt::format("search of '{}': generation {}, {} of {} candidates; the best so far is {}\n",
                     search.experiment, search.number + 1, search.generation->candidates,
                     search.generation->of, leader);
}

/// "race of 'task' on z: 83 candidates on 10 splits, 480 of 12800 fits saved so far"
std::string race_text(const StageRecord& race) {
  if (race.generation) return search_text(race);
  if (race.over)
    return fmt::format("race of '{}' on {}: over, {} of {} fits saved; the best is {}\n",
                       race.experiment, race.embedding, race.fits_of_all - race.fits,
                       race.fits_of_all, race.leader.empty() ? "none" : race.leader);
  return fmt::format("race of '{}' on {}: {} on {}, {} of {} fits saved so far\n", race.experiment,
                     race.embedding, counted(race.living, "candidate"),
                     counted(race.splits, "split"), race.fits_of_all - race.fits_at_most,
                     race.fits_of_all);
}

/// What stands below the counts of one run.
std::string run_text(const RunStatus& run) {
  std::string text = state_text(run);
  if (run.restarts() > 0) text += "; " + counted(run.restarts(), "restart");
  text += "\n";
  for (const StageRecord& race : run.races) text += race_text(race);
  if (run.spare > 0)
    text += counted(run.spare, "further fit") +
            " completed that no table counts (the candidates were given up before)\n";
  if (run.state != RunState::running || !run.heartbeat) return text;
  text += fmt::format("{:.3g} fits a second", fits_per_second(*run.heartbeat));
  if (const auto left = run.heartbeat->left()) text += ", " + left_text(*left);
  return text + "\n" + workers_text(*run.heartbeat);
}

json heartbeat_json(const RunStatus& run) {
  const Heartbeat& heartbeat = *run.heartbeat;
  json value{{"process", heartbeat.process},
             {"slurm_job", heartbeat.slurm_job},
             {"elapsed_s", heartbeat.elapsed_s},
             {"trained", heartbeat.trained},
             {"share", heartbeat.share},
             {"fits_per_s", fits_per_second(heartbeat)},
             {"workers", workers_to_json(heartbeat)}};
  if (const auto left = heartbeat.left()) {
    value["left_s"] = left->seconds;
    value["left_least_s"] = left->least_s;
    if (std::isfinite(left->most_s)) value["left_most_s"] = left->most_s;
  }
  return value;
}

json races_json(const RunStatus& run) {
  json list = json::array();
  for (const StageRecord& race : run.races)
    if (!race.generation)
      list.push_back({{"experiment", race.experiment},
                      {"embedding", race.embedding},
                      {"stage", race.number},
                      {"over", race.over},
                      {"splits", race.splits},
                      {"living", race.living},
                      {"leader", race.leader},
                      {"fits", race.fits},
                      {"fits_at_most", race.fits_at_most},
                      {"fits_of_all", race.fits_of_all}});
  return list;
}

json searches_json(const RunStatus& run) {
  json list = json::array();
  for (const StageRecord& search : run.races)
    if (search.generation)
      list.push_back({{"experiment", search.experiment},
                      {"generation", search.number},
                      {"over", search.over},
                      {"candidates", search.generation->candidates},
                      {"of", search.generation->of},
                      {"leader", search.leader},
                      {"fits", search.fits},
                      {"fits_of_all", search.fits_of_all}});
  return list;
}

json sessions_json(const RunStatus& run) {
  json list = json::array();
  for (const SessionStatus& session : run.sessions) {
    json value{{"started", session.started}, {"host", session.host}, {"workers", session.workers}};
    if (session.end)
      value["end"] = {{"time", session.end->time},
                      {"outcome", session.end->stopped ? "stopped" : "completed"},
                      {"seconds", session.end->seconds},
                      {"trained", session.end->trained}};
    list.push_back(std::move(value));
  }
  return list;
}

json run_json(const RunStatus& run) {
  json value{{"directory", run.directory.string()},
             {"state", name_of_state(run.state)},
             {"expected", run.expected},
             {"done", run.done},
             {"failed", run.failed},
             {"missing", run.missing()},
             {"spare", run.spare},
             {"restarts", run.restarts()},
             {"sessions", sessions_json(run)}};
  if (json races = races_json(run); !races.empty()) value["races"] = std::move(races);
  if (json searches = searches_json(run); !searches.empty())
    value["searches"] = std::move(searches);
  if (run.state == RunState::running || run.state == RunState::unresponsive ||
      run.state == RunState::interrupted)
    value["silence_s"] = run.silence_s;
  if (run.heartbeat) value["last_heard"] = heartbeat_json(run);
  if (!run.sessions.empty() && run.sessions.back().shard)
    value["shard"] = {{"index", run.sessions.back().shard->index},
                      {"of", run.sessions.back().shard->of}};
  return value;
}

std::string shard_heading(const RunStatus& run) {
  if (run.sessions.empty() || !run.sessions.back().shard)
    return fmt::format("{}: ", run.directory.filename().string());
  const ShardShare& shard = *run.sessions.back().shard;
  return fmt::format("shard {}/{}: ", shard.index, shard.of);
}

}  // namespace

double fits_per_second(const Heartbeat& heartbeat) {
  if (heartbeat.rate_per_s) return *heartbeat.rate_per_s;
  return static_cast<double>(heartbeat.trained + heartbeat.failed) /
         std::max(heartbeat.elapsed_s, 1e-3);
}

std::string state_line(const StatusView& view, const RunStatus& run) {
  return (run.directory == view.directory ? "" : shard_heading(run)) + state_text(run);
}

std::string status_text(const StatusView& view) {
  std::string text = fmt::format(
      "{}: {}\n", view.name, counts_text(view.done, view.expected, view.failed, view.missing()));
  for (const RunStatus& run : view.runs) {
    if (run.directory != view.directory)
      text += shard_heading(run) + counts_text(run.done, run.expected, run.failed, run.missing()) +
              "\n";
    text += run_text(run);
  }
  for (const ShardNumber& shard : view.absent)
    text += fmt::format("shard {}/{}: not started\n", shard.index, shard.of);
  return text;
}

json status_json(const StatusView& view) {
  json runs = json::array();
  for (const RunStatus& run : view.runs) runs.push_back(run_json(run));
  json absent = json::array();
  for (const ShardNumber& shard : view.absent)
    absent.push_back({{"index", shard.index}, {"of", shard.of}});
  return {{"format", "crossfold-status"},
          {"format_version", 1},
          {"name", view.name},
          {"over", view.over},
          {"expected", view.expected},
          {"done", view.done},
          {"failed", view.failed},
          {"missing", view.missing()},
          {"runs", std::move(runs)},
          {"absent_shards", std::move(absent)}};
}

}  // namespace crossfold::cli
