#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "crossfold/core/ids.h"

namespace crossfold::fleet {

/// Something to keep: the results of an item or, with `error`, a piece of work given up.
struct Record {
  std::string bytes;                 ///< Outcome::results, or the bytes of the work that failed
  std::optional<std::string> error;  ///< of its last failure
  Rank worker;                       ///< who reported it
};

/// Where results go. Used by the coordinator's thread alone.
class Sink {
 public:
  virtual ~Sink() = default;
  /// Takes a record and returns without waiting for the disk.
  virtual void submit(Record record) = 0;
  /// How many records, in the order of their submission, are safe by now. Throws what went wrong
  /// with the writing, a full disk for instance; no further record is then safe.
  [[nodiscard]] virtual std::uint64_t durable() = 0;
};

/// A plain synchronous writer, for GroupCommitSink.
class RecordWriter {
 public:
  virtual ~RecordWriter() = default;
  virtual void append(const Record& record) = 0;
  /// Returns once everything appended is on disk.
  virtual void flush() = 0;
};

}  // namespace crossfold::fleet
