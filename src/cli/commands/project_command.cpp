#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/csv.h"
#include "crossfold/core/files.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/projection/project.h"
#include "crossfold/results/run_records.h"
#include "crossfold/solve/feature_rows.h"
#include "crossfold/study/map_input.h"

#include "command.h"
#include "project_arguments.h"

namespace crossfold::cli {
namespace {

namespace fs = std::filesystem;
using projection::MapQuality;
using projection::NeighborPurity;
using projection::ProjectedMap;

MapInput read_input(const ProjectArguments& arguments, bool is_run) {
  if (!is_run) return map_input_of_store(arguments.source, arguments.embedding, arguments.role);
  return map_input_of_fit(arguments.source, load_run(arguments.source),
                          {.candidate = *arguments.candidate,
                           .split = *arguments.split,
                           .experiment = arguments.experiment,
                           .embedding = arguments.embedding},
                          arguments.role);
}

/// Each column to mean 0 and standard deviation 1.
void standardize(MapInput& input) {
  const ColumnScaling scaling =
      column_scaling({.values = input.values, .dim = input.dim, .rows = {}, .scaling = nullptr});
  for (std::size_t i = 0; i < input.values.size(); ++i) {
    const std::size_t d = i % input.dim;
    input.values[i] = static_cast<float>((static_cast<double>(input.values[i]) - scaling.mean[d]) *
                                         scaling.inverse_sd[d]);
  }
}

std::vector<std::int32_t> codes_of(const CodedColumn& column,
                                   const std::vector<std::uint32_t>& rows) {
  std::vector<std::int32_t> codes;
  for (const std::uint32_t row : rows) codes.push_back(column.codes.at(row));
  return codes;
}

std::string name_or_empty(const CodedColumn& column, std::size_t row) {
  const std::string* name = column.name_of(row);
  return name == nullptr ? "" : *name;
}

std::string map_csv(const MapInput& input, const ProjectedMap& map,
                    const std::vector<std::string>& with) {
  std::vector<std::string> header = {"id", "x", "y"};
  header.insert(header.end(), with.begin(), with.end());
  std::string text = csv_line(header);
  for (std::size_t i = 0; i < input.rows.size(); ++i) {
    const std::uint32_t row = input.rows[i];
    std::vector<std::string> fields = {input.samples.id.at(row), fmt::format("{}", map.points[i].x),
                                       fmt::format("{}", map.points[i].y)};
    for (const std::string& name : with)
      fields.push_back(name == "class"    ? name_or_empty(input.samples.class_label, row)
                       : name == "domain" ? name_or_empty(input.samples.domain, row)
                                          : input.roles[i]);
    text += csv_line(fields);
  }
  return text;
}

std::string purity_line(const char* label, const std::optional<NeighborPurity>& purity) {
  if (!purity) return fmt::format("  neighbours of the same {}: no labels\n", label);
  return fmt::format(
      "  neighbours of the same {}: {:.4f} on the map, {:.4f} in the features, {:.4f} by chance "
      "(n = {})\n",
      label, purity->map, purity->points, purity->chance, purity->labelled);
}

std::string summary(const ProjectArguments& arguments, const MapInput& input,
                    const MapQuality& quality) {
  return fmt::format("{}: {} points of {} columns by {}, from {}\n", arguments.out.string(),
                     input.rows.size(), input.dim, word_of(arguments.method), input.source) +
         fmt::format(
             "  trustworthiness {:.4f}, continuity {:.4f}, neighbours kept {:.4f} (k = {})\n",
             quality.trustworthiness, quality.continuity, quality.neighbors_kept,
             quality.neighbors) +
         purity_line("class", quality.by_class) + purity_line("domain", quality.by_domain);
}

int project_source(const ProjectArguments& arguments) {
  const bool is_run = fs::is_directory(arguments.source);
  check_project_arguments(arguments, is_run);
  require_new_files({arguments.out});
  (void)hold(arguments.isa);
  MapInput input = read_input(arguments, is_run);
  if (arguments.standardize) standardize(input);
  const std::vector<std::int32_t> classes = codes_of(input.samples.class_label, input.rows);
  const std::vector<std::int32_t> domains = codes_of(input.samples.domain, input.rows);
  const ProjectedMap map =
      projection::project({.values = input.values, .dim = input.dim},
                          {.classes = classes, .domains = domains}, project_settings(arguments));
  std::vector<std::string> with = arguments.with;
  if (is_run && std::find(with.begin(), with.end(), "role") == with.end())
    with.emplace_back("role");
  write_new_file(arguments.out, map_csv(input, map, with));
  write_output(summary(arguments, input, map.quality));
  return 0;
}

}  // namespace

void add_project_command(CLI::App& program, Action& chosen) {
  CLI::App* command = program.add_subcommand(
      "project", "Lay samples out in two dimensions: UMAP, t-SNE or principal components");
  command->footer(
      "Writes a line for each sample and says what the map keeps of its neighbours: "
      "trustworthiness\n"
      "(those on the map were near before), continuity (those that were near are near on the "
      "map),\n"
      "and how many of the 15 nearest have the sample's class and domain, beside chance.\n"
      "Equal input gives equal bytes, whatever --threads and --isa. Of a run, features that a fit\n"
      "left behind (\"features\": \"all\" in the output of its job), never of two fits in one map; "
      "the\n"
      "column role says train, held_out or oos.\n"
      "Examples:\n"
      "  crossfold project cxr.h5 --embedding densenet121/raw --with class,domain -o map.csv\n"
      "  crossfold project cxr.run --candidate baseline --split \"seed 0 fold 0\" -o map.csv");
  const auto arguments = std::make_shared<ProjectArguments>();  // shared by parser and action
  add_project_arguments(*command, *arguments);
  command->callback(
      [arguments, &chosen] { chosen = [arguments] { return project_source(*arguments); }; });
}

}  // namespace crossfold::cli
