#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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

#include "command.h"
#include "device_option.h"
#include "terminal_control.h"

namespace crossfold::cli {
namespace {

namespace fs = std::filesystem;

struct AuditArguments {
  std::optional<fs::path> run;
  std::optional<fs::path> store;
  std::vector<fs::path> tables;
  std::vector<fs::path> other_runs;
  std::vector<std::string> rules;
  std::vector<std::string> set;
  std::vector<std::string> waive;
  std::vector<std::string> why;
  std::string auditor;
  std::string explain;
  std::optional<fs::path> out;
  std::size_t replay = 0;        ///< fits to train again
  std::size_t other_engine = 0;  ///< fits to train again by the other engine
  std::string nonce;
  std::optional<DeviceChoice> device;  ///< what they are trained on
  audit::AuditText text;
  bool strict = false;
  bool json = false;
  bool self_test = false;
};

/// "LEA-03.max_expected=1" taken apart.
void take_threshold(const std::string& text, audit::AuditOptions& options,
                    ValidationErrors& errors) {
  const std::size_t sign = text.find('=');
  const std::string_view number =
      sign == std::string::npos ? std::string_view() : std::string_view(text).substr(sign + 1);
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (number.empty() || error != std::errc() || end != number.data() + number.size() ||
      !std::isfinite(value))  // no finding is more than nan
    return errors.add("--set " + text, "is no RULE.THRESHOLD=NUMBER");
  const std::string name = text.substr(0, sign);
  if (!options.set.emplace(name, value).second)
    errors.add("--set " + name, "is given twice (a threshold has one value). leave one out");
}

audit::AuditOptions options_of(const AuditArguments& arguments, ValidationErrors& errors) {
  audit::AuditOptions options{.rules = arguments.rules};
  for (const std::string& text : arguments.set) take_threshold(text, options, errors);
  constexpr const char* kUnsaid = "not said";
  const bool all_said = arguments.waive.size() == arguments.why.size();
  if (!all_said)
    errors.add("--waive",
               "needs a --why of its own each time (a waived rule stays visible, with "
               "the reason)");
  for (std::size_t i = 0; i < arguments.waive.size(); ++i) {
    const std::string& rule = arguments.waive[i];
    if (!options.waive.emplace(rule, all_said ? arguments.why[i] : kUnsaid).second)
      errors.add("--waive " + rule,
                 "is given twice (a rule is waived for one reason). leave one out");
  }
  audit::check_audit_options(options, errors);
  return options;
}

/// What of the arguments does not go together.
void check(const AuditArguments& arguments, ValidationErrors& errors) {
  const bool asks_of_rules = !arguments.explain.empty() || arguments.self_test;
  if (!arguments.run && !asks_of_rules)
    errors.add("RUN", "is missing. name a run directory, or ask for --explain or --self-test");
  if (arguments.run && asks_of_rules)
    errors.add("RUN", "is not looked at by --explain and --self-test. leave one of them out");
  if (!arguments.explain.empty() && arguments.self_test)
    errors.add("--explain", "cannot be asked for together with --self-test. leave one out");
  const bool replays = arguments.replay + arguments.other_engine > 0;
  if (replays && arguments.nonce.empty())
    errors.add("--nonce",
               "is missing (whoever made the run must not know which fits are trained again). "
               "give a text of your own that nobody can guess");
  if (!replays && !arguments.nonce.empty())
    errors.add("--nonce", "is not used without --replay or --other-engine. leave it out");
  if (arguments.device && arguments.replay == 0)
    errors.add("--device", "is not used without --replay. leave it out");
  if (replays && asks_of_rules)
    errors.add("--replay", "is of a RUN. leave --explain and --self-test out");
}

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
  auto evidence =
      std::make_unique<audit::RunEvidence>(audit::AuditSubject{.run = *arguments.run,
                                                               .store = arguments.store,
                                                               .tables = arguments.tables,
                                                               .other_runs = arguments.other_runs,
                                                               .replays = {}});
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
  check(arguments, errors);
  const audit::AuditOptions options = options_of(arguments, errors);
  errors.throw_if_any(ErrorCode::usage, "audit");
  if (!arguments.explain.empty()) return explain(arguments.explain);
  return arguments.self_test ? self_test(arguments) : audit_of(arguments, options);
}

void add_output_options(CLI::App& command, AuditArguments& arguments) {
  command.add_flag("--strict", arguments.strict, "Exit code 1 for a warning as well");
  command.add_flag("--json", arguments.json, "Answer in JSON, with all evidence");
  command.add_option("-o,--out", arguments.out, "Folder for audit.json and audit.txt as well")
      ->type_name("FOLDER");
  command.add_option("--auditor", arguments.auditor, "Who audits: stands in the audit")
      ->type_name("NAME");
  command
      .add_option("--lines", arguments.text.evidence,
                  "Lines of evidence of one rule at most; the others are counted")
      ->check(CLI::Range(std::size_t{0}, std::size_t{1'000'000}))
      ->type_name("N")
      ->capture_default_str();
}

void add_replay_options(CLI::App& command, AuditArguments& arguments) {
  const CLI::Range range(std::size_t{1}, std::size_t{1'000'000});
  command
      .add_option("--replay", arguments.replay,
                  "Train so many fits again, drawn by --nonce; also under mpirun or srun (59 clean "
                  "ones: under 5 % forged)")
      ->check(range)
      ->type_name("N");
  command
      .add_option("--other-engine", arguments.other_engine,
                  "Train so many fits again by the engine that the run did not use")
      ->check(range)
      ->type_name("N");
  command
      .add_option("--nonce", arguments.nonce,
                  "A text of the auditor's own: it decides which fits are trained again")
      ->type_name("TEXT");
  add_device_option(command, arguments.device,
                    "What trains the fits of --replay: auto (default), cpu or cuda, as for run; on "
                    "another device than the run's, numbers need to be close, not equal");
}

void add_rule_options(CLI::App& command, AuditArguments& arguments) {
  command
      .add_option("--rules", arguments.rules,
                  "Rules or groups of rules (LEA,CON-02); several with commas. All, if not given")
      ->delimiter(',')
      ->type_name("LIST");
  command.add_option("--set", arguments.set, "Another threshold: LEA-03.max_expected=1")
      ->type_name("RULE.THRESHOLD=X");
  command
      .add_option("--waive", arguments.waive,
                  "A rule that is not to count; it stays visible. Needs --why")
      ->type_name("RULE");
  command.add_option("--why", arguments.why, "Why it is waived")->type_name("TEXT");
  command
      .add_option("--explain", arguments.explain,
                  "What a rule computes, its thresholds and why (all: of every rule)")
      ->type_name("RULE");
  command.add_flag("--self-test", arguments.self_test,
                   "Make runs with each fault planted, and look-alikes without; audit them");
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
  command->add_option("run", arguments->run, "Run directory")->type_name("RUN");
  command->add_option("--store", arguments->store, "The store, where it is not where the job says")
      ->type_name("FILE");
  command
      ->add_option("--table", arguments->tables,
                   "A report of the run as it was published (JSON, CSV): is it what the run gives?")
      ->type_name("FILE");
  command
      ->add_option("--other-run", arguments->other_runs,
                   "Another run that was tried for the same study")
      ->type_name("RUN");
  add_rule_options(*command, *arguments);
  add_replay_options(*command, *arguments);
  add_output_options(*command, *arguments);
  command->callback(
      [arguments, &chosen] { chosen = [arguments] { return run_audit(*arguments); }; });
}

}  // namespace crossfold::cli
