#include "provenance.h"

#include <map>
#include <string>
#include <utility>

#include "crossfold/core/build_info.h"
#include "crossfold/job/job_json.h"
#include "crossfold/results/store_json.h"

namespace crossfold {
namespace {

using nlohmann::json;

json describe_build() {
  const BuildInfo build = build_info();
  return {{"version", build.version},
          {"git_hash", build.git_hash},
          {"build_type", build.build_type},
          {"compiler", build.compiler}};
}

/// One object for each start; a session that was killed has no `end`.
json describe_sessions(const std::vector<JournalSession>& sessions) {
  json list = json::array();
  for (const JournalSession& session : sessions) {
    if (session.event == JournalSession::Event::start)
      list.push_back({{"start", session.facts}});
    else if (!list.empty())
      list.back()["end"] = session.facts;
  }
  return list;
}

/// Where the fits that count were trained.
json describe_devices(const RunHistory& history) {
  struct Work {
    std::size_t fits = 0;
    double seconds = 0;
  };
  std::map<std::pair<std::string, std::string>, Work> devices;
  for (const auto& [id, fit] : history.fits) {
    if (fit.result.failed()) continue;
    Work& work = devices[{fit.host, fit.device}];
    ++work.fits;
    work.seconds += fit.result.seconds;
  }
  json list = json::array();
  for (const auto& [where, work] : devices)
    list.push_back({{"host", where.first},
                    {"device", where.second},
                    {"fits", work.fits},
                    {"fit_seconds", work.seconds}});
  return list;
}

}  // namespace

json describe_provenance(const RunRecords& records, const RunHistory& history) {
  return {{"format", "crossfold-provenance"},
          {"format_version", 1},
          {"written_by", describe_build()},
          {"protocol_version", kProtocolVersion},
          {"job", canonical_job(records.job)},
          {"job_sha256", history.header ? history.header->job_sha256 : job_hash(records.job)},
          {"plan_sha256", records.plan.hash.hex()},
          {"labels_sha256", records.samples.label_hash().hex()},
          {"embeddings", embeddings_to_json(records.plan.basis.embeddings)},
          {"root_seed", records.job.seed},
          {"seed_indices", records.job.splits.seeds},
          {"equivalence_classes", records.classes},
          {"devices", describe_devices(history)},
          {"sessions", describe_sessions(history.sessions)}};
}

}  // namespace crossfold
