#include "abandoned_copies.h"

#include <array>
#include <cstdint>
#include <fstream>
#include <set>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/directory.h"

#include "segment_format.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

bool only_copies(const JournalSession& session) try {
  return session.event == JournalSession::Event::start &&
         (session.facts.at("launch") == "merge" || takes_over(session.facts));
} catch (const nlohmann::json::exception&) {
  return false;
}

/// Whether the file is one of ours, or what a kill left of its first write.
bool is_segment(const fs::path& path) {
  std::error_code unreadable;
  if (!fs::is_regular_file(fs::symlink_status(path, unreadable))) return false;
  std::array<char, kSegmentHeader.size()> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  return kSegmentHeader.starts_with(
      std::string_view(head.data(), static_cast<std::size_t>(file.gcount())));
}

/// The bytes of a folder that holds segments and nothing else.
std::optional<std::uint64_t> bytes_of_segments(const fs::path& folder) {
  std::error_code unreadable;
  if (!fs::is_directory(fs::symlink_status(folder, unreadable))) return std::nullopt;
  std::uint64_t bytes = 0;
  for (const fs::path& path : list_directory(folder)) {
    if (!is_segment(path)) return std::nullopt;
    bytes += fs::file_size(path);
  }
  return bytes;
}

/// The folders of the segments that the journal names.
std::set<std::string> named_folders(const RunHistory& history) {
  std::set<std::string> names;
  for (const auto& [id, fit] : history.fits)
    if (fit.artefacts) names.insert(fs::path(fit.artefacts->segment).parent_path().string());
  return names;
}

}  // namespace

std::optional<std::string> remove_abandoned_copies(const RunLayout& layout,
                                                   const RunHistory& history) {
  std::error_code unreadable;
  if (history.sessions.empty() || !only_copies(history.sessions.back())) return std::nullopt;
  if (fs::exists(layout.damaged_journal(1), unreadable)) return std::nullopt;  // it may name them
  const std::set<std::string> named = named_folders(history);
  std::vector<std::string> removed;
  std::uint64_t bytes = 0;
  for (const fs::path& folder : list_directory_if_there(layout.segments())) {
    const std::string name = folder.filename().string();
    const bool is_later = named.empty() || name > *named.rbegin();  // they are numbered
    if (!is_later || named.contains(name)) continue;
    const std::optional<std::uint64_t> in_folder = bytes_of_segments(folder);
    if (!in_folder) continue;
    fs::remove_all(folder, unreadable);
    removed.push_back(name);
    bytes += *in_folder;
  }
  if (removed.empty()) return std::nullopt;
  return fmt::format(
      "{}: {} bytes in {} that no line of the journal names were copied by a session that was "
      "killed. they are removed, and copied again",
      layout.segments().string(), bytes, fmt::join(removed, ", "));
}

}  // namespace crossfold
