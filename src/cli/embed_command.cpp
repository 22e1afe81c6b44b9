#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/host_info.h"
#include "crossfold/core/log.h"
#include "crossfold/data/manifest.h"
#include "crossfold/data/store_import.h"
#include "crossfold/imaging/embed.h"
#include "crossfold/imaging/embed_results.h"
#include "crossfold/imaging/extractor.h"
#include "crossfold/imaging/lung_mask.h"

#include "column_options.h"
#include "command.h"
#include "image_progress.h"

namespace crossfold::cli {
namespace {

struct EmbedArguments {
  std::filesystem::path manifest;
  std::filesystem::path store;
  std::string extractor = "texture";
  std::vector<std::string> preprocessings{"raw"};
  std::optional<std::filesystem::path> masks;
  std::optional<std::string> mask_column;
  std::optional<int> threads;
  bool trust = false;
  bool skip_bad = false;
  bool replace = false;
  ColumnMapping columns;
};

std::vector<ImageRow> image_rows(const Manifest& manifest, const std::filesystem::path& path,
                                 const MaskPaths& masks) {
  CF_VALIDATE(
      !manifest.images.empty(), ErrorCode::bad_input,
      "has no column 'image' (it names the image files, relative to the manifest's folder). "
      "add it",
      path.string());
  const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
  std::vector<ImageRow> rows;
  for (std::size_t i = 0; i < manifest.images.size(); ++i) {
    ImageRow& row = rows.emplace_back();
    row.id = manifest.samples.id[i];
    row.path = manifest.images[i];
    const auto mask = masks.find((folder / row.path).lexically_normal());
    if (mask != masks.end()) row.mask = mask->second;
  }
  return rows;
}

/// The samples whose images could be read.
SampleTable keep_rows(const SampleTable& samples, const std::vector<std::size_t>& rows) {
  const auto pick = [&](const auto& values) {
    std::remove_cvref_t<decltype(values)> kept;
    for (const std::size_t row : rows) kept.push_back(values[row]);
    return kept;
  };
  const auto pick_coded = [&](const CodedColumn& column) {
    CodedColumn kept;
    for (const std::size_t row : rows) {
      const std::string* name = column.name_of(row);
      kept.append(name == nullptr ? "" : *name);
    }
    return kept;
  };
  SampleTable kept{.id = pick(samples.id),
                   .group = pick(samples.group),
                   .klass = pick_coded(samples.klass),
                   .domain = pick_coded(samples.domain),
                   .role = {.codes = pick(samples.role.codes), .levels = samples.role.levels},
                   .attributes = {}};
  for (const Attribute& attribute : samples.attributes) {
    if (const auto* numbers = std::get_if<std::vector<double>>(&attribute.values))
      kept.attributes.push_back({attribute.name, pick(*numbers)});
    else
      kept.attributes.push_back(
          {attribute.name, pick_coded(std::get<CodedColumn>(attribute.values))});
  }
  return kept;
}

std::vector<std::string> names_of(const ImageEmbedder& embedder) {
  std::vector<std::string> names;
  for (const EmbeddingInfo& set : embedder.sets()) names.push_back(set.name);
  return names;
}

std::filesystem::path journal_of(const std::filesystem::path& store) {
  return store.string() + ".part";
}

/// The error, with what to do about the work that is kept; an empty journal is removed.
Error with_work_kept(const Error& error, std::size_t recorded, const std::filesystem::path& store) {
  const std::filesystem::path journal = journal_of(store);
  if (recorded == 0) {
    std::error_code ignored;
    std::filesystem::remove(journal, ignored);
    return error;
  }
  return {error.code(),
          fmt::format("{}\n{} finished images are kept in {}: the same command goes on with the "
                      "others. delete that file if you do not want them",
                      error.message(), recorded, journal.string()),
          error.where(), error.cause()};
}

void embed_missing(const ImageEmbedder& embedder, EmbedResults& results, int threads) {
  const std::vector<std::size_t> missing = results.missing();
  std::vector<ImageRow> rows;
  for (const std::size_t row : missing) rows.push_back(results.rows()[row]);
  ImageProgress progress;
  const auto show = progress.callback();
  std::mutex mutex;  // over all below
  std::size_t done = 0;
  embed_images(embedder, rows, threads, [&](std::size_t i, const EmbeddedImage& image) {
    const std::lock_guard lock(mutex);
    results.add(missing[i], image);
    show(++done, rows.size());
  });
  progress.finish();
}

int write_sets(const EmbedArguments& arguments, const Manifest& manifest,
               std::optional<StoreContents> before, const EmbedResults& results) {
  const Embedded embedded = results.result(arguments.skip_bad ? BadImages::skip : BadImages::fail);
  for (const BadImage& bad : embedded.bad)
    log_warning(fmt::format("left out: {} ({}): {}", bad.id, bad.path.string(), bad.reason));
  for (const BadImage& odd : embedded.odd_masks)
    log_warning(
        fmt::format("unlikely lung mask: {} ({}): {}", odd.id, odd.path.string(), odd.reason));
  const SampleTable samples =
      embedded.bad.empty() ? manifest.samples : keep_rows(manifest.samples, embedded.rows);
  const StoreChange change =
      add_to_store(arguments.store, std::move(before), samples, embedded.sets,
                   arguments.replace ? SameName::replace : SameName::refuse);
  std::error_code ignored;
  std::filesystem::remove(journal_of(arguments.store), ignored);
  for (const EmbeddingSource& set : embedded.sets)
    fmt::print("embedding set {}: {} x {}\n", set.info.name, samples.size(), set.info.dim);
  fmt::print("{}: {}, {} images left out\n", arguments.store.string(),
             change == StoreChange::created ? "written" : "extended", embedded.bad.size());
  return 0;
}

int embed(const EmbedArguments& arguments) {
  const std::filesystem::path folder = std::filesystem::absolute(arguments.manifest).parent_path();
  const Manifest manifest = read_manifest(arguments.manifest, arguments.columns);
  log_columns(manifest.columns, manifest.notes);
  const MaskPaths masks =
      arguments.masks ? read_mask_table(*arguments.masks, arguments.mask_column) : MaskPaths{};
  std::optional<StoreContents> before = open_store_if_there(arguments.store);
  const auto extractor = make_extractor(
      arguments.extractor,
      {.folder = folder,
       .all = arguments.trust ? ModelTrust::All::trusted : ModelTrust::All::below_folder});
  const ImageEmbedder embedder(folder, *extractor, arguments.preprocessings);
  if (before && !arguments.replace) refuse_same_names(*before, names_of(embedder));
  EmbedResults results(embedder, image_rows(manifest, arguments.manifest, masks),
                       journal_of(arguments.store));
  try {
    embed_missing(embedder, results,
                  arguments.threads.value_or(static_cast<int>(usable_cores().size())));
    return write_sets(arguments, manifest, std::move(before), results);
  } catch (const Error& error) {
    throw with_work_kept(error, results.recorded(), arguments.store);
  }
}

}  // namespace

void add_embed_command(CLI::App& program, Action& chosen) {
  CLI::App* command = program.add_subcommand("embed", "Turn images into embedding sets of a store");
  command->footer(
      "The manifest has a column 'image' with paths relative to its folder, and class, domain (or\n"
      "source) and patient columns. The extractor 'texture' needs no weights.\n"
      "Example:\n  crossfold embed cxr/manifest.csv --store cxr.h5 --extractor texture \\\n"
      "    --preprocess raw,equalized\n"
      "Numbers of finished images are kept in STORE.part until the store is written, so that the\n"
      "same command goes on after it was stopped.");
  const auto arguments = std::make_shared<EmbedArguments>();  // shared by parser and action
  command->add_option("manifest", arguments->manifest, "CSV file, one line an image")
      ->required()
      ->type_name("MANIFEST");
  command->add_option("--store", arguments->store, "Store to write, or to extend")
      ->required()
      ->type_name("STORE");
  command
      ->add_option("--extractor", arguments->extractor,
                   "What makes the numbers: texture, torchscript:FILE or onnx:FILE")
      ->capture_default_str();
  command
      ->add_option("--preprocess", arguments->preprocessings,
                   "Preprocessings, one embedding set each: raw, or steps joined by '-' in their "
                   "order: equalized, masked, masked[3], lung-crop, lung-crop[10], normalized")
      ->delimiter(',')
      ->type_name("LIST")
      ->capture_default_str();
  command
      ->add_option("--masks", arguments->masks,
                   "Lung masks: CSV file with columns image and mask, relative to its folder")
      ->type_name("CSV");
  command->add_option("--mask-column", arguments->mask_column, "The masks' column, of several")
      ->type_name("COLUMN");
  command->add_option("--threads", arguments->threads, "Images at a time (default: usable cores)")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  command->add_flag("--trust", arguments->trust,
                    "Load a TorchScript file from outside of the manifest's folder: it is code");
  command->add_flag("--skip-bad", arguments->skip_bad,
                    "Leave unreadable images out (and say which) instead of stopping");
  command->add_flag("--replace", arguments->replace, "Replace embedding sets of the same name");
  add_column_options(*command, arguments->columns);
  command->callback([arguments, &chosen] { chosen = [arguments] { return embed(*arguments); }; });
}

}  // namespace crossfold::cli
