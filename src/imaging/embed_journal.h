#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "crossfold/core/files.h"
#include "crossfold/core/hash.h"

namespace crossfold {

/// The numbers of images that are done, in a file as soon as they are, so that work that was killed
/// goes on where it stopped; in memory are the keys alone. A record is a key, the numbers and a
/// checksum; one that was cut off or is damaged ends the file, and so does a file made for another
/// number of numbers. For one thread at a time.
class EmbedJournal {
 public:
  /// Opens or creates; Error{io}, also when another process has it open.
  EmbedJournal(std::filesystem::path path, std::size_t numbers);

  /// The record of that key, counted from 0, among those found when it was opened.
  [[nodiscard]] std::optional<std::size_t> find(const Digest& key) const;
  /// Writes a record and returns its number. Error{io}.
  std::size_t add(const Digest& key, std::span<const float> values);
  /// Returns once everything added is on disk.
  void flush() { file_.flush(); }
  /// Fills `out` with the numbers of a record from `first` on. Error{io} when another record, or
  /// none, stands where it was written.
  void read(std::size_t record, std::size_t first, std::span<float> out);
  [[nodiscard]] std::size_t size() const { return keys_.size(); }

 private:
  [[nodiscard]] std::size_t record_bytes() const;
  [[nodiscard]] std::size_t place_of(std::size_t record) const;
  /// Reads the records and cuts off what is not sound.
  void read_records();

  std::filesystem::path path_;
  std::size_t numbers_;
  std::vector<Digest> keys_;               // by record
  std::map<Digest, std::size_t> records_;  // those found, the last of each key
  AppendFile file_;
  std::ifstream reader_;
};

}  // namespace crossfold
