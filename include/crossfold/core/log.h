#pragma once

#include <string>

namespace crossfold {

enum class LogLevel { quiet, normal, verbose };

/// Where log lines go: stderr, each with time and level. Called once, by the program's main.
void start_log(LogLevel level);

/// While it lives, nothing but warnings and errors is logged.
class QuietLog {
 public:
  QuietLog();
  ~QuietLog();
  QuietLog(const QuietLog&) = delete;
  QuietLog& operator=(const QuietLog&) = delete;

 private:
  int before_;  ///< the log's level
};

void log_info(const std::string& message);
void log_warning(const std::string& message);
void log_error(const std::string& message);
void log_detail(const std::string& message);  ///< shown when verbose

}  // namespace crossfold
