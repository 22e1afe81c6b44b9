#pragma once

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
