#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <string>
#include <sys/ioctl.h>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

#include "crossfold/core/log.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/core/text_of_json.h"
#include "crossfold/results/run_events.h"
#include "crossfold/study/status_view.h"
#include "crossfold/study/time_limits.h"

#include "command.h"
#include "status_text.h"
#include "watch_screen.h"

namespace crossfold::cli {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

struct StatusOptions {
  std::filesystem::path directory;
  bool json = false;
  bool watch = false;
};

/// Of the terminal that the program was started from.
ScreenSize screen_size() {
  winsize window{};
  const int terminal = ::open("/dev/tty", O_RDONLY | O_CLOEXEC);
  if (terminal < 0) return {};
  const bool is_known = ::ioctl(terminal, TIOCGWINSZ, &window) == 0;
  ::close(terminal);
  if (!is_known || window.ws_col == 0 || window.ws_row == 0) return {};
  return {.width = window.ws_col, .height = window.ws_row};
}

std::vector<EventSource> event_sources(const StatusView& view) {
  std::vector<EventSource> sources;
  for (const RunStatus& run : view.runs) {
    EventSource& source = sources.emplace_back();
    source.directory = run.directory;
    if (run.sessions.empty()) continue;
    if (const std::optional<ShardShare>& shard = run.sessions.back().shard)
      source.prefix = fmt::format("shard {} of {}: ", shard->index, shard->of);
  }
  return sources;
}

/// Draws over what stood there, so that nothing flickers.
void redraw(const StatusView& view) {
  constexpr std::size_t kMostEvents = 5;
  std::string screen = "\x1b[H";
  for (const char c :
       watch_screen(view, last_events(event_sources(view), kMostEvents), screen_size()))
    screen += c == '\n' ? "\x1b[K\n" : std::string(1, c);
  write_output(screen + "\x1b[J");
}

StatusView show_once(const StatusOptions& options) {
  const StatusView view = read_status_view(options.directory, unix_time_s());
  if (options.json)
    write_output(json_text(status_json(view), options.watch ? -1 : 1) + "\n");
  else if (options.watch && output_is_terminal())
    redraw(view);
  else
    write_output(status_text(view));
  return view;
}

void wait_for_start(const std::filesystem::path& directory) {
  if (!is_yet_to_start(directory)) return;
  log_info(fmt::format("{}: no run has started there yet. waiting for one", directory.string()));
  while (is_yet_to_start(directory)) std::this_thread::sleep_for(500ms);
}

int show_status(const StatusOptions& options) {
  if (options.watch) wait_for_start(options.directory);
  if (options.watch && !options.json && output_is_terminal()) write_output("\x1b[2J");
  while (true) {
    const Clock::time_point start = Clock::now();
    const StatusView view = show_once(options);
    if (!options.watch || view.over) return 0;
    // A long journal takes its time to read: do not read it all the time.
    std::this_thread::sleep_for(std::max<Clock::duration>(2s, 10 * (Clock::now() - start)));
  }
}

}  // namespace

void add_status_command(CLI::App& program, Action& chosen) {
  CLI::App* command = program.add_subcommand(
      "status", "Show how far a run is: done, running where, failed, expected, time left");
  command->footer(
      "Reads the run directory alone: works at any time and from any node that sees it.\n"
      "Examples:\n  crossfold status cxr.run\n  crossfold status cxr.run --watch\n"
      "  crossfold status cxr.run --json");
  const auto options = std::make_shared<StatusOptions>();  // shared by the parser and the action
  command->add_option("directory", options->directory, "Run directory")
      ->required()
      ->type_name("DIR");
  command->add_flag("--watch", options->watch,
                    "Again and again, until the run has finished, and before it has started; in a "
                    "terminal a screen with a bar for each worker");
  command->add_flag("--json", options->json, "Answer in JSON; with --watch a line each time");
  command->callback([options, &chosen] { chosen = [options] { return show_status(*options); }; });
}

}  // namespace crossfold::cli
