#include "embed_journal.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

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

std::string record_of(const Digest& key, std::span<const float> values) {
  std::string record(reinterpret_cast<const char*>(key.bytes.data()), kKeyBytes);
  record.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  const Digest check = sha256(record);
  record.append(reinterpret_cast<const char*>(check.bytes.data()), kCheckBytes);
  return record;
}

std::map<Digest, std::vector<float>> read_records(const fs::path& path, std::size_t numbers) {
  std::map<Digest, std::vector<float>> records;
  std::error_code absent;
  if (!fs::exists(path, absent)) return records;
  const std::string bytes = read_file(path, std::numeric_limits<std::uint64_t>::max());
  const std::string header = header_of(numbers);
  std::size_t sound = 0;
  if (bytes.starts_with(header)) {
    sound = header.size();
    const std::size_t size = kKeyBytes + numbers * sizeof(float) + kCheckBytes;
    for (; bytes.size() - sound >= size; sound += size) {
      Digest key;
      std::vector<float> values(numbers);
      std::memcpy(key.bytes.data(), bytes.data() + sound, kKeyBytes);
      std::memcpy(values.data(), bytes.data() + sound + kKeyBytes, numbers * sizeof(float));
      if (record_of(key, values) != bytes.substr(sound, size)) break;
      records[key] = std::move(values);
    }
  }
  std::error_code error;
  fs::resize_file(path, sound, error);
  CF_VALIDATE(!error, ErrorCode::io, "cannot be shortened to its sound part. delete it",
              path.string(), error.message());
  return records;
}

}  // namespace

EmbedJournal::EmbedJournal(const fs::path& path, std::size_t numbers)
    : numbers_(numbers), records_(read_records(path, numbers)), file_(path) {
  if (fs::file_size(path) == 0) file_.append(header_of(numbers));
}

bool EmbedJournal::find(const Digest& key, std::span<float> out) const {
  const auto found = records_.find(key);
  if (found == records_.end()) return false;
  std::copy(found->second.begin(), found->second.end(), out.begin());
  return true;
}

void EmbedJournal::add(const Digest& key, std::span<const float> values) {
  CF_EXPECT(values.size() == numbers_);
  const std::string record = record_of(key, values);
  const std::lock_guard lock(mutex_);
  file_.append(record);
}

}  // namespace crossfold
