#include "embed_journal.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/error.h"
#include "crossfold/core/strict_json.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFormat = "crossfold-embed-journal";
constexpr const char* kOldBeginning = "crossfold-embed-journal 1,";
constexpr int kVersion = 3;
constexpr std::size_t kMaxHeaderBytes = std::size_t{1} << 20;

constexpr std::size_t kDigestBytes = sizeof(Digest::bytes);
constexpr std::size_t kPlaceBytes = sizeof(std::uint64_t);
constexpr std::size_t kTextBytes = 120;  // of each of the two, the last of them 0
constexpr std::size_t kNoteBytes = 2 * kDigestBytes + kPlaceBytes + 2 * kTextBytes;
constexpr std::size_t kCheckBytes = 8;

std::string header_of(const EmbedWork& work) {
  const json header = {{"format", kFormat},
                       {"format_version", kVersion},
                       {"numbers", work.numbers},
                       {"recipe", work.recipe.hex()},
                       {"sets", work.sets}};
  return header.dump() + "\n";
}

std::size_t record_size(std::size_t numbers) {
  return kNoteBytes + numbers * sizeof(float) + kCheckBytes;
}

std::string_view check_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes.data()), kCheckBytes};
}

/// The next so many bytes of a file; false when fewer are left.
bool read_next(std::ifstream& file, std::string& bytes) {
  return static_cast<bool>(file.read(bytes.data(), static_cast<std::streamsize>(bytes.size())));
}

std::string padded(const std::string& text) {
  std::string field = text.substr(0, kTextBytes - 1);
  field.resize(kTextBytes, '\0');
  return field;
}

std::string bytes_of(const JournalNote& note) {
  std::string bytes(reinterpret_cast<const char*>(note.key.bytes.data()), kDigestBytes);
  bytes.append(reinterpret_cast<const char*>(note.image.bytes.data()), kDigestBytes);
  bytes.append(reinterpret_cast<const char*>(&note.place), kPlaceBytes);
  return bytes + padded(note.about_image) + padded(note.about_mask);
}

JournalNote note_in(const std::string& bytes) {
  JournalNote note;
  const char* next = bytes.c_str();
  const auto take = [&next](void* to, std::size_t count) {
    std::memcpy(to, next, count);
    next += count;
  };
  take(note.key.bytes.data(), kDigestBytes);
  take(note.image.bytes.data(), kDigestBytes);
  take(&note.place, kPlaceBytes);
  note.about_image = next;
  note.about_mask = next + kTextBytes;
  return note;
}

/// What a journal of another work says of itself; nothing for what is no journal.
std::optional<std::string> other_work(const std::string& first_line, std::uintmax_t bytes) try {
  if (first_line.starts_with(kOldBeginning)) return "an older crossfold's, which noted no content";
  const json header = json::parse(first_line);
  if (header.at("format") != kFormat) return std::nullopt;
  if (header.at("format_version") != kVersion) return "another version of crossfold's";
  const auto numbers = header.at("numbers").get<std::size_t>();
  const std::uintmax_t images = (bytes - first_line.size() - 1) / record_size(numbers);
  return fmt::format("{} of {}", counted(images, "image"),
                     fmt::join(header.at("sets").get<std::vector<std::string>>(), ", "));
} catch (const json::exception&) {
  return std::nullopt;
}

/// Before anything is opened for writing.
fs::path checked_path(fs::path path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  CF_VALIDATE(fs::is_regular_file(status) || !fs::exists(status), ErrorCode::io,
              "is no ordinary file, where the finished images are to be kept. move it away, or "
              "name another --store",
              path.string());
  return path;
}

}  // namespace

EmbedJournal::EmbedJournal(fs::path path, EmbedWork work)
    : path_(checked_path(std::move(path))),
      work_(std::move(work)),
      header_(header_of(work_)),
      file_(path_),
      reader_(path_, std::ios::binary) {
  CF_VALIDATE(file_.hold(), ErrorCode::io,
              "another embed is at work on this store (it holds this file). wait for it, or name "
              "another --store",
              path_.string());
  if (is_begun()) {
    read_records();
    return;
  }
  cut_to(0);  // what a first line that was cut off left
  file_.append(header_);
}

