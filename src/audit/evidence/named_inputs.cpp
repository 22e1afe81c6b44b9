#include "crossfold/audit/named_inputs.h"

#include <filesystem>
#include <functional>

#include <fmt/format.h>

#include "crossfold/core/validation_errors.h"

#include "published_report.h"

namespace crossfold::audit {
namespace {

/// Adds what `read` fails with, behind the option.
void try_to(const char* option, const std::function<void()>& read, ValidationErrors& errors) try {
  read();
} catch (const Error& error) {
  errors.add(option, error.what());
}

void check_table(const std::filesystem::path& file) {
  const PublishedReport report = read_published(file);
  CF_VALIDATE(!report.mentioned.empty(), ErrorCode::bad_input,
              "names no candidate (there is nothing to compare with the run). give a report as "
              "`crossfold report --format csv` or json writes it",
              file.string());
}

}  // namespace

void check_named_inputs(const RunEvidence& evidence) {
  const AuditSubject& subject = evidence.subject();
  ValidationErrors errors;
  if (subject.store && evidence.store_failure())
    errors.add("--store", evidence.store_failure()->what());
  for (const std::filesystem::path& file : subject.tables)
    try_to(
        "--table", [&] { check_table(file); }, errors);
  for (const std::filesystem::path& run : subject.other_runs)
    try_to(
        "--other-run", [&] { static_cast<void>(load_run(run)); }, errors);
  errors.throw_if_any(ErrorCode::bad_input, "audit");
}

}  // namespace crossfold::audit
