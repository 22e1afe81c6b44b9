#include "crossfold/results/run_records.h"

#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/hash.h"
#include "crossfold/core/strict_json.h"
#include "crossfold/job/job_json.h"
#include "crossfold/plan/fit_result_json.h"
#include "crossfold/results/store_json.h"

#include "layout.h"
#include "run_history.h"

namespace crossfold {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32;

/// Runs `read` on a file's content; an Error inside gets the file's name.
template <class Read>
auto reading(const fs::path& path, Read&& read) {
  const std::string text = read_file(path, kMostBytes);
  try {
    return read(text);
  } catch (const Error& failure) {
    if (failure.where() == path.string()) throw;
    throw Error(failure.code(), failure.what(), path.string());
  }
}

Plan rebuild_plan(const RunLayout& layout, const Job& job, const SampleTable& samples) {
  const std::string split_csv = job.splits.file ? read_file(layout.splits(), kMostBytes) : "";
  return reading(layout.plan(), [&](const std::string& text) {
    const json description = parse_json(text, layout.plan().string());
    const auto is = [&](const char* key, const json& expected) {
      return description.is_object() && description.value(key, json()) == expected;
    };
    CF_VALIDATE(is("format", "crossfold-plan") && is("format_version", 1), ErrorCode::bad_input,
                "is no crossfold-plan document of version 1");
    Plan plan = make_plan(job, samples,
                          embeddings_from_json(description.value("embeddings", json())), split_csv);
    CF_VALIDATE(is("plan_sha256", plan.hash.hex()), ErrorCode::bad_input,
                "does not fit the job and samples beside it (a file was changed, or another "
                "protocol version wrote it). read it with the program that wrote it");
    return plan;
  });
}

void take_fits(RunRecords& records, const RunHistory& history, const fs::path& journal) {
  std::unordered_set<FitId> planned;
  for (const Fit& fit : records.plan.fits) planned.insert(fit.id);
  for (const auto& [id, fit] : history.fits) {
    CF_VALIDATE(planned.contains(id), ErrorCode::bad_input,
                fmt::format("records fit {}, which the plan does not hold (lines of another run "
                            "were added). restore the file from a copy",
                            id.hex),
                journal.string());
    records.results.emplace(id, fit.result);
    if (fit.result.failed()) continue;
    if (fit.artefacts) records.artefact_hashes.emplace(id, fit.artefacts->sha256);
    if (!fit.class_id.empty()) records.classes.insert(history.classes.at(fit.class_id));
  }
}

}  // namespace

const FitResult* RunRecords::find(const FitId& id) const {
  const auto found = results.find(id);
  return found == results.end() ? nullptr : &found->second;
}

RunRecords load_records(const RunLayout& layout, const RunHistory& history) {
  if (history.header) check_inputs(layout, *history.header);
  RunRecords records;
  records.job = parse_job(read_file(layout.job(), kMostBytes), layout.job().string());
  records.samples = reading(layout.samples(), [&](const std::string& text) {
    return sample_table_from_json(parse_json(text, layout.samples().string()));
  });
  records.plan = rebuild_plan(layout, records.job, records.samples);
  CF_VALIDATE(!history.header || history.header->plan_sha256 == records.plan.hash.hex(),
              ErrorCode::bad_input, "belongs to another job or store (its plan hash differs)",
              layout.journal().string());
  take_fits(records, history, layout.journal());
  if (history.end.torn_bytes > 0)
    records.notes.push_back(
        "the journal's last line is not finished (a run is writing it, or was killed): it is not "
        "counted");
  return records;
}

RunRecords load_run(const fs::path& directory) {
  const RunLayout layout = existing_run(directory);
  return load_records(layout, read_history(layout));
}

Artefacts read_artefacts(const fs::path& directory, const RunRecords& records, const FitId& id) {
  const auto hash = records.artefact_hashes.find(id);
  if (hash == records.artefact_hashes.end()) return {};
  const fs::path path = RunLayout{directory}.artefacts(id);
  return reading(path, [&](const std::string& bytes) {
    CF_VALIDATE(
        sha256(bytes).hex() == hash->second, ErrorCode::bad_input,
        "is damaged (its hash is not the one in the journal). restore it, or start again in "
        "another folder");
    return artefacts_from_cbor(bytes, id);
  });
}

}  // namespace crossfold
