#include "watch_screen.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/duration.h"
#include "crossfold/core/text_lines.h"

#include "status_text.h"

namespace crossfold::cli {
namespace {

constexpr std::size_t kMostEvents = 5;

using Worker = Heartbeat::Worker;

/// At most `width` characters, cut with dots; of UTF-8 no character is cut in two.
std::string fitted(const std::string& text, std::size_t width) {
  const std::string line = printable(text);
  if (width_of(line) <= width) return line;
  const std::string dots(std::min<std::size_t>(3, width), '.');
  std::size_t end = 0;
  for (std::size_t shown = 0; end < line.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(line[end]) & 0xC0U) != 0x80U;
    if (begins && shown++ == width - dots.size()) break;
  }
  return line.substr(0, end) + dots;
}

std::string bar(double share, std::size_t width) {
  const double whole = std::clamp(std::isfinite(share) ? share : 0.0, 0.0, 1.0);
  const auto full = static_cast<std::size_t>(std::lround(whole * static_cast<double>(width)));
  return "[" + std::string(full, '#') + std::string(width - full, '.') + "]";
}

std::string percent(double share) { return fmt::format("{:3.0f} %", 100 * share); }

std::vector<const RunStatus*> alive(const StatusView& view) {
  std::vector<const RunStatus*> runs;
  for (const RunStatus& run : view.runs)
    if (run.state == RunState::running && run.heartbeat) runs.push_back(&run);
  return runs;
}

/// The slowest of several shards is the last to end; their rates add up.
std::string pace_text(const std::vector<const RunStatus*>& runs) {
  double rate = 0;
  std::optional<ExpectedTime> last;
  for (const RunStatus* run : runs) {
    rate += fits_per_second(*run->heartbeat);
    if (const auto left = run->heartbeat->left())
      if (!last || left->seconds > last->seconds) last = left;
  }
  std::string text = fmt::format("{:.3g} fits a second", rate);
  if (last) text += ", " + left_text(*last);
  return text;
}

std::string worker_line(const Worker& worker, std::size_t width) {
  const std::string who = fmt::format("{:>5} {} {}", worker.rank, worker.host, worker.device);
  const std::size_t label = std::clamp<std::size_t>(width / 2, 12, 36);
  std::string text = fitted(who, label);
  text += std::string(label - std::min(label, width_of(text)), ' ');
  if (worker.lost) return text + " lost";
  text += " " + bar(worker.busy, 10) + " " + percent(worker.busy);
  if (worker.held == 0) return text + "  waits";
  return text + fmt::format("  holds {}, {} at it", worker.held, duration_text(worker.at_it_s));
}

std::string summary_line(const std::string& name, const std::vector<const Worker*>& workers) {
  double busy = 0;
  std::size_t at_work = 0;
  std::size_t lost = 0;
  for (const Worker* worker : workers) {
    busy += worker->lost ? 0 : worker->busy;
    at_work += !worker->lost && worker->held > 0 ? 1 : 0;
    lost += worker->lost ? 1 : 0;
  }
  const auto living = static_cast<double>(std::max<std::size_t>(1, workers.size() - lost));
  std::string text =
      fmt::format("{} {} {}: {}, {} at work", bar(busy / living, 10), percent(busy / living), name,
                  counted(workers.size(), "worker"), at_work);
  if (lost > 0) text += fmt::format(", {} lost", lost);
  return text;
}

/// In so few lines as there are: each worker, else each host, else all together.
std::vector<std::string> worker_lines(const std::vector<const RunStatus*>& runs, std::size_t room,
                                      std::size_t width) {
  std::vector<const Worker*> workers;
  std::map<std::string, std::vector<const Worker*>> hosts;
  for (const RunStatus* run : runs)
    for (const Worker& worker : run->heartbeat->workers) {
      workers.push_back(&worker);
      hosts[worker.host].push_back(&worker);
    }
  std::vector<std::string> lines;
  if (workers.empty()) return lines;
  if (workers.size() <= room)
    for (const Worker* worker : workers) lines.push_back(worker_line(*worker, width));
  else if (hosts.size() <= room)
    for (const auto& [host, of_host] : hosts) lines.push_back(summary_line(host, of_host));
  else
    lines.push_back(summary_line(counted(hosts.size(), "host"), workers));
  return lines;
}

/// What stands above the workers.
std::vector<std::string> head_lines(const StatusView& view,
                                    const std::vector<const RunStatus*>& runs, std::size_t width) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{}: {} of {} fits done, {} failed, {} to do", view.name, view.done,
                              view.expected, view.failed, view.missing()));
  const double share = view.expected == 0
                           ? 1.0
                           : static_cast<double>(view.done) / static_cast<double>(view.expected);
  const std::string behind = " " + percent(share) + (runs.empty() ? "" : "  " + pace_text(runs));
  const std::size_t used = width_of(behind) + 2;
  const std::size_t room = width > used + 5 ? width - used : 5;
  lines.push_back(bar(share, std::min<std::size_t>(room, 50)) + behind);
  for (const RunStatus& run : view.runs)
    if (run.state != RunState::running) lines.push_back(state_line(view, run));
  for (const RunStatus* run : runs)
    if (!run->heartbeat->at.empty()) lines.push_back(run->heartbeat->at);
  return lines;
}

}  // namespace

std::string watch_screen(const StatusView& view, const std::vector<std::string>& events,
                         ScreenSize size) {
  const std::size_t width = std::max<std::size_t>(size.width, 1);
  const std::size_t height = std::max<std::size_t>(size.height, 2) - 1;
  const std::vector<const RunStatus*> runs = alive(view);
  std::vector<std::string> lines = head_lines(view, runs, width);
  lines.resize(std::min(lines.size(), height));
  const std::size_t last = std::min({events.size(), kMostEvents, (height - lines.size()) / 3});
  const std::size_t room = height - lines.size() - (last > 0 ? last + 1 : 0);
  if (room > 0)
    for (std::string& line : worker_lines(runs, room, width)) lines.push_back(std::move(line));
  if (last > 0) {
    lines.emplace_back();
    lines.insert(lines.end(), events.end() - static_cast<std::ptrdiff_t>(last), events.end());
  }
  std::string text;
  for (const std::string& line : lines) text += fitted(line, width) + "\n";
  return text;
}

}  // namespace crossfold::cli
