#include "crossfold/results/run_records.h"

#include <map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/hash.h"
#include "crossfold/core/strict_json.h"
#include "crossfold/job/job_json.h"
#include "crossfold/plan/fit_result_json.h"
#include "crossfold/results/journal.h"
#include "crossfold/results/store_json.h"

#include "layout.h"

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
    CF_VALIDATE(description.is_object() && description.value("format", "") == "crossfold-plan" &&
                    description.value("format_version", json()) == 1,
                ErrorCode::bad_input, "is no crossfold-plan document of version 1");
    const auto embeddings = description.find("embeddings");
    CF_VALIDATE(embeddings != description.end(), ErrorCode::bad_input, "lacks 'embeddings'");
    Plan plan = make_plan(job, samples, embeddings_from_json(*embeddings), split_csv);
    CF_VALIDATE(description.value("plan_sha256", "") == plan.hash.hex(), ErrorCode::bad_input,
                "does not fit the job and samples beside it (a file was changed, or another "
                "protocol version wrote it). read it with the program that wrote it");
    return plan;
  });
}

/// A success beats a failure; else the later line holds.
void take_fit(RunRecords& records, const json& line,
              const std::map<std::string, std::string>& classes,
              std::map<std::string, std::set<FitId>>& fits_of_class) {
  FitResult result = fit_result_from_json(line);
  const FitId id = result.id;
  const FitResult* before = records.find(id);
  if (before != nullptr && !before->failed() && result.failed()) return;
  if (const auto klass = classes.find(line.value("class", "")); klass != classes.end())
    fits_of_class[klass->second].insert(id);
  records.artefact_hashes.erase(id);
  if (line.contains("artefacts"))
    records.artefact_hashes[id] = line.at("artefacts").value("sha256", "");
  records.results.insert_or_assign(id, std::move(result));
}

void take_journal(RunRecords& records, const JournalContents& contents) {
  std::map<std::string, std::string> classes;
  std::map<std::string, std::set<FitId>> fits_of_class;
  for (const json& line : contents.lines) {
    const std::string kind = line.value("kind", "");
    if (kind == "class") classes[line.value("id", "")] = line.value("text", "");
    if (kind == "fit") take_fit(records, line, classes, fits_of_class);
  }
  for (const auto& [klass, fits] : fits_of_class) records.classes.insert(klass);
  if (contents.torn_bytes > 0)
    records.notes.push_back(
        "the journal's last line is not finished (a run is writing it, or was killed): it is not "
        "counted");
}

}  // namespace

const FitResult* RunRecords::find(const FitId& id) const {
  const auto found = results.find(id);
  return found == results.end() ? nullptr : &found->second;
}

RunRecords load_run(const fs::path& directory) {
  const RunLayout layout{directory};
  CF_VALIDATE(fs::is_directory(directory), ErrorCode::io,
              "is no folder. name the --out folder of a run", directory.string());
  CF_VALIDATE(
      fs::exists(layout.job()), ErrorCode::bad_input,
      "is no run directory of crossfold (job.json is missing). name the --out folder of a run",
      directory.string());
  RunRecords records;
  records.job = parse_job(read_file(layout.job(), kMostBytes), layout.job().string());
  records.samples = reading(layout.samples(), [&](const std::string& text) {
    return sample_table_from_json(parse_json(text, layout.samples().string()));
  });
  records.plan = rebuild_plan(layout, records.job, records.samples);
  if (fs::exists(layout.journal())) {
    const JournalContents contents = read_journal(layout.journal());
    if (!contents.lines.empty())
      CF_VALIDATE(contents.lines.front().value("plan_sha256", "") == records.plan.hash.hex(),
                  ErrorCode::bad_input, "belongs to another job or store (its plan hash differs)",
                  layout.journal().string());
    take_journal(records, contents);
  }
  return records;
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
