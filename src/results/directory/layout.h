#pragma once

#include <array>
#include <filesystem>
#include <string>

#include "crossfold/core/ids.h"

namespace crossfold {

/// Where things lie in a run directory.
struct RunLayout {
  std::filesystem::path root;

  [[nodiscard]] std::filesystem::path job() const { return root / "job.json"; }
  [[nodiscard]] std::filesystem::path samples() const { return root / "samples.json"; }
  [[nodiscard]] std::filesystem::path plan() const { return root / "plan.json"; }
  [[nodiscard]] std::filesystem::path splits() const { return root / "splits.csv"; }
  /// What is written before the journal begins and never again.
  [[nodiscard]] std::array<std::filesystem::path, 4> inputs() const {
    return {job(), samples(), plan(), splits()};
  }
  [[nodiscard]] std::filesystem::path journal() const { return root / "journal.jsonl"; }
  /// A damaged journal that was set aside; numbered from 1.
  [[nodiscard]] std::filesystem::path damaged_journal(int number) const {
    return root / ("journal.damaged-" + std::to_string(number) + ".jsonl");
  }
  [[nodiscard]] std::filesystem::path lock() const { return root / "lock"; }
  [[nodiscard]] std::filesystem::path heartbeat() const { return root / "heartbeat.json"; }
  [[nodiscard]] std::filesystem::path results() const { return root / "results.h5"; }
  [[nodiscard]] std::filesystem::path artefact_index() const { return root / "artefacts.h5"; }
  [[nodiscard]] std::filesystem::path provenance() const { return root / "provenance.json"; }
  /// A folder for each session that trained, in it a file for each worker.
  [[nodiscard]] std::filesystem::path segments() const { return root / "segments"; }
  /// A file for each fit, spread over folders by the first two digits: as runs were written before
  /// there were segments.
  [[nodiscard]] std::filesystem::path artefacts(const FitId& id) const {
    return root / "artefacts" / id.hex().substr(0, 2) / (id.hex() + ".cbor");
  }
};

/// The layout of a run directory that is there. Error{io} when `directory` is no folder, bad_input
/// when it is none of ours, or holds shards that were not taken together yet.
[[nodiscard]] RunLayout existing_run(const std::filesystem::path& directory);

}  // namespace crossfold
