#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/report/timeline.h"

#include "command.h"

namespace crossfold::cli {
namespace {

struct TimelineArguments {
  std::filesystem::path run;
  std::filesystem::path out;
};

TimelineFormat format_of(const std::filesystem::path& out) {
  if (out.empty()) return TimelineFormat::text;
  const std::string ending = out.extension().string();
  if (ending == ".html") return TimelineFormat::page;
  if (ending == ".json") return TimelineFormat::trace;
  CF_VALIDATE(ending == ".csv", ErrorCode::usage,
              fmt::format("-o: {} does not say what to write (its ending does: .html, .json or "
                          ".csv). choose one of these",
                          out.string()));
  return TimelineFormat::csv;
}

/// Error{usage} for a file that could take the place of one of the run's.
void check_is_elsewhere(const std::filesystem::path& out, const std::filesystem::path& run) {
  const std::filesystem::path inside = std::filesystem::weakly_canonical(out).lexically_relative(
      std::filesystem::weakly_canonical(run));
  CF_VALIDATE(inside.empty() || *inside.begin() == "..", ErrorCode::usage,
              fmt::format("-o: {} lies in the run directory (what is there belongs to the run). "
                          "name a file elsewhere",
                          out.string()));
}

int show_timeline(const TimelineArguments& arguments) {
  const TimelineFormat format = format_of(arguments.out);
  if (!arguments.out.empty()) {
    check_is_elsewhere(arguments.out, arguments.run);
    require_new_files({arguments.out});
  }
  const Timeline timeline = load_timeline(arguments.run);
  const std::string text = render_timeline(timeline, format);
  if (format == TimelineFormat::text) {
    write_output(text);
    return 0;
  }
  write_new_file(arguments.out, text);
  write_output(fmt::format("{}: {}, {} bytes\n", arguments.out.string(),
                           counted(timeline.cohorts(), "cohort"), text.size()));
  return 0;
}

}  // namespace

void add_timeline_command(CLI::App& program, Action& chosen) {
  CLI::App* command = program.add_subcommand(
      "timeline", "Show what each rank did when: training, writing, waiting, lost");
  command->footer(
      "Reads the run's journal alone, at any time. Times are those of the hosts' clocks; no "
      "report\n"
      "holds them. Without -o the shares of each rank's time; else by the file's ending:\n"
      "  .html  a page that opens offline: a row for each rank, a bar for each cohort\n"
      "  .json  Chrome trace events, for https://ui.perfetto.dev or chrome://tracing\n"
      "  .csv   a line for each cohort\n"
      "Runs of programs before this verb have no cohorts on record.\n"
      "Examples:\n  crossfold timeline cxr.run\n  crossfold timeline cxr.run -o timeline.html\n"
      "  crossfold timeline cxr.run -o trace.json");
  const auto arguments = std::make_shared<TimelineArguments>();  // shared by parser and action
  command->add_option("run", arguments->run, "Run directory")->required()->type_name("RUN");
  command->add_option("-o,--out", arguments->out, "File to write; its ending is its format")
      ->type_name("FILE");
  command->callback(
      [arguments, &chosen] { chosen = [arguments] { return show_timeline(*arguments); }; });
}

}  // namespace crossfold::cli
