#include "audit_arguments.h"

#include <charconv>
#include <cmath>
#include <string_view>

#include "device_option.h"
#include "number_option.h"

namespace crossfold::cli {
namespace {

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

void add_output_options(CLI::App& command, AuditArguments& arguments) {
  command.add_flag("--strict", arguments.strict, "Exit code 1 for a warning as well");
  command.add_flag("--json", arguments.json, "Answer in JSON, with all evidence");
  command.add_option("-o,--out", arguments.out, "Folder for audit.json and audit.txt as well")
      ->type_name("FOLDER");
  command.add_option("--auditor", arguments.auditor, "Who audits: stands in the audit")
      ->type_name("NAME");
  add_number(command, "--lines", arguments.text.evidence,
             NumberBounds{std::size_t{0}, std::size_t{1'000'000}},
             "Lines of evidence of one rule at most; the others are counted")
      ->type_name("N")
      ->capture_default_str();
}

void add_replay_options(CLI::App& command, AuditArguments& arguments) {
  const NumberBounds bounds{std::size_t{1}, std::size_t{1'000'000}};
  add_number(command, "--replay", arguments.replay, bounds,
             "Train so many fits again, drawn by --nonce; also under mpirun or srun (59 clean "
             "ones: under 5 % forged)")
      ->type_name("N");
  add_number(command, "--other-engine", arguments.other_engine, bounds,
             "Train so many fits again by the engine that the run did not use")
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

void add_audit_arguments(CLI::App& command, AuditArguments& arguments) {
  command.add_option("run", arguments.run, "Run directory")->type_name("RUN");
  command.add_option("--store", arguments.store, "The store, where it is not where the job says")
      ->type_name("FILE");
  command
      .add_option("--table", arguments.tables,
                  "A report of the run as it was published (JSON, CSV): is it what the run gives?")
      ->type_name("FILE");
  command
      .add_option("--other-run", arguments.other_runs,
                  "Another run that was tried for the same study")
      ->type_name("RUN");
  add_rule_options(command, arguments);
  add_replay_options(command, arguments);
  add_output_options(command, arguments);
}

void check_audit_arguments(const AuditArguments& arguments, ValidationErrors& errors) {
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

audit::AuditOptions audit_options(const AuditArguments& arguments, ValidationErrors& errors) {
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

audit::AuditSubject audit_subject(const AuditArguments& arguments) {
  return {.run = *arguments.run,
          .store = arguments.store,
          .tables = arguments.tables,
          .other_runs = arguments.other_runs,
          .replays = {}};
}

}  // namespace crossfold::cli
