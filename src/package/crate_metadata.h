#pragma once

#include <string>
#include <vector>

#include "crossfold/results/run_scan.h"

#include "packed_file.h"

namespace crossfold {

/// What a crate tells of.
struct CrateContent {
  std::string name;                      ///< of the job
  std::string time;                      ///< when it was packed: "2026-01-31T23:59:59Z"
  std::string license;                   ///< URL; empty: none is stated
  std::vector<PackedFile> files;         ///< all but the metadata themselves
  std::vector<ScannedSession> sessions;  ///< what was run, in the order of their starts
  std::string store;                     ///< what the run was trained on, a sentence
};

/// ro-crate-metadata.json: RO-Crate 1.1 with the Process Run Crate profile 0.5.
[[nodiscard]] std::string crate_metadata(const CrateContent& content);

/// codecheck.yml (https://codecheck.org.uk/spec/config/1.0/).
[[nodiscard]] std::string codecheck_config(const CrateContent& content);

}  // namespace crossfold
