#include "progress.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/expected_time.h"
#include "crossfold/core/standard_output.h"

namespace crossfold::cli {
namespace {

constexpr std::chrono::milliseconds kRedraw{200};
constexpr std::chrono::seconds kNextLine{10};
constexpr const char* kClearLine = "\r\x1b[2K";

}  // namespace

std::string progress_text(const std::string& things, const ProgressState& state, double elapsed_s) {
  const double percent =
      state.of == 0 ? 100.0
                    : 100.0 * static_cast<double>(state.done) / static_cast<double>(state.of);
  std::string text = fmt::format("{} {} of {}{} ({:.0f} %)", things, state.done,
                                 state.at_most ? "at most " : "", state.of, std::floor(percent));
  std::optional<ExpectedTime> left = state.left;
  std::optional<double> rate = state.rate_per_s;
  if (state.fresh > 0 && elapsed_s > 0) {
    if (!rate) rate = static_cast<double>(state.fresh) / elapsed_s;
    if (!left && state.fresh_share > 0) {
      const double seconds = elapsed_s * (1 - state.fresh_share) / state.fresh_share;
      left = {.seconds = seconds, .least_s = seconds, .most_s = seconds};
    }
  }
  if (rate) text += fmt::format(", {:.3g} a second", *rate);
  if (state.done < state.of && left) text += ", " + left_text(*left);
  if (state.at_work > 0 && !left) text += ", time left not known yet";
  text += fmt::format(", {} failed", state.failed);
  if (state.workers > 0) text += ", " + counted(state.workers, "worker");
  if (state.at_work > 0) text += fmt::format(" ({} at work)", state.at_work);
  if (!state.at.empty()) text += "; " + state.at;
  return text;
}

ProgressDisplay::ProgressDisplay(std::string things, Mode mode)
    : things_(std::move(things)), mode_(mode) {}

ProgressDisplay::~ProgressDisplay() { finish(); }

ProgressDisplay::Mode ProgressDisplay::mode_of_stderr() {
  return ::isatty(STDERR_FILENO) == 1 ? Mode::terminal : Mode::lines;
}

void ProgressDisplay::update(const ProgressState& state) {
  if (mode_ == Mode::hidden) return;
  const Clock::time_point now = Clock::now();
  const bool terminal = mode_ == Mode::terminal;
  const auto pause = terminal ? std::chrono::duration_cast<Clock::duration>(kRedraw) : kNextLine;
  const auto since = last_drawn_ == Clock::time_point{} ? start_ : last_drawn_;
  if (now - since < pause) return;
  last_drawn_ = now;
  const std::string text =
      progress_text(things_, state, std::chrono::duration<double>(now - start_).count());
  write_error_output(terminal ? kClearLine + text : text + "\n");
  line_open_ = terminal;
}

void ProgressDisplay::finish() {
  if (!std::exchange(line_open_, false)) return;
  write_error_output(kClearLine);
}

}  // namespace crossfold::cli
