#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "crossfold/core/files.h"
#include "crossfold/core/hash.h"

namespace crossfold {

/// Which embedding a journal is of.
struct EmbedWork {
  Digest recipe;                  ///< over all that makes the numbers of all sets
  std::vector<std::string> sets;  ///< their names, for messages
  std::size_t numbers = 0;        ///< of an image, all sets together
};

/// What is kept of an image besides its numbers.
struct JournalNote {
  Digest key;               ///< names the work: recipe and content
  Digest image;             ///< SHA-256 of the image's file
  std::uint64_t place = 0;  ///< names the files: a hash of their paths
  std::string about_image;  ///< empty: nothing to say; of a long text the beginning is kept
  std::string about_mask;   ///< likewise
};

/// The numbers of images that are done, in a file as soon as they are, so that work that was killed
/// goes on where it stopped; in memory are the keys alone. The file has a line of JSON that says
/// which work it is of, then records of equal length: a note, the numbers, a checksum. A damaged
/// record is passed over, one that was cut off at the end is removed. For one thread at a time.
class EmbedJournal {
 public:
  /// Opens or creates. Nothing but a journal of this very work is changed: Error{bad_input} for
  /// any other file, saying what it is; Error{io}, also when another process has it open.
  EmbedJournal(std::filesystem::path path, EmbedWork work);

  /// The record of that key, among those found when it was opened.
  [[nodiscard]] std::optional<std::size_t> find(const Digest& key) const;
  /// True when a record found when it was opened is of these files, whatever was in them.
  [[nodiscard]] bool has_place(std::uint64_t place) const { return places_.contains(place); }
  /// Writes a record and returns its number. Error{io}.
  std::size_t add(const JournalNote& note, std::span<const float> values);
  /// Returns once everything added is on disk.
  void flush() { file_.flush(); }
  /// Fills `out` with the numbers of a record from `first` on. Error{io} when another record, or
  /// none, stands where it was written.
  void read(std::size_t record, std::size_t first, std::span<float> out);
  /// What add() was given. Error{io} likewise.
  [[nodiscard]] JournalNote note(std::size_t record);
  [[nodiscard]] std::size_t size() const { return keys_.size() - damaged_; }  ///< sound records
  [[nodiscard]] std::size_t damaged() const { return damaged_; }  ///< records found unsound

 private:
  [[nodiscard]] std::size_t record_bytes() const;
  [[nodiscard]] std::size_t place_of(std::size_t record) const;
  /// Refuses a file of others; true when its first line is there.
  [[nodiscard]] bool is_begun();
  void read_records();
  void cut_to(std::size_t bytes);
  /// The first so many bytes of a record.
  std::string beginning_of(std::size_t record, std::size_t bytes);

  std::filesystem::path path_;
  EmbedWork work_;
  std::string header_;
  std::vector<std::optional<Digest>> keys_;  // by record; none for a damaged one
  std::map<Digest, std::size_t> records_;    // those found, the last of each key
  std::set<std::uint64_t> places_;           // those found
  std::size_t damaged_ = 0;
  AppendFile file_;
  std::ifstream reader_;
};

}  // namespace crossfold
