#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/counted.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/log.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/core/text_of_json.h"
#include "crossfold/samples/sample_warnings.h"
#include "crossfold/store/planted_sources.h"
#include "crossfold/store/store.h"
#include "crossfold/store/store_export.h"
#include "crossfold/store/store_import.h"
#include "crossfold/store/synth.h"

#include "choice_option.h"
#include "column_options.h"
#include "command.h"
#include "number_option.h"

namespace crossfold::cli {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::string name_or_missing(const CodedColumn& column, std::size_t row) {
  const std::string* name = column.name_of(row);
  return name == nullptr ? "(missing)" : *name;
}

/// Samples by role, domain and class.
using CellCounts = std::map<std::string, std::map<std::string, std::map<std::string, std::size_t>>>;

CellCounts count_cells(const SampleTable& samples) {
  CellCounts cells;
  for (std::size_t row = 0; row < samples.size(); ++row)
    ++cells[name_or_missing(samples.role, row)][name_or_missing(samples.domain, row)]
           [name_or_missing(samples.class_label, row)];
  return cells;
}

json describe(const StoreContents& store) {
  json embeddings = json::array();
  for (const EmbeddingInfo& info : store.embeddings)
    embeddings.push_back({{"name", info.name},
                          {"rows", info.rows},
                          {"dim", info.dim},
                          {"extractor", info.extractor},
                          {"preprocessing", info.preprocessing},
                          {"content_sha256", info.content.hex()}});
  json attributes = json::array();
  for (const Attribute& attribute : store.samples.attributes) attributes.push_back(attribute.name);
  return {
      {"format", "crossfold-store-info"},    {"format_version", 1},
      {"samples", store.samples.size()},     {"labels_sha256", store.samples.label_hash().hex()},
      {"cells", count_cells(store.samples)}, {"attributes", std::move(attributes)},
      {"embeddings", std::move(embeddings)}, {"warnings", sample_warnings(store.samples)}};
}

/// What a reader of this store should know.
void print_doubts(const StoreContents& store) {
  for (const std::string& note : store.notes) write_output(fmt::format("note: {}\n", note));
  for (const std::string& warning : sample_warnings(store.samples))
    write_output(fmt::format("WARNING: {}\n", warning));
}

int show_info(const fs::path& path, bool as_json) {
  const StoreContents store = open_store(path);
  if (as_json) {
    write_output(json_text(describe(store), 1) + "\n");
    return 0;
  }
  write_output(fmt::format("{}: {} samples\n", path.string(), store.samples.size()));
  for (const auto& [role, domains] : count_cells(store.samples))
    for (const auto& [domain, classes] : domains)
      for (const auto& [class_label, count] : classes)
        write_output(fmt::format("  role {:4} domain {:12} class {:12} {:8}\n", role, domain,
                                 class_label, count));
  for (const Attribute& attribute : store.samples.attributes)
    write_output(
        fmt::format("attribute {} ({})\n", attribute.name,
                    std::holds_alternative<CodedColumn>(attribute.values) ? "names" : "numbers"));
  for (const EmbeddingInfo& info : store.embeddings)
    write_output(fmt::format("embedding set {}: {} x {}, sha256 {}{}\n", info.name, info.rows,
                             info.dim, info.content.hex().substr(0, 16),
                             info.extractor.empty() ? "" : ", made by " + info.extractor));
  print_doubts(store);
  return 0;
}

int check_store(const fs::path& path) {
  const StoreContents store = open_store(path);
  write_output(fmt::format("{}: sound. {}, {}\n", path.string(),
                           counted(store.samples.size(), "sample"),
                           counted(store.embeddings.size(), "embedding set")));
  print_doubts(store);
  return 0;
}

int import_into(const ImportRequest& request) {
  const ImportReport report = import_store(request);
  log_manifest(report.columns, report.notes, report.warnings);
  for (const ImportReport::Set& set : report.sets) {
    const bool by_id = set.rows == ImportReport::Set::Rows::by_id;
    write_output(fmt::format("embedding set {}: {} x {}, rows matched {}\n", set.name,
                             report.samples, set.dim, by_id ? "by id" : "in the manifest's order"));
    if (!by_id)
      log_warning(
          fmt::format("{} names no ids: row i was taken for line i of the manifest (in "
                      "another order each sample would have another's features, and nothing "
                      "would show it). a .csv file with an id column is matched by id",
                      set.file.string()));
  }
  write_output(fmt::format("{}: {}\n", request.store.string(),
                           report.change == StoreChange::created ? "written" : "extended"));
  return 0;
}

int synthesize_into(const fs::path& path, const SynthSettings& settings) {
  require_new_files({path});
  write_synth_store(path, settings);
  const int code = check_store(path);
  if (settings.kind == SynthKind::sources)
    write_output(text_of(planted_answers(settings.sources.value_or(kUsualSources))));
  return code;
}

int export_from(const fs::path& path, const std::string& embedding,
                const std::optional<fs::path>& target) {
  if (target) require_new_files({*target});
  const StoreContents store = open_store(path);
  if (target) {
    export_csv(store, embedding, *target);
    return 0;
  }
  OutputStream out;
  export_csv(store, embedding, out);
  return 0;
}

void add_path(CLI::App& command, fs::path& path) {
  command.add_option("store", path, "Embedding store")->required()->type_name("STORE");
}

void add_info(CLI::App& parent, Action& chosen) {
  CLI::App* command = parent.add_subcommand("info", "Show what a store holds");
  struct Options {
    fs::path path;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();  // shared by the parser and the action
  add_path(*command, options->path);
  command->add_flag("--json", options->json, "Answer in JSON");
  command->callback([options, &chosen] {
    chosen = [options] { return show_info(options->path, options->json); };
  });
}

void add_check(CLI::App& parent, Action& chosen) {
  CLI::App* command =
      parent.add_subcommand("check", "Read a store completely and name everything wrong with it");
  const auto path = std::make_shared<fs::path>();  // shared by the parser and the action
  add_path(*command, *path);
  command->callback([path, &chosen] { chosen = [path] { return check_store(*path); }; });
}

void add_import(CLI::App& parent, Action& chosen) {
  CLI::App* command = parent.add_subcommand(
      "import", "Make a store, or add to one, from a manifest and matrices (.npy or .csv)");
  command->footer(
      "Example:\n  crossfold store import my.h5 --manifest manifest.csv \\\n"
      "    --embedding densenet121/raw=raw.npy --embedding densenet121/masked=masked.npy");
  struct Options {
    ImportRequest request;
    std::vector<std::string> matrices;
    bool replace = false;
  };
  const auto options = std::make_shared<Options>();  // shared by the parser and the action
  add_path(*command, options->request.store);
  command->add_option("--manifest", options->request.manifest, "CSV file, one line a sample")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("--embedding", options->matrices,
                   "Matrix with one row a sample, as <extractor>/<preprocessing>=FILE; repeatable. "
                   "A .csv file may have a column of ids, which --id-column can name too")
      ->required()
      ->type_name("NAME=FILE");
  command->add_flag("--replace", options->replace, "Replace embedding sets of the same name");
  command
      ->add_option("--feature-columns", options->request.features,
                   "Columns that are features: titles or numbers from 1, FIRST..LAST for a range "
                   "(default: all but the ids, if none looks like an index)")
      ->delimiter(',')
      ->type_name("LIST");
  command->add_flag_callback(
      "--allow-label-columns", [options] { options->request.label_columns = LabelColumns::allow; },
      "A feature may give class or domain away");
  add_column_options(*command, options->request.columns);
  add_value_options(*command, options->request.values);
  command->callback([options, &chosen] {
    chosen = [options] {
      for (const std::string& text : options->matrices)
        options->request.matrices.push_back(parse_matrix_source(text));
      options->request.same_name = options->replace ? SameName::replace : SameName::refuse;
      return import_into(options->request);
    };
  });
}

void add_synth(CLI::App& parent, Action& chosen) {
  CLI::App* command =
      parent.add_subcommand("synth", "Make a store of planted data with a known answer");
  command->footer(
      "shortcut: 3 classes whose domain gives them away in the pool and misleads out of sample.\n"
      "covidx: the class by domain counts of COVIDx 5.\n"
      "sites: 5 sources, each with a shortcut of its own, and a new one out of sample.\n"
      "sources: 2 classes, sources with a direction, a prevalence, a sex and a view imbalance of "
      "their own; says what leaving each out must cost and how far sex and view can be read off.\n"
      "Example:\n  crossfold store synth shortcut shortcut.h5 --seed 1");
  struct Options {
    fs::path path;
    SynthSettings settings;
  };
  const auto options = std::make_shared<Options>();  // shared by the parser and the action
  add_choice<SynthKind>(*command, "kind", options->settings.kind,
                        {{"shortcut", SynthKind::shortcut},
                         {"covidx", SynthKind::covidx},
                         {"sites", SynthKind::sites},
                         {"sources", SynthKind::sources}},
                        "What is planted")
      ->required();
  command->add_option("-o,--out,store", options->path, "Store to write")
      ->required()
      ->type_name("STORE");
  add_number(*command, "--dim", options->settings.dim,
             "Numbers per sample (default: 64, covidx 1024)");
  add_number(*command, "--sources", options->settings.sources,
             "Number of sources, of the kind sources (default: 5)");
  add_number(*command, "--scale", options->settings.scale, "Multiplies the numbers of samples")
      ->capture_default_str();
  add_number(*command, "--seed", options->settings.seed, "Root of the random numbers")
      ->capture_default_str();
  command->callback([options, &chosen] {
    chosen = [options] { return synthesize_into(options->path, options->settings); };
  });
}

void add_export(CLI::App& parent, Action& chosen) {
  CLI::App* command = parent.add_subcommand("export", "Write samples and one embedding set as CSV");
  command->footer("Example:\n  crossfold store export my.h5 densenet121/raw > raw.csv");
  struct Options {
    fs::path path;
    std::string embedding;
    std::optional<fs::path> target;
  };
  const auto options = std::make_shared<Options>();  // shared by the parser and the action
  add_path(*command, options->path);
  command->add_option("embedding", options->embedding, "Embedding set")
      ->required()
      ->type_name("NAME");
  command->add_option("-o,--out", options->target, "File to write instead of stdout")
      ->type_name("FILE");
  command->callback([options, &chosen] {
    chosen = [options] { return export_from(options->path, options->embedding, options->target); };
  });
}

}  // namespace

void add_store_command(CLI::App& program, Action& chosen) {
  CLI::App* command = program.add_subcommand("store", "Embedding stores: look, check, make");
  command->require_subcommand(1);
  add_info(*command, chosen);
  add_check(*command, chosen);
  add_import(*command, chosen);
  add_synth(*command, chosen);
  add_export(*command, chosen);
}

}  // namespace crossfold::cli
