#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/results/run_records.h"
#include "crossfold/samples/sample_table.h"

namespace crossfold {

/// Which samples a map shows.
enum class MapRole { in, oos, all };

/// Samples and their features, to be laid out on a map.
struct MapInput {
  std::string source;               ///< what the features are, for people
  SampleTable samples;              ///< all of the store or run; no attributes
  std::vector<std::uint32_t> rows;  ///< [n], which of them, ascending
  std::vector<std::string> roles;   ///< [n]: in, oos; of a fit train, held_out, oos; "" for none
  std::vector<float> values;        ///< [n, dim], row-major
  std::size_t dim = 0;
};

/// One embedding set of a store; without a name the only one there is. Error{bad_input} naming
/// those there are, or when no sample has the role.
[[nodiscard]] MapInput map_input_of_store(const std::filesystem::path& store,
                                          const std::optional<std::string>& embedding,
                                          MapRole role);

/// Which fit of a run.
struct FitChoice {
  std::string candidate;
  std::string split;  ///< as split_text() says it, commas aside: "seed 0 fold 0"
  std::optional<std::string> experiment;
  std::optional<std::string> embedding;
};

/// The encoder's features z' that one fit left behind (the job's output.features). Error{bad_input}
/// when no fit or more than one is meant, or it kept none; the message names what there is.
[[nodiscard]] MapInput map_input_of_fit(const std::filesystem::path& directory,
                                        const RunRecords& records, const FitChoice& choice,
                                        MapRole role);

}  // namespace crossfold
