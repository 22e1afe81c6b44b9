#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "crossfold/projection/project.h"
#include "crossfold/study/map_input.h"

#include "isa_option.h"

namespace crossfold::cli {

/// The command line of `project`.
struct ProjectArguments {
  std::filesystem::path source;
  std::filesystem::path out;
  std::optional<std::string> embedding, experiment, candidate, split;
  std::vector<std::string> with;
  MapRole role = MapRole::all;
  bool standardize = false;
  projection::Method method = projection::Method::umap;
  std::uint64_t seed = 0;
  std::optional<std::size_t> neighbors, epochs;
  std::optional<double> min_dist, perplexity;
  std::optional<unsigned> threads;
  IsaChoice isa;
};

void add_project_arguments(CLI::App& command, ProjectArguments& arguments);

/// Error{usage} naming options that the method does not use, and those that a store or a run has no
/// use for, or needs.
void check_project_arguments(const ProjectArguments& arguments, bool is_run);

/// What is not given is as projection::ProjectSettings has it; threads: those of the usable cores.
[[nodiscard]] projection::ProjectSettings project_settings(const ProjectArguments& arguments);

/// As the option --method has it.
[[nodiscard]] const std::string& word_of(projection::Method method);

}  // namespace crossfold::cli
