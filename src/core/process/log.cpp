#include "crossfold/core/log.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace crossfold {

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

void log_info(const std::string& message) { spdlog::info("{}", message); }
void log_warning(const std::string& message) { spdlog::warn("{}", message); }
void log_error(const std::string& message) { spdlog::error("{}", message); }
void log_detail(const std::string& message) { spdlog::debug("{}", message); }

}  // namespace crossfold
