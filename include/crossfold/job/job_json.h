#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/job/job.h"

namespace crossfold {

inline constexpr const char* kJobFormat = "crossfold-job";
inline constexpr int kJobFormatVersion = 1;

/// Reads a job (data-schemas/job.schema.json) strictly, fills in defaults, expands grids and draws
/// the candidates of sweeps; those of the sampler tpe up to the first generation. `name` stands in
/// messages. Error{bad_input} lists every error with its JSON pointer.
[[nodiscard]] Job parse_job(std::string_view text, const std::string& name);

/// The same job with every setting written out, grids expanded, candidates of sweeps listed with
/// their parameters, and keys sorted: two jobs that ask
/// for the same work have the same canonical form. It is itself a job that parse_job reads.
[[nodiscard]] nlohmann::json canonical_job(const Job& job);

/// Canonical form of a candidate without its name: what its numbers hang on.
[[nodiscard]] nlohmann::json canonical_settings(const Candidate& candidate);

/// SHA-256 (64 hex digits) of the canonical form without the paths of store and splits file, which
/// say where they lie and not what is in them, and without `warm_start`, which changes no number.
[[nodiscard]] std::string job_hash(const Job& job);

/// Lines "pointer: old -> new" for every field in which two canonical jobs differ; ignored are
/// the paths of store and splits file, and `warm_start`.
[[nodiscard]] std::vector<std::string> differing_fields(const nlohmann::json& old_job,
                                                        const nlohmann::json& new_job);

}  // namespace crossfold
