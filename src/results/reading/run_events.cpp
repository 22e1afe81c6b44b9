#include "crossfold/results/run_events.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>
#include <variant>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/error.h"

#include "journal_entry.h"
#include "journal_line.h"
#include "layout.h"

namespace crossfold {
namespace {

constexpr std::uint64_t kTailBytes = std::uint64_t{1} << 20;

template <class Other>
std::string text_of(const Other&) {
  return "";
}

std::string text_of(const JournalFit& fit) {
  if (!fit.result.failed()) return "";
  return fmt::format("fit {} failed: {}", fit.result.id.hex(), fit.result.error);
}

std::string text_of(const JournalStage& stage) {
  const StageRecord& record = stage.record;
  if (record.over)
    return fmt::format("{}: over; the best is {}", place_of(record),
                       record.leader.empty() ? "none" : record.leader);
  if (record.generation)
    return fmt::format("{}: generation {}, {} drawn", place_of(record), record.number + 1,
                       counted(record.generation->drawn.size(), "candidate"));
  return fmt::format("{}: rung {}, {} given up, {} trained on", place_of(record), record.number + 1,
                     record.given_up.size(), counted_are(record.living, "candidate"));
}

std::string text_of(const JournalLost& lost) {
  return fmt::format("worker {}{} was declared lost", lost.record.worker,
                     lost.record.host.empty() ? "" : " on " + lost.record.host);
}

std::string text_of(const JournalSession& session) {
  const auto word = [&](const char* key) {
    const auto found = session.facts.find(key);
    return found != session.facts.end() && found->is_string() ? found->get<std::string>() : "";
  };
  if (session.event == JournalSession::Event::end)
    return fmt::format("{}: session {}", word("time"), word("outcome"));
  return fmt::format("{}: session started on {}", word("time"), word("host"));
}

/// The last lines of a file, the first of them perhaps cut.
std::string tail_of(const std::filesystem::path& path) {
  std::error_code missing;
  const std::uint64_t size = std::filesystem::file_size(path, missing);
  if (missing) return "";
  std::ifstream file(path, std::ios::binary);
  std::string text(std::min(size, kTailBytes), '\0');
  file.seekg(static_cast<std::streamoff>(size - text.size()));
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  CF_VALIDATE(!file.bad(), ErrorCode::io, "cannot be read", path.string());
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

std::string event_in(std::string_view line) try {
  const std::optional<nlohmann::json> value = read_journal_line(line);
  if (!value) return "";
  return std::visit([](const auto& entry) { return text_of(entry); },
                    journal_entry_from_json(*value));
} catch (const Error&) {  // of a later program: not for these eyes
  return "";
}

}  // namespace

std::vector<std::string> last_events(const std::filesystem::path& directory, std::size_t most) {
  const std::string text = tail_of(RunLayout{directory}.journal());
  std::vector<std::string> events;
  std::size_t end = text.size();
  while (end > 0 && events.size() < most) {
    const std::size_t before = text.find_last_of('\n', end - 1);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    std::string event = event_in(std::string_view(text).substr(begin, end - begin));
    if (!event.empty()) events.push_back(std::move(event));
    end = before == std::string::npos ? 0 : before;
  }
  std::reverse(events.begin(), events.end());
  return events;
}

std::vector<std::string> last_events(std::vector<EventSource> sources, std::size_t most) {
  const auto written = [](const EventSource& source) {
    std::error_code missing;  // then it is the oldest
    return std::filesystem::last_write_time(RunLayout{source.directory}.journal(), missing);
  };
  std::stable_sort(sources.begin(), sources.end(), [&](const EventSource& a, const EventSource& b) {
    return written(a) < written(b);
  });
  const std::size_t each =
      std::max<std::size_t>(1, most / std::max<std::size_t>(1, sources.size()));
  std::vector<std::string> events;
  for (const EventSource& source : sources)
    for (const std::string& event : last_events(source.directory, each))
      events.push_back(source.prefix + event);
  if (events.size() > most)
    events.erase(events.begin(), events.end() - static_cast<std::ptrdiff_t>(most));
  return events;
}

}  // namespace crossfold
