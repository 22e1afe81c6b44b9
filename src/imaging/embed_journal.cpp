#include "embed_journal.h"

#include <cstring>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeyBytes = sizeof(Digest::bytes);
constexpr std::size_t kCheckBytes = 8;

std::string header_of(std::size_t numbers) {
  return fmt::format("crossfold-embed-journal 1, {:12} numbers\n", numbers);
}

std::string_view check_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes.data()), kCheckBytes};
}

/// The next so many bytes of a file; false when fewer are left.
bool read_next(std::ifstream& file, std::string& bytes) {
  return static_cast<bool>(file.read(bytes.data(), static_cast<std::streamsize>(bytes.size())));
}

}  // namespace

EmbedJournal::EmbedJournal(fs::path path, std::size_t numbers)
    : path_(std::move(path)), numbers_(numbers), file_(path_), reader_(path_, std::ios::binary) {
  CF_VALIDATE(file_.hold(), ErrorCode::io,
              "another embed is at work on this store (it holds this file). wait for it, or name "
              "another --store",
              path_.string());
  read_records();
}

std::size_t EmbedJournal::record_bytes() const {
  return kKeyBytes + numbers_ * sizeof(float) + kCheckBytes;
}

std::size_t EmbedJournal::place_of(std::size_t record) const {
  return header_of(numbers_).size() + record * record_bytes();
}

void EmbedJournal::read_records() {
  const std::string expected = header_of(numbers_);
  std::string header(expected.size(), '\0');
  const bool ours = read_next(reader_, header) && header == expected;
  for (std::string record(record_bytes(), '\0'); ours && read_next(reader_, record);) {
    const std::string_view checked(record.data(), record.size() - kCheckBytes);
    if (!record.ends_with(check_of(sha256(checked)))) break;
    Digest key;
    std::memcpy(key.bytes.data(), record.data(), kKeyBytes);
    records_[key] = keys_.size();
    keys_.push_back(key);
  }
  std::error_code error;
  fs::resize_file(path_, ours ? place_of(keys_.size()) : 0, error);
  CF_VALIDATE(!error, ErrorCode::io, "cannot be shortened to its sound part. delete it",
              path_.string(), error.message());
  if (!ours) file_.append(expected);
}

std::optional<std::size_t> EmbedJournal::find(const Digest& key) const {
  const auto found = records_.find(key);
  if (found == records_.end()) return std::nullopt;
  return found->second;
}

std::size_t EmbedJournal::add(const Digest& key, std::span<const float> values) {
  CF_EXPECT(values.size() == numbers_);
  std::string record(reinterpret_cast<const char*>(key.bytes.data()), kKeyBytes);
  record.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  record += check_of(sha256(record));
  file_.append(record);
  keys_.push_back(key);
  return keys_.size() - 1;
}

void EmbedJournal::read(std::size_t record, std::size_t first, std::span<float> out) {
  CF_EXPECT(record < keys_.size() && first + out.size() <= numbers_);
  std::string bytes(kKeyBytes + (first + out.size()) * sizeof(float), '\0');
  reader_.clear();
  reader_.seekg(static_cast<std::streamoff>(place_of(record)));
  const bool there = read_next(reader_, bytes) &&
                     std::memcmp(bytes.data(), keys_[record].bytes.data(), kKeyBytes) == 0;
  CF_VALIDATE(there, ErrorCode::io,
              "does not hold what was written to it (another program writes to it, or cut it). see "
              "that only one does, and run again",
              path_.string());
  std::memcpy(out.data(), bytes.data() + kKeyBytes + first * sizeof(float), out.size_bytes());
}

}  // namespace crossfold
