#include "crossfold/core/log.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "pipe_signal_held.h"

namespace crossfold {
namespace {

/// A log that nobody reads any more (`2>&1 >/dev/null | head -1`) ends no work.
void log(spdlog::level::level_enum level, const std::string& message) {
  const PipeSignalHeld held;
  spdlog::log(level, "{}", message);
}

}  // namespace

void start_log(LogLevel level) {
  auto logger = std::make_shared<spdlog::logger>(
      "crossfold", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_pattern("%H:%M:%S %^%l%$ %v");
  logger->set_level(level == LogLevel::quiet     ? spdlog::level::warn
                    : level == LogLevel::verbose ? spdlog::level::debug
                                                 : spdlog::level::info);
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

QuietLog::QuietLog() : before_(spdlog::get_level()) {
  spdlog::set_level(std::max(spdlog::get_level(), spdlog::level::warn));
}
QuietLog::~QuietLog() { spdlog::set_level(static_cast<spdlog::level::level_enum>(before_)); }

void log_info(const std::string& message) { log(spdlog::level::info, message); }
void log_warning(const std::string& message) { log(spdlog::level::warn, message); }
void log_error(const std::string& message) { log(spdlog::level::err, message); }
void log_detail(const std::string& message) { log(spdlog::level::debug, message); }

}  // namespace crossfold
