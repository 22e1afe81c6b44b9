#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "crossfold/core/files.h"
#include "crossfold/core/ids.h"
#include "crossfold/results/fit_record.h"

namespace crossfold {

/// Where the workers of one session write the artefacts of their fits.
struct SegmentFolder {
  std::filesystem::path run;  ///< absolute
  std::string session;        ///< its folder below segments/; empty: nothing is kept
};

/// Error{io} where the folder, which rank 0 has made, is not seen: the run directory is not shared
/// with this host. A network's file system is given `patience` to show it.
void check_is_shared(const SegmentFolder& folder,
                     std::chrono::milliseconds patience = std::chrono::seconds(5));

/// A worker's own file of artefacts, only ever added to, by this object alone. What no journal line
/// names is not there: a killed run leaves bytes behind that nobody reads.
///
///   "crossfold-segment 1    \n"                                24 bytes
///   for each fit: "artefact", length of the document (uint64), fit id (16 bytes), the first 16
///   bytes of the document's SHA-256; the document (plan/artefact_bytes.h); zeros up to a multiple
///   of 8
class SegmentWriter {
 public:
  /// The file is made with the first document.
  SegmentWriter(const SegmentFolder& folder, Rank worker);

  /// Error{io}, after which nothing more can be added.
  [[nodiscard]] ArtefactPlace append(const FitId& id, std::string_view document);
  /// Returns once all that was appended before the call is on disk. Another thread may append
  /// meanwhile.
  void flush();

 private:
  std::string name_;  ///< below segments/
  std::filesystem::path path_;
  std::uint64_t size_ = 0;
  bool broken_ = false;
  std::mutex mutex_;  // guards whether there is a file
  std::unique_ptr<AppendFile> file_;
};

}  // namespace crossfold
