#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/audit/audit.h"
#include "crossfold/audit/named_inputs.h"
#include "crossfold/audit/replay.h"
#include "crossfold/audit/self_test.h"
#include "crossfold/core/build_info.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/core/utc_time.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/fleet/placement.h"
#include "crossfold/study/rank_session.h"

#include "audit_arguments.h"
#include "command.h"
#include "terminal_control.h"

namespace crossfold::cli {
namespace {

namespace fs = std::filesystem;

int explain(const std::string& id) {
  if (id != "all") {
    write_output(audit::explain_rule(audit::rule_of(id)));
    return 0;
  }
  std::string text;
  for (const audit::Rule* rule : audit::all_rules())
    text += (text.empty() ? "" : "\n") + audit::explain_rule(*rule);
  write_output(text);
  return 0;
}

/// A folder of this process' own that goes with the object.
class WorkingFolder {
 public:
  WorkingFolder() {
    std::string name = (fs::temp_directory_path() / "crossfold-audit-XXXXXX").string();
    CF_VALIDATE(::mkdtemp(name.data()) != nullptr, ErrorCode::io,
                "cannot make a folder there. name another place by TMPDIR",
                fs::temp_directory_path().string());
    path_ = name;
  }
  ~WorkingFolder() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  WorkingFolder(const WorkingFolder&) = delete;
  WorkingFolder& operator=(const WorkingFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

int self_test(const AuditArguments& arguments) {
  const WorkingFolder folder;
  const audit::SelfTestReport report = audit::run_self_test(folder.path(), arguments.rules);
  write_output(audit::render_self_test(report));
  return report.all_passed() ? 0 : 1;
}

bool is_audit(const fs::path& file) {
  const auto value = nlohmann::json::parse(read_file(file, kMostFileBytes), nullptr, false);
  return value.is_object() && value.value("format", nlohmann::json()) == "crossfold-audit";
}

/// audit.json and audit.txt in a folder that is not the run's; an earlier audit is written over.
void write_audit(const AuditArguments& arguments, const std::string& text,
                 const std::string& json) {
  const fs::path& folder = *arguments.out;
  std::error_code unreadable;
  const fs::path inside = fs::weakly_canonical(folder, unreadable)
                              .lexically_relative(fs::weakly_canonical(*arguments.run, unreadable));
  CF_VALIDATE(inside.empty() || *inside.begin() == "..", ErrorCode::usage,
              "lies in the run directory (an audit writes nothing there). choose another --out",
              folder.string());
  create_writable_folder(folder);
  const bool has_json = fs::exists(folder / "audit.json");
  CF_VALIDATE(has_json ? is_audit(folder / "audit.json") : !fs::exists(folder / "audit.txt"),
              ErrorCode::bad_input,
              "holds audit files that are no audit of crossfold (they would be written over). move "
              "them away, or choose another --out",
              folder.string());
  write_file_whole(folder / "audit.json", json);
  write_file_whole(folder / "audit.txt", text);
}

/// All that is to be read before a rule is asked; what was named must be readable.
std::unique_ptr<audit::RunEvidence> evidence_of(const AuditArguments& arguments) {
  auto evidence = std::make_unique<audit::RunEvidence>(audit_subject(arguments));
  audit::check_named_inputs(*evidence);
  return evidence;
}

int conclude(const AuditArguments& arguments, const audit::AuditOptions& options,
             const audit::RunEvidence& evidence) {
  const audit::AuditReport report = audit::audit_run(evidence, options);
  const BuildInfo build = build_info();
  const audit::AuditSignature signature{
      .auditor = arguments.auditor,
      .time = utc_now(),
      .program = fmt::format("{} ({})", build.version, build.git_hash)};
  const std::string text = audit::render_audit(report, signature, arguments.text);
  const std::string json = audit::render_audit_json(report, signature);
  if (arguments.out) write_audit(arguments, text, json);
  write_output(arguments.json ? json : text);
  const bool objects =
      report.has(audit::Verdict::fail) || (arguments.strict && report.has(audit::Verdict::warn));
  return objects ? 1 : 0;
}

/// Collective. `evidence`: null but on rank 0.
void replay(const AuditArguments& arguments, mpi::Session& session, fleet::Launch launch,
            audit::RunEvidence* evidence, const RunControl& control) {
  if (arguments.replay > 0)
    audit::add_replay(session, launch, evidence,
                      {.fits = arguments.replay, .nonce = arguments.nonce},
                      {.device = arguments.device.value_or(DeviceChoice::automatic)}, control);
  if (arguments.other_engine == 0) return;
  ReplaySettings settings{.engine = EngineKind::reference};
  if (evidence != nullptr && evidence->scan().job &&
      network_engine(*evidence->scan().job) == EngineKind::reference)
    settings.engine = EngineKind::lockstep;
  audit::add_replay(session, launch, evidence,
                    {.fits = arguments.other_engine, .nonce = arguments.nonce}, settings, control);
}

int audit_with_replay(const AuditArguments& arguments, const audit::AuditOptions& options) {
  const TerminalControl terminal("fits");
  const fleet::Launch launch = fleet::detect_launch(fleet::process_environment());
  const auto read =
      read_early<std::unique_ptr<audit::RunEvidence>>([&] { return evidence_of(arguments); });
  return in_session(launch, {}, terminal.control(), [&](mpi::Session& session) {
    session.agree([&] { read.throw_failure(); });
    audit::RunEvidence* evidence = read.value ? read.value->get() : nullptr;
    replay(arguments, session, launch, evidence, terminal.control());
    if (evidence == nullptr) return 0;
    return code_when_told(terminal.control(), [&] {
      for (const audit::Replay& one : evidence->subject().replays)
        CF_VALIDATE(!one.outcome.stopped, ErrorCode::stopped,
                    "the audit was stopped before all drawn fits were trained again. run the same "
                    "command again");
      return conclude(arguments, options, *evidence);
    });
  });
}

int audit_of(const AuditArguments& arguments, const audit::AuditOptions& options) {
  if (arguments.replay + arguments.other_engine > 0) return audit_with_replay(arguments, options);
  return conclude(arguments, options, *evidence_of(arguments));
}

int run_audit(const AuditArguments& arguments) {
  ValidationErrors errors;
  check_audit_arguments(arguments, errors);
  const audit::AuditOptions options = audit_options(arguments, errors);
  errors.throw_if_any(ErrorCode::usage, "audit");
  if (!arguments.explain.empty()) return explain(arguments.explain);
  return arguments.self_test ? self_test(arguments) : audit_of(arguments, options);
}

}  // namespace

void add_audit_command(CLI::App& program, Action& chosen) {
  CLI::App* command =
      program.add_subcommand("audit", "What can be believed of a run, rule by rule");
  command->footer(
      "Reads a run directory, and the store if it is there; writes nothing into either.\n"
      "Exit code 0: no rule fails; 1: one does (--strict: or warns).\n"
      "Examples:\n  crossfold audit cxr.run\n"
      "  crossfold audit cxr.run --table published.json --out cxr.audit --auditor \"A. Reviewer\"\n"
      "  crossfold audit cxr.run --rules INT,LEA --strict\n"
      "  mpirun -n 8 crossfold audit cxr.run --replay 59 --other-engine 10 --nonce \"by dice: "
      "41\"\n"
      "  crossfold audit --explain CON-02\n"
      "  crossfold audit --self-test");
  const auto arguments = std::make_shared<AuditArguments>();  // shared by parser and action
  add_audit_arguments(*command, *arguments);
  command->callback(
      [arguments, &chosen] { chosen = [arguments] { return run_audit(*arguments); }; });
}

}  // namespace crossfold::cli
