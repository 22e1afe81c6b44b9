#include "cli/held_run.h"

#include <unistd.h>
#include <utility>

#include <gtest/gtest.h>

namespace crossfold {

WriteHold::WriteHold(const std::filesystem::path& folder, std::string file, int writes,
                     std::string text)
    : file_(std::move(file)), writes_(writes), text_(std::move(text)) {
  static int count = 0;
  release_ = folder / ("release." + std::to_string(count++));
}

std::vector<std::string> WriteHold::on(std::vector<std::string> command) const {
  command.insert(command.begin(), {"env", std::string("LD_PRELOAD=") + CROSSFOLD_HOLD_WRITES,
                                   "HOLD_FILE=" + file_, "HOLD_AFTER=" + std::to_string(writes_),
                                   "HOLD_TEXT=" + text_, "HOLD_RELEASE=" + release_.string()});
  return command;
}

void WriteHold::wait(Child& run) const {
  while (run.running() && !holds()) ::usleep(2000);
  ASSERT_TRUE(run.running()) << "ended before it could be disturbed: " << run.error_output();
}

bool WriteHold::holds(int restarts) const {
  return std::filesystem::exists(release_.string() + "." + std::to_string(restarts) + ".held");
}

void WriteHold::release() const { write_text(release_, ""); }

void WriteHold::release_start(int restarts) const {
  write_text(release_.string() + "." + std::to_string(restarts), "");
}

WriteHold hold_after_fits(const std::filesystem::path& folder, int fits) {
  return {folder, "/journal.jsonl", fits, "\"kind\":\"fit\""};
}

void wait_for_word(Child& run, const std::string& text) {
  while (run.running() && run.error_output().find(text) == std::string::npos) ::usleep(5000);
  ASSERT_NE(run.error_output().find(text), std::string::npos)
      << "ended without '" << text << "': " << run.error_output();
}

}  // namespace crossfold
