#include "project_arguments.h"

#include <algorithm>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/host_info.h"
#include "crossfold/core/validation_errors.h"

#include "choice_option.h"
#include "number_option.h"

namespace crossfold::cli {
namespace {

using projection::Method;

enum class Extra { class_label, domain, role };

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
  add_number(command, "--seed", arguments.seed, "Of umap's random numbers (default: 0)");
  add_number(command, "--neighbors", arguments.neighbors, NumberBounds{2, 1000},
             "umap: the sample itself counted (15)")
      ->type_name("N");
  add_number(command, "--min-dist", arguments.min_dist, NumberBounds{0.0, 1.0},
             "umap: how close samples may lie (0.1)")
      ->type_name("X");
  add_number(command, "--perplexity", arguments.perplexity, NumberBounds{2.0, 1000.0},
             "tsne: neighbours that count (30)")
      ->type_name("X");
  add_number(command, "--epochs", arguments.epochs, NumberBounds{1, 100000},
             "umap: 500; tsne: 750, of which a third early")
      ->type_name("N");
  add_number(command, "--threads", arguments.threads, NumberBounds{1, 4096},
             "Default: usable cores")
      ->type_name("N");
  add_isa_option(command, arguments.isa);
}

}  // namespace

void add_project_arguments(CLI::App& command, ProjectArguments& arguments) {
  add_source_options(command, arguments);
  add_method_options(command, arguments);
}

void check_project_arguments(const ProjectArguments& arguments, bool is_run) {
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

projection::ProjectSettings project_settings(const ProjectArguments& arguments) {
  projection::ProjectSettings settings{.method = arguments.method, .seed = arguments.seed};
  settings.neighbors = arguments.neighbors.value_or(settings.neighbors);
  settings.min_dist = arguments.min_dist.value_or(settings.min_dist);
  settings.perplexity = arguments.perplexity.value_or(settings.perplexity);
  settings.epochs = arguments.epochs;
  settings.threads = arguments.threads.value_or(static_cast<unsigned>(usable_cores().size()));
  return settings;
}

const std::string& word_of(projection::Method method) {
  return methods().at(static_cast<std::size_t>(method)).first;
}

}  // namespace crossfold::cli
