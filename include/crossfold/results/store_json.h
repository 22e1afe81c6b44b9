#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/samples/sample_table.h"
#include "crossfold/store/store.h"

namespace crossfold {

/// Ids, groups and labels of a table (attributes left out) as JSON: `samples.json` of a run
/// directory, and what ranks are told of a store that they do not open themselves.
[[nodiscard]] nlohmann::json sample_table_to_json(const SampleTable& samples);
/// Error{bad_input} when it is no such document or the table is not sound.
[[nodiscard]] SampleTable sample_table_from_json(const nlohmann::json& value);

/// Likewise for what a store says of its embedding sets.
[[nodiscard]] nlohmann::json embeddings_to_json(const std::vector<EmbeddingInfo>& embeddings);
[[nodiscard]] std::vector<EmbeddingInfo> embeddings_from_json(const nlohmann::json& value);

}  // namespace crossfold
