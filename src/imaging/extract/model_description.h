#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "crossfold/core/hash.h"

#include "model_input.h"

namespace crossfold {

/// What FILE.json says of the extractor in FILE.
struct ModelDescription {
  std::string name;  ///< the first half of an embedding set's name: "densenet121-xrv"
  ModelInput input;
  std::string output;   ///< the output's name; empty: the only one
  std::size_t dim = 0;  ///< numbers that come out
  Digest weights;       ///< of the model's file
  std::string text;     ///< the description as written
};

/// Reads the description beside a model, and the model's hash. Error{bad_input} naming every
/// error, Error{io}.
[[nodiscard]] ModelDescription read_model_description(const std::filesystem::path& model);

}  // namespace crossfold
