#include "crossfold/results/heartbeat.h"

#include <cmath>
#include <limits>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/strict_json.h"
#include "crossfold/core/text_of_json.h"
#include "crossfold/results/heartbeat_json.h"

#include "layout.h"

namespace crossfold {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* kHeartbeatFormat = "crossfold-heartbeat";
constexpr std::uint64_t kMostHeartbeatBytes = std::uint64_t{1} << 26;

json to_json(const Heartbeat& heartbeat) {
  json value{{"format", kHeartbeatFormat},
             {"format_version", 1},
             {"written_s", heartbeat.written_s},
             {"host", heartbeat.host},
             {"process", heartbeat.process},
             {"slurm_job", heartbeat.slurm_job},
             {"elapsed_s", heartbeat.elapsed_s},
             {"trained", heartbeat.trained},
             {"failed", heartbeat.failed},
             {"share", heartbeat.share},
             {"at", heartbeat.at},
             {"workers", workers_to_json(heartbeat)}};
  if (heartbeat.rate_per_s) value["rate_per_s"] = *heartbeat.rate_per_s;
  if (const auto& left = heartbeat.expected_left) {
    value["left_s"] = left->seconds;
    value["left_least_s"] = left->least_s;
    if (std::isfinite(left->most_s)) value["left_most_s"] = left->most_s;
  }
  return value;
}

std::optional<double> number_if_there(const json& value, const char* key) {
  if (!value.contains(key)) return std::nullopt;
  return value.at(key).get<double>();
}

/// Earlier versions told no range; a range may have no upper end.
std::optional<ExpectedTime> left_if_there(const json& value) {
  const std::optional<double> seconds = number_if_there(value, "left_s");
  if (!seconds) return std::nullopt;
  const std::optional<double> least_s = number_if_there(value, "left_least_s");
  const double unknown = least_s ? std::numeric_limits<double>::infinity() : *seconds;
  return ExpectedTime{.seconds = *seconds,
                      .least_s = least_s.value_or(*seconds),
                      .most_s = number_if_there(value, "left_most_s").value_or(unknown)};
}

Heartbeat from_json(const json& value) {
  Heartbeat heartbeat{.written_s = value.at("written_s"),
                      .host = value.at("host"),
                      .process = value.at("process"),
                      .slurm_job = value.at("slurm_job"),
                      .elapsed_s = value.at("elapsed_s"),
                      .trained = value.at("trained"),
                      .failed = value.at("failed"),
                      .share = value.at("share"),
                      .workers = {},
                      .at = value.value("at", ""),
                      .rate_per_s = number_if_there(value, "rate_per_s"),
                      .expected_left = left_if_there(value)};
  for (const json& worker : value.at("workers"))
    heartbeat.workers.push_back({.rank = worker.at("rank"),
                                 .host = worker.at("host"),
                                 .device = worker.at("device"),
                                 .done = worker.at("done"),
                                 .held = worker.at("held"),
                                 .lost = worker.at("lost"),
                                 .busy = worker.value("busy", 0.0),
                                 .at_it_s = worker.value("at_it_s", 0.0)});
  return heartbeat;
}

}  // namespace

json workers_to_json(const Heartbeat& heartbeat) {
  json workers = json::array();
  for (const Heartbeat::Worker& worker : heartbeat.workers)
    workers.push_back({{"rank", worker.rank},
                       {"host", worker.host},
                       {"device", worker.device},
                       {"done", worker.done},
                       {"held", worker.held},
                       {"lost", worker.lost},
                       {"busy", worker.busy},
                       {"at_it_s", worker.at_it_s}});
  return workers;
}

std::optional<ExpectedTime> Heartbeat::left() const {
  if (expected_left) return expected_left;
  if (share <= 0) return std::nullopt;
  const double seconds = elapsed_s * (1 - share) / share;
  return ExpectedTime{.seconds = seconds, .least_s = seconds, .most_s = seconds};
}

void write_heartbeat(const fs::path& directory, const Heartbeat& heartbeat) {
  TemporaryFile file(RunLayout{directory}.heartbeat());
  file.write(json_text(to_json(heartbeat)) + "\n");
  file.rename_to_target();
}

std::optional<Heartbeat> read_heartbeat(const fs::path& directory) {
  const fs::path path = RunLayout{directory}.heartbeat();
  try {
    const json value = parse_json(read_file(path, kMostHeartbeatBytes), path.string());
    if (value.at("format") != kHeartbeatFormat || value.at("format_version") != 1)
      return std::nullopt;
    return from_json(value);
  } catch (const Error&) {  // most often: there is none
    return std::nullopt;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

void remove_heartbeat(const fs::path& directory) {
  std::error_code ignored;  // one that stays behind is known by the session's end in the journal
  fs::remove(RunLayout{directory}.heartbeat(), ignored);
}

}  // namespace crossfold
