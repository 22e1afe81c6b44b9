#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/plan/fit_result.h"

namespace crossfold {

/// Where and by what a fit was trained.
struct Origin {
  std::string host;
  std::string device;             ///< "cpu" or "cuda:0 (NVIDIA ...)"
  std::string equivalence_class;  ///< fits of one class are repeatable bit for bit among themselves
};

/// Where a fit's artefacts lie in a run directory, as the journal knows it: in a segment, which
/// holds those of many fits, or in a file of their own (runs started before there were segments).
struct ArtefactPlace {
  std::string segment;       ///< below segments/: "0001-9f3ac2d1/0003.bin"; empty: no segment
  std::uint64_t offset = 0;  ///< of the first byte in the segment
  std::uint64_t bytes = 0;
  std::string sha256;
  bool operator==(const ArtefactPlace&) const = default;
};

/// What a worker sends home of a fit.
struct FitRecord {
  FitResult result;  ///< without artefacts
  std::optional<ArtefactPlace> artefacts;
  Origin origin;
  /// Plan hash of the run that it is taken over from; nothing for a fit trained here. Not part of
  /// the bytes below.
  std::optional<std::string> taken_from = {};
};

/// Records of one worker as bytes for another process of this build; all have one origin.
[[nodiscard]] std::string encode_records(const Origin& origin,
                                         const std::vector<FitRecord>& records);
/// Error{internal} when the bytes are no records.
[[nodiscard]] std::vector<FitRecord> decode_records(std::string_view bytes);

}  // namespace crossfold
