#include "terminal_control.h"

#include <utility>

#include "crossfold/core/standard_output.h"

#include "print_error.h"
#include "stop_signal.h"

namespace crossfold::cli {

TerminalControl::TerminalControl(std::string things) : things_(std::move(things)) {
  control_.stop = &catch_stop_signals();
  control_.progress = [this](const ProgressState& state) {
    if (!display_) display_.emplace(things_, ProgressDisplay::mode_of_stderr());
    display_->update(state);
  };
  control_.progress_ends = [this] { display_.reset(); };
  control_.tell = [this](const std::string& text) {
    display_.reset();  // an error stands on a line of its own
    print_error(text);
  };
  control_.give = [](const std::string& text) { write_output(text); };
}

}  // namespace crossfold::cli
