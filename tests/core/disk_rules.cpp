#include "core/disk_rules.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <gtest/gtest.h>

namespace crossfold::test {
namespace {

bool is_journal(const std::string& path) { return path.ends_with("/journal.jsonl"); }

std::string folder_of(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

/// What stands behind `key` in a journal line, up to the next quote.
std::string text_behind(const std::string& line, const std::string& key) {
  const std::size_t at = line.find(key);
  if (at == std::string::npos) return "";
  return line.substr(at + key.size(), line.find('"', at + key.size()) - at - key.size());
}

std::size_t number_behind(const std::string& line, const std::string& key) {
  const std::size_t at = line.find(key);
  return at == std::string::npos ? 0 : std::stoul(line.substr(at + key.size()));
}

/// Lines of fits that a write puts into a journal.
std::vector<std::string> fit_lines(const DiskCall& call) {
  std::vector<std::string> lines;
  if (call.name != "write" || !is_journal(call.path)) return lines;
  for (std::size_t begin = 0; begin < call.bytes.size();) {
    const std::size_t end = std::min(call.bytes.find('\n', begin), call.bytes.size());
    const std::string line = call.bytes.substr(begin, end - begin);
    if (line.find("\"kind\":\"fit\"") != std::string::npos) lines.push_back(line);
    begin = end + 1;
  }
  return lines;
}

}  // namespace

void expect_whole_files(const std::vector<DiskCall>& calls) {
  std::set<std::string> created;
  std::set<std::string> unflushed;              // written to since
  std::map<std::string, std::string> nameless;  // folder, a name in it that is not on disk yet
  for (const DiskCall& call : calls) {
    if (call.failed) continue;
    if (call.name == "create") created.insert(call.path);
    if (call.name == "write" || call.name == "truncate") unflushed.insert(call.path);
    if (call.name == "fsync" || call.name == "fdatasync") {
      unflushed.erase(call.path);
      nameless.erase(call.path);
    }
    if (call.name == "write" && is_journal(call.path)) {
      EXPECT_TRUE(nameless.empty()) << nameless.begin()->second << " may have lost its name";
    }
    if (call.name != "rename" || call.to.ends_with("/heartbeat.json")) continue;
    EXPECT_TRUE(created.contains(call.path)) << call.path << " may be another's";
    EXPECT_FALSE(unflushed.contains(call.path)) << call.to << " may be empty";
    nameless[folder_of(call.to)] = call.to;
  }
  const bool all_well =
      std::none_of(calls.begin(), calls.end(), [](const DiskCall& call) { return call.failed; });
  if (all_well) {
    EXPECT_TRUE(nameless.empty()) << nameless.begin()->second;
  }
}

void expect_artefacts_before_their_lines(const std::vector<DiskCall>& calls, std::size_t fits) {
  std::map<std::string, std::size_t> written;  // bytes by segment
  std::map<std::string, std::size_t> safe;
  std::set<std::string> created;
  std::set<std::string> named;  // segments whose names are on disk
  std::size_t found = 0;
  // A log says when a flush ended; in this process one ends before the next call.
  const bool has_ends = std::any_of(calls.begin(), calls.end(), [](const DiskCall& call) {
    return call.name == "fdatasync done";
  });
  std::map<std::string, std::size_t> flushing;
  for (const DiskCall& call : calls) {
    if (call.failed) continue;
    if (call.name == "create") created.insert(call.path);
    if (call.name == "write") written[call.path] += call.size;
    if (call.name == "fdatasync") flushing[call.path] = written[call.path];
    if (call.name == (has_ends ? "fdatasync done" : "fdatasync"))
      safe[call.path] = flushing[call.path];
    if (call.name == "fsync")
      for (const std::string& path : created)
        if (folder_of(path) == call.path) named.insert(path);
    for (const std::string& line : fit_lines(call)) {
      if (line.find("\"artefacts\":") == std::string::npos) continue;
      ++found;
      const std::string id = text_behind(line, "\"fit\":\"");
      const std::string file =
          folder_of(call.path) + "/segments/" + text_behind(line, "\"segment\":\"");
      EXPECT_TRUE(named.contains(file)) << file << " may have lost its name";
      EXPECT_GE(safe[file], number_behind(line, "\"offset\":") + number_behind(line, "\"bytes\":"))
          << "the line of fit " << id << " comes before its artefacts are on disk";
    }
  }
  EXPECT_EQ(found, fits);
}

std::vector<std::string> flushed_fits(const std::vector<DiskCall>& calls) {
  std::vector<std::string> written;
  std::vector<std::string> flushed;
  for (const DiskCall& call : calls) {
    if (call.failed) continue;
    for (const std::string& line : fit_lines(call))
      written.push_back(text_behind(line, "\"fit\":\""));
    if (call.name == "fdatasync" && is_journal(call.path)) flushed = written;
  }
  return flushed;
}

std::size_t expect_only_flushed_fits_counted(const std::vector<DiskCall>& calls) {
  std::size_t written = 0;
  std::size_t flushing = 0;
  std::size_t flushed = 0;
  std::size_t heartbeats = 0;
  for (const DiskCall& call : calls) {
    written += fit_lines(call).size();
    if (is_journal(call.path) && call.name == "fdatasync") flushing = written;
    if (is_journal(call.path) && call.name == "fdatasync done") flushed = flushing;
    const std::string key = "\"trained\":";
    const std::size_t at = call.bytes.find(key);
    const bool is_heartbeat = call.path.find(".heartbeat.json.") != std::string::npos;
    if (call.name != "write" || !is_heartbeat || at == std::string::npos) continue;
    ++heartbeats;
    EXPECT_LE(std::stoul(call.bytes.substr(at + key.size())), flushed)
        << "heartbeat " << heartbeats << " counts fits that are not on disk";
  }
  return heartbeats;
}

void expect_flushed_before_the_end(const std::vector<DiskCall>& calls) {
  std::map<std::string, std::size_t> waiting;  // fits of a journal
  std::set<std::string> unflushed;
  for (const DiskCall& call : calls) {
    if (call.failed) continue;
    if (!is_journal(call.path)) continue;
    if (call.name == "write") {
      unflushed.insert(call.path);
      waiting[call.path] += fit_lines(call).size();
      if (call.bytes.find("\"event\":\"end\"") != std::string::npos) {
        EXPECT_EQ(waiting[call.path], 0U) << "fits count that are not on disk";
      }
    }
    if (call.name == "fdatasync") {
      waiting.erase(call.path);
      unflushed.erase(call.path);
    }
  }
  EXPECT_TRUE(unflushed.empty()) << *unflushed.begin();
}

}  // namespace crossfold::test
