#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <mutex>
#include <span>
#include <vector>

#include "crossfold/core/files.h"
#include "crossfold/core/hash.h"

namespace crossfold {

/// The numbers of images that are done, on disk as soon as they are, so that work that was killed
/// goes on where it stopped. A record is a key, the numbers and a checksum; one that was cut off or
/// is damaged ends the file, and so does a file made for another number of numbers. Thread-safe.
class EmbedJournal {
 public:
  /// Opens or creates; Error{io}.
  EmbedJournal(const std::filesystem::path& path, std::size_t numbers);

  /// Fills `out` when the key is recorded.
  [[nodiscard]] bool find(const Digest& key, std::span<float> out) const;
  void add(const Digest& key, std::span<const float> values);
  /// Records found when it was opened.
  [[nodiscard]] std::size_t size() const { return records_.size(); }

 private:
  std::size_t numbers_;
  std::map<Digest, std::vector<float>> records_;
  std::mutex mutex_;  // over the file
  AppendFile file_;
};

}  // namespace crossfold
