#include <algorithm>
#include <exception>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "crossfold/core/as_error.h"
#include "crossfold/core/build_info.h"
#include "crossfold/core/error.h"
#include "crossfold/core/log.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/core/validation_errors.h"

#include "command.h"
#include "print_error.h"

namespace {

using crossfold::ErrorCode;

void find_empty_values(const CLI::App& command, crossfold::ValidationErrors& errors) {
  const auto is_given = [](const CLI::Option* option) { return option->count() > 0; };
  for (const CLI::Option* option : command.get_options(is_given)) {
    const std::vector<std::string>& values = option->results();
    if (std::find(values.begin(), values.end(), "") != values.end())
      errors.add(
          option->get_name(),
          "is empty (nothing is named by it: is a variable of the shell unset?). give a value");
  }
  for (const CLI::App* chosen : command.get_subcommands()) find_empty_values(*chosen, errors);
}

int run_program(int argc, char** argv) {
  CLI::App program("crossfold: distributed cross-validation on frozen image embeddings",
                   "crossfold");
  const crossfold::BuildInfo build = crossfold::build_info();
  program.set_version_flag("--version",
                           fmt::format("crossfold {} ({}, {}, {})", build.version, build.git_hash,
                                       build.compiler, build.build_type));
  bool quiet = false;
  bool verbose = false;
  CLI::Option* less = program.add_flag("-q,--quiet", quiet, "Warnings and errors only");
  program.add_flag("-v,--verbose", verbose, "More about what is going on")->excludes(less);
  program.require_subcommand(1);
  program.fallthrough();
  program.footer(
      "Every command explains itself: crossfold COMMAND --help\n"
      "Exit codes: 0 all well, 1 some fit failed or is missing, 2 usage, 3 bad job, store or "
      "data,\n4 input or output failed, 5 internal error, 75 stopped with work left: run again, "
      "141 nobody\nreads stdout any more");

  crossfold::cli::Action chosen;
  crossfold::cli::add_check_command(program, chosen);
  crossfold::cli::add_plan_command(program, chosen);
  crossfold::cli::add_run_command(program, chosen);
  crossfold::cli::add_status_command(program, chosen);
  crossfold::cli::add_submit_command(program, chosen);
  crossfold::cli::add_doctor_command(program, chosen);
  crossfold::cli::add_report_command(program, chosen);
  crossfold::cli::add_compare_command(program, chosen);
  crossfold::cli::add_audit_command(program, chosen);
  crossfold::cli::add_package_command(program, chosen);
  crossfold::cli::add_timeline_command(program, chosen);
  crossfold::cli::add_project_command(program, chosen);
  crossfold::cli::add_export_command(program, chosen);
  crossfold::cli::add_store_command(program, chosen);
  crossfold::cli::add_manifest_command(program, chosen);
  crossfold::cli::add_segment_command(program, chosen);
  crossfold::cli::add_embed_command(program, chosen);
  crossfold::cli::add_bench_command(program, chosen);
  crossfold::cli::add_manual_command(program, chosen);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream help;
    std::ostringstream complaint;
    const bool asked_for_help = program.exit(error, help, complaint) == 0;
    crossfold::write_output(help.str());
    crossfold::finish_output();
    crossfold::write_error_output(complaint.str());
    return asked_for_help ? 0 : crossfold::exit_code(ErrorCode::usage);
  }
  crossfold::ValidationErrors empty;
  find_empty_values(program, empty);
  empty.throw_if_any(ErrorCode::usage, "");
  crossfold::start_log(quiet     ? crossfold::LogLevel::quiet
                       : verbose ? crossfold::LogLevel::verbose
                                 : crossfold::LogLevel::normal);
  const int code = chosen();
  crossfold::finish_output();
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  crossfold::hold_standard_descriptors();
  try {
    return run_program(argc, argv);
  } catch (const std::exception& exception) {
    const crossfold::Failure failure = crossfold::describe_failure(exception);
    crossfold::cli::print_error(failure.text);
    return failure.code;
  }
}
