#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/results/run_directory.h"
#include "crossfold/results/segment_writer.h"

#include "artefact_store.h"
#include "journal_entry.h"

namespace crossfold {

/// A fit as the journal of another run tells of it.
struct OtherFit {
  const JournalFit& fit;
  const std::map<std::string, std::string>& classes;  ///< of that journal: text by id
  std::optional<std::string> taken_from = {};         ///< see FitRecord
  enum class Artefacts { copied, left_out } artefacts = Artefacts::copied;
};

/// Copies fits of other runs into one. Their artefacts go into a segment of its own, and are on
/// disk before a line of the journal names them.
class FitCopier {
 public:
  /// `into` must outlive it.
  explicit FitCopier(RunDirectory& into) : into_(&into) {}

  /// Counts only after finish(). The artefacts are read by `inspector`, which checks them against
  /// the other journal's hashes. Error{bad_input} where they are missing or damaged; Error{io}.
  void copy(const OtherFit& other, ArtefactInspector& inspector);
  /// Returns how many were copied, once all are on disk.
  [[nodiscard]] std::size_t finish();

 private:
  void flush();

  RunDirectory* into_;
  std::optional<SegmentWriter> segment_;
  std::vector<FitRecord> records_;
  std::size_t copied_ = 0;
};

}  // namespace crossfold
