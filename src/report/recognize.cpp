#include <cstddef>
#include <regex>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "crossfold/report/page.h"
#include "crossfold/report/render.h"

namespace crossfold {
namespace {

using nlohmann::json;

/// On one line, however a long name was broken.
std::string head_of(std::string_view text) {
  constexpr std::size_t kHead = 4096;
  const std::string head(text.substr(0, kHead));
  return std::regex_replace(head, std::regex("\\s+"), " ");
}

/// Where a report says how far the run was: behind the study's name.
const std::regex& status() {
  static const std::regex pattern(
      R"(all [0-9]+ fits done|(\*\*)?INCOMPLETE: [0-9]+ of [0-9]+ fits done)");
  return pattern;
}

bool same_title(std::string_view text, std::string_view rendered) {
  const std::string now = head_of(rendered);
  const std::string before = head_of(text);
  std::smatch found;
  if (!std::regex_search(now, found, status())) return false;
  const std::string title = found.prefix();
  return before.starts_with(title) &&
         std::regex_search(before.begin() + static_cast<std::ptrdiff_t>(title.size()), before.end(),
                           status(), std::regex_constants::match_continuous);
}

bool same_study(std::string_view text, std::string_view rendered) {
  const json before = json::parse(text, nullptr, false);
  const json now = json::parse(rendered, nullptr, false);
  return before.is_object() && now.is_object() &&
         before.value("format", json()) == now.value("format", json(0)) &&
         before.value("name", json()) == now.value("name", json(0));
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

}  // namespace

bool is_earlier_report(std::string_view text, std::string_view rendered, ReportFormat format) {
  switch (format) {
    case ReportFormat::csv:
      return first_line(text) == first_line(rendered);
    case ReportFormat::json:
      return same_study(text, rendered);
    case ReportFormat::text:
    case ReportFormat::markdown:
    case ReportFormat::latex:
      return same_title(text, rendered);
    case ReportFormat::html:
      return is_earlier_page(text, rendered);
  }
  return false;
}

}  // namespace crossfold
