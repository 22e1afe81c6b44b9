#pragma once

#include <cstdint>
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

/// The file that holds a fit's artefacts, as the journal knows it.
struct ArtefactFile {
  std::uint64_t bytes = 0;
  std::string sha256;
  bool operator==(const ArtefactFile&) const = default;
};

/// What a worker sends home.
struct FitRecord {
  FitResult result;       ///< without artefacts
  std::string artefacts;  ///< as their file will hold them (CBOR); empty: none
  Origin origin;
};

/// Records of one cohort as bytes.
[[nodiscard]] std::string encode_records(const Origin& origin,
                                         const std::vector<FitResult>& results);
/// Error{bad_input} when the bytes are no records.
[[nodiscard]] std::vector<FitRecord> decode_records(std::string_view bytes);

}  // namespace crossfold
