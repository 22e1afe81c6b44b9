#include "crossfold/package/package.h"

#include <chrono>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/audit/audit.h"
#include "crossfold/audit/run_evidence.h"
#include "crossfold/core/build_info.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/new_folder.h"
#include "crossfold/core/utc_time.h"
#include "crossfold/results/run_status.h"

#include "crate_metadata.h"
#include "packed_file.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

std::int64_t seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string store_text(const audit::RunEvidence& evidence, StoreCopy copy) {
  std::string text = copy == StoreCopy::included
                         ? "in the crate as store.h5"
                         : "not in the crate; to be given to `crossfold audit` by --store";
  for (const EmbeddingInfo& one : evidence.records().plan.basis.embeddings)
    text += fmt::format("; {} [{}, {}], content SHA-256 {}", one.name, one.rows, one.dim,
                        one.content.hex());
  return text;
}

/// Both forms of the audit, written into the crate.
bool write_audit(const audit::RunEvidence& evidence, const std::string& auditor,
                 const fs::path& crate, CrateContent& content) {
  audit::AuditReport report = audit::audit_run(evidence);
  report.run = "run";  // as it is called from inside the crate
  const BuildInfo build = build_info();
  const audit::AuditSignature signature{
      .auditor = auditor,
      .time = content.time,
      .program = fmt::format("crossfold {} ({})", build.version, build.git_hash)};
  const auto write = [&](PackedFile file, const std::string& text) {
    write_into(crate, text, file);
    content.files.push_back(std::move(file));
  };
  write({.id = "audit.json",
         .what = "the audit of the run, rule by rule",
         .encoding = "application/json",
         .sha256 = {}},
        audit::render_audit_json(report, signature));
  write({.id = "audit.txt", .what = "the same as a page", .encoding = "text/plain", .sha256 = {}},
        audit::render_audit(report, signature));
  return report.has(audit::Verdict::fail);
}

void copy_files(const PackageRequest& request, const audit::RunEvidence& evidence,
                const fs::path& crate, CrateContent& content) {
  for (PackedFile& file : files_of_run(request.run)) {
    copy_into(crate, request.run / file.id.substr(std::string("run/").size()), file);
    content.files.push_back(std::move(file));
  }
  if (request.copy == StoreCopy::left_out) return;
  if (evidence.store_failure()) throw *evidence.store_failure();
  PackedFile store{.id = "store.h5",
                   .what = "embedding sets and sample table",
                   .encoding = "application/x-hdf5",
                   .sha256 = {}};
  copy_into(crate, evidence.store().path, store);
  content.files.push_back(std::move(store));
}

}  // namespace

Package package_run(const PackageRequest& request) {
  CF_VALIDATE(request.license.empty() || request.license.starts_with("https://") ||
                  request.license.starts_with("http://"),
              ErrorCode::usage,
              fmt::format("is '{}', no URL (a crate names its license by one). give one such as "
                          "https://spdx.org/licenses/CC-BY-4.0",
                          request.license),
              "--license");
  NewFolder crate(request.crate, {.what = "a crate", .verb = "package"});
  const RunStatus status = read_status(request.run, seconds_now());
  CF_VALIDATE(
      status.state != RunState::running, ErrorCode::bad_input,
      "is being trained (its files change while they are packed). wait for its end, or stop "
      "it",
      request.run.string());
  const audit::RunEvidence evidence({.run = request.run, .store = request.store});
  CF_VALIDATE(
      evidence.why_no_records().empty(), ErrorCode::bad_input,
      "cannot be packed: it cannot be read as a whole. `crossfold audit` says what is wrong",
      request.run.string(), evidence.why_no_records());
  CrateContent content{.name = status.name,
                       .time = utc_now(),
                       .license = request.license,
                       .files = {},
                       .sessions = evidence.scan().sessions,
                       .store = store_text(evidence, request.copy)};
  Package package{.crate = request.crate, .sessions = content.sessions.size()};
  copy_files(request, evidence, crate.path(), content);
  package.audit_failed = write_audit(evidence, request.auditor, crate.path(), content);
  PackedFile codecheck{.id = "codecheck.yml",
                       .what = "CODECHECK's configuration",
                       .encoding = "application/yaml",
                       .sha256 = {}};
  write_into(crate.path(), codecheck_config(content), codecheck);
  content.files.push_back(std::move(codecheck));
  const std::string metadata = crate_metadata(content);
  write_new_file(crate.path() / "ro-crate-metadata.json", metadata);
  package.files = content.files.size() + 1;
  package.bytes = metadata.size();
  for (const PackedFile& file : content.files) package.bytes += file.bytes;
  crate.rename_to_target();
  return package;
}

}  // namespace crossfold
