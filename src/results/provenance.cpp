#include "provenance.h"

#include <map>
#include <string>
#include <utility>

#include "crossfold/core/build_info.h"
#include "crossfold/job/job_json.h"
#include "crossfold/results/store_json.h"

namespace crossfold {

using nlohmann::json;

json describe_provenance(const RunRecords& records, const JournalContents& journal) {
  json sessions = json::array();
  json classes = json::object();
  std::map<std::pair<std::string, std::string>, std::size_t> trained;
  double fit_seconds = 0;
  for (const json& line : journal.lines) {
    const std::string kind = line.value("kind", "");
    if (kind == "session") {
      json session = line;
      session.erase("kind");
      sessions.push_back(std::move(session));
    } else if (kind == "class") {
      classes[line.value("id", "")] = line.value("text", "");
    } else if (kind == "fit" && !line.contains("error")) {
      ++trained[{line.value("host", ""), line.value("device", "")}];
      fit_seconds += line.value("seconds", 0.0);
    }
  }
  json devices = json::array();
  for (const auto& [where, fits] : trained)
    devices.push_back({{"host", where.first}, {"device", where.second}, {"fits", fits}});
  const BuildInfo build = build_info();
  return {{"format", "crossfold-provenance"},
          {"format_version", 1},
          {"written_by",
           {{"version", build.version},
            {"git_hash", build.git_hash},
            {"build_type", build.build_type},
            {"compiler", build.compiler}}},
          {"protocol_version", kProtocolVersion},
          {"job", canonical_job(records.job)},
          {"job_sha256", job_hash(records.job)},
          {"plan_sha256", records.plan.hash.hex()},
          {"labels_sha256", records.samples.label_hash().hex()},
          {"embeddings", embeddings_to_json(records.plan.embeddings)},
          {"root_seed", records.job.seed},
          {"seed_indices", records.job.splits.seeds},
          {"equivalence_classes", std::move(classes)},
          {"devices", std::move(devices)},
          {"fit_seconds", fit_seconds},
          {"sessions", std::move(sessions)}};
}

}  // namespace crossfold