std::size_t EmbedJournal::record_bytes() const { return record_size(work_.numbers); }

std::size_t EmbedJournal::place_of(std::size_t record) const {
  return header_.size() + record * record_bytes();
}

bool EmbedJournal::is_begun() {
  std::string beginning(kMaxHeaderBytes, '\0');
  reader_.read(beginning.data(), static_cast<std::streamsize>(beginning.size()));
  beginning.resize(static_cast<std::size_t>(reader_.gcount()));
  reader_.clear();
  if (beginning.starts_with(header_)) return true;
  if (header_.starts_with(beginning)) return false;
  const std::string first_line = beginning.substr(0, beginning.find('\n'));
  std::error_code ignored;
  const std::optional<std::string> other = other_work(first_line, fs::file_size(path_, ignored));
  throw Error(ErrorCode::bad_input,
              other ? fmt::format("holds the finished images of another embedding ({}), and is "
                                  "left alone. finish that one with its own command, or delete "
                                  "this file, or name another --store",
                                  *other)
                    : "is no journal of 'crossfold embed', which would keep the finished images "
                      "there, and is left alone. move it away, or name another --store",
              path_.string());
}

void EmbedJournal::read_records() {
  reader_.seekg(static_cast<std::streamoff>(header_.size()));
  for (std::string record(record_bytes(), '\0'); read_next(reader_, record);) {
    const std::string_view checked(record.data(), record.size() - kCheckBytes);
    if (!record.ends_with(check_of(sha256(checked)))) {
      ++damaged_;
      keys_.emplace_back();
      continue;
    }
    const JournalNote note = note_in(record);
    records_[note.key] = keys_.size();
    places_.insert(note.place);
    keys_.emplace_back(note.key);
  }
  cut_to(place_of(keys_.size()));
}

void EmbedJournal::cut_to(std::size_t bytes) {
  std::error_code error;
  fs::resize_file(path_, bytes, error);
  CF_VALIDATE(!error, ErrorCode::io, "cannot be shortened to its whole records. delete it",
              path_.string(), error.message());
}

std::optional<std::size_t> EmbedJournal::find(const Digest& key) const {
  const auto found = records_.find(key);
  if (found == records_.end()) return std::nullopt;
  return found->second;
}

std::size_t EmbedJournal::add(const JournalNote& note, std::span<const float> values) {
  CF_EXPECT(values.size() == work_.numbers);
  std::string record = bytes_of(note);
  record.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  record += check_of(sha256(record));
  file_.append(record);
  keys_.emplace_back(note.key);
  return keys_.size() - 1;
}

std::string EmbedJournal::beginning_of(std::size_t record, std::size_t bytes) {
  CF_EXPECT(record < keys_.size() && keys_[record]);
  std::string beginning(bytes, '\0');
  reader_.clear();
  reader_.seekg(static_cast<std::streamoff>(place_of(record)));
  const bool there = read_next(reader_, beginning) && note_in(beginning).key == *keys_[record];
  CF_VALIDATE(there, ErrorCode::io,
              "does not hold what was written to it (another program writes to it, or cut it). see "
              "that only one does, and run again",
              path_.string());
  return beginning;
}

void EmbedJournal::read(std::size_t record, std::size_t first, std::span<float> out) {
  CF_EXPECT(first + out.size() <= work_.numbers);
  const std::string bytes = beginning_of(record, kNoteBytes + (first + out.size()) * sizeof(float));
  std::memcpy(out.data(), bytes.data() + kNoteBytes + first * sizeof(float), out.size_bytes());
}

JournalNote EmbedJournal::note(std::size_t record) {
  return note_in(beginning_of(record, kNoteBytes));
}

}  // namespace crossfold
