#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/csv.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/host_info.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/projection/project.h"
#include "crossfold/results/run_records.h"
#include "crossfold/solve/feature_rows.h"
#include "crossfold/study/map_input.h"

#include "choice_option.h"
#include "command.h"
#include "isa_option.h"

namespace crossfold::cli {
namespace {

namespace fs = std::filesystem;
using projection::MapQuality;
using projection::Method;
using projection::NeighborPurity;
using projection::ProjectedMap;

enum class Extra { class_label, domain, role };

struct ProjectArguments {
  fs::path source;
  fs::path out;
  std::optional<std::string> embedding, experiment, candidate, split;
  std::vector<std::string> with;
  MapRole role = MapRole::all;
  bool standardize = false;
  Method method = Method::umap;
  std::uint64_t seed = 0;
  std::optional<std::size_t> neighbors, epochs;
  std::optional<double> min_dist, perplexity;
  std::optional<unsigned> threads;
  IsaChoice isa;
};

const Choices<Method>& methods() {
  static const Choices<Method> choices = {
      {"umap", Method::umap}, {"tsne", Method::tsne}, {"pca", Method::pca}};
  return choices;
}

/// An option given to a method that does not use it.
void refuse_unused(const ProjectArguments& arguments, ValidationErrors& errors) {
  const auto refuse = [&](const char* option, bool is_given, bool is_used, const char* users) {
    if (is_given && !is_used)
      errors.add(option,
                 fmt::format("is for {} (this method does not use it). leave it out", users));
  };
  const bool is_umap = arguments.method == Method::umap;
  const bool is_tsne = arguments.method == Method::tsne;
  refuse("--neighbors", arguments.neighbors.has_value(), is_umap, "umap");
  refuse("--min-dist", arguments.min_dist.has_value(), is_umap, "umap");
  refuse("--perplexity", arguments.perplexity.has_value(), is_tsne, "tsne");
  refuse("--epochs", arguments.epochs.has_value(), is_umap || is_tsne, "umap and tsne");
}

void check_options(const ProjectArguments& arguments, bool is_run) {
  ValidationErrors errors;
  refuse_unused(arguments, errors);
  if (is_run) {
    if (!arguments.candidate || !arguments.split)
      errors.add("--candidate and --split",
                 "are needed for a run directory (a map shows the features of one fit). give "
                 "both, such as --candidate baseline --split \"seed 0 fold 0\"");
  } else if (arguments.candidate || arguments.split || arguments.experiment) {
    errors.add("--candidate, --split and --experiment",
               "are for a run directory (a store has no fits). leave them out");
  }
  errors.throw_if_any(ErrorCode::usage, "");
}

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
                     input.rows.size(), input.dim,
                     methods().at(static_cast<std::size_t>(arguments.method)).first, input.source) +
         fmt::format(
             "  trustworthiness {:.4f}, continuity {:.4f}, neighbours kept {:.4f} (k = {})\n",
             quality.trustworthiness, quality.continuity, quality.neighbors_kept,
             quality.neighbors) +
         purity_line("class", quality.by_class) + purity_line("domain", quality.by_domain);
}

int project_source(const ProjectArguments& arguments) {
  const bool is_run = fs::is_directory(arguments.source);
  check_options(arguments, is_run);
  require_new_files({arguments.out});
  (void)hold(arguments.isa);
  MapInput input = read_input(arguments, is_run);
  if (arguments.standardize) standardize(input);
  projection::ProjectSettings settings{.method = arguments.method, .seed = arguments.seed};
  settings.neighbors = arguments.neighbors.value_or(settings.neighbors);
  settings.min_dist = arguments.min_dist.value_or(settings.min_dist);
  settings.perplexity = arguments.perplexity.value_or(settings.perplexity);
  settings.epochs = arguments.epochs;
  settings.threads = arguments.threads.value_or(static_cast<unsigned>(usable_cores().size()));
  const std::vector<std::int32_t> classes = codes_of(input.samples.class_label, input.rows);
  const std::vector<std::int32_t> domains = codes_of(input.samples.domain, input.rows);
  const ProjectedMap map = projection::project({.values = input.values, .dim = input.dim},
                                               {.classes = classes, .domains = domains}, settings);
  std::vector<std::string> with = arguments.with;
  if (is_run && std::find(with.begin(), with.end(), "role") == with.end())
    with.emplace_back("role");
  write_new_file(arguments.out, map_csv(input, map, with));
  write_output(summary(arguments, input, map.quality));
  return 0;
}

void add_source_options(CLI::App& command, ProjectArguments& arguments) {
  command.add_option("source", arguments.source, "Embedding store, or run directory")
      ->required()
      ->type_name("STORE|RUN");
  command.add_option("-o,--out", arguments.out, "CSV file to be written: id,x,y")
      ->required()
      ->type_name("FILE.csv");
  command
      .add_option("--embedding", arguments.embedding,
                  "Embedding set; not needed where there is one alone")
      ->type_name("NAME");
  command.add_option("--candidate", arguments.candidate, "Of a run: whose features")
      ->type_name("NAME");
  command.add_option("--split", arguments.split, "Of a run: on which split, \"seed 0 fold 0\"")
      ->type_name("TEXT");
  command
      .add_option("--experiment", arguments.experiment,
                  "Of a run: where several have a candidate of this name")
      ->type_name("NAME");
  add_choice<MapRole>(command, "--role", arguments.role,
                      {{"in", MapRole::in}, {"oos", MapRole::oos}, {"all", MapRole::all}},
                      "Samples of this role alone (default: all)");
  command
      .add_option_function<std::vector<std::string>>(
          "--with",
          [&arguments](const std::vector<std::string>& names) {
            static const Choices<Extra> columns = {
                {"class", Extra::class_label}, {"domain", Extra::domain}, {"role", Extra::role}};
            for (const std::string& name : names) {
              (void)choice_called(name, columns, "--with");
              CF_VALIDATE(std::find(arguments.with.begin(), arguments.with.end(), name) ==
                              arguments.with.end(),
                          ErrorCode::usage,
                          fmt::format("names {} twice (a column stands once). remove one", name),
                          "--with");
              arguments.with.push_back(name);
            }
          },
          "Further columns: class, domain, role")
      ->delimiter(',')
      ->type_name("NAMES");
  command.add_flag("--standardize", arguments.standardize,
                   "Scale each column to standard deviation 1 first");
}

void add_method_options(CLI::App& command, ProjectArguments& arguments) {
  add_choice<Method>(command, "--method", arguments.method, methods(), "Default: umap");
  command.add_option("--seed", arguments.seed, "Of umap's random numbers (default: 0)");
  command.add_option("--neighbors", arguments.neighbors, "umap: the sample itself counted (15)")
      ->check(CLI::Range(2, 1000))
      ->type_name("N");
  command.add_option("--min-dist", arguments.min_dist, "umap: how close samples may lie (0.1)")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("X");
  command.add_option("--perplexity", arguments.perplexity, "tsne: neighbours that count (30)")
      ->check(CLI::Range(2.0, 1000.0))
      ->type_name("X");
  command.add_option("--epochs", arguments.epochs, "umap: 500; tsne: 750, of which a third early")
      ->check(CLI::Range(1, 100000))
      ->type_name("N");
  command.add_option("--threads", arguments.threads, "Default: usable cores")
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
  add_isa_option(command, arguments.isa);
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
  add_source_options(*command, *arguments);
  add_method_options(*command, *arguments);
  command->callback(
      [arguments, &chosen] { chosen = [arguments] { return project_source(*arguments); }; });
}

}  // namespace crossfold::cli
