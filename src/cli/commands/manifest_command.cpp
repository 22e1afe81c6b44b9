#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/csv.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/host_info.h"
#include "crossfold/core/log.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/imaging/dicom_header.h"
#include "crossfold/imaging/near_duplicates.h"
#include "crossfold/imaging/pixel_hashes.h"
#include "crossfold/manifest/collections.h"
#include "crossfold/manifest/manifest_table.h"
#include "crossfold/report/render.h"

#include "column_options.h"
#include "command.h"
#include "image_progress.h"
#include "number_option.h"

namespace crossfold::cli {
namespace {

namespace fs = std::filesystem;

/// Reasons that are listed one by one; the rest is one line.
constexpr std::size_t kMaxReasons = 20;

/// What is done to any manifest before it is written.
struct Thinning {
  fs::path target;
  bool first_per_patient = false;
  bool drop_duplicates = false;
  ValueRules values = {};
};

void add_thinning(CLI::App& command, Thinning& thinning) {
  command.add_option("-o,--out", thinning.target, "Manifest to write")
      ->required()
      ->type_name("CSV");
  command.add_flag("--drop-duplicates", thinning.drop_duplicates,
                   "Keep one of several images whose decoded pixels are equal: the first");
  command.add_flag("--first-per-patient", thinning.first_per_patient,
                   "Keep the first sample of each patient");
  add_value_options(command, thinning.values);
}

/// Of rows whose images are equal but whose classes are not: the one that goes and the one kept.
void warn_of_contradictions(const ManifestTable& table,
                            const std::vector<std::pair<std::size_t, std::size_t>>& dropped) {
  const std::vector<std::string> ids = table.column("id");
  const std::vector<std::string> classes = table.column("class");
  std::vector<std::string> sentences;
  for (const auto& [row, kept] : dropped)
    if (classes[row] != classes[kept])
      sentences.push_back(fmt::format("'{}' ({}) is left out, '{}' ({}) is kept", ids[row],
                                      classes[row].empty() ? "no class" : classes[row], ids[kept],
                                      classes[kept].empty() ? "no class" : classes[kept]));
  if (sentences.empty()) return;
  const std::size_t all = sentences.size();
  if (all > kMaxReasons) sentences.resize(kMaxReasons);
  log_warning(
      fmt::format("{} of the same pixels have different classes (one of the two labels is "
                  "wrong). look at them, and mend the manifest:\n  {}{}",
                  counted(all, "pair"), fmt::join(sentences, "\n  "),
                  all > kMaxReasons ? fmt::format("\n  and {} more", all - kMaxReasons) : ""));
}

/// Returns how many went.
std::size_t drop_duplicates(ManifestTable& table) {
  const std::vector<std::string> images = table.column("image");
  ImageProgress progress;
  const std::vector<PixelHash> hashes = pixel_hashes(
      std::vector<fs::path>(images.begin(), images.end()), usable_threads(), progress.callback());
  std::map<Digest, std::size_t> first;
  std::vector<std::pair<std::size_t, std::size_t>> dropped;
  std::vector<bool> keep;
  for (std::size_t row = 0; row < hashes.size(); ++row) {
    const PixelHash& hash = hashes[row];
    if (!hash.digest)
      log_warning(fmt::format("not compared, and kept: {}: {}", images[row], hash.problem));
    keep.push_back(true);
    if (!hash.digest) continue;
    const auto [found, is_new] = first.emplace(*hash.digest, row);
    if (is_new) continue;
    keep.back() = false;
    dropped.emplace_back(row, found->second);
  }
  warn_of_contradictions(table, dropped);
  table.keep_rows(keep);
  return dropped.size();
}

void print_left_out(const std::vector<SkippedLines>& left_out) {
  if (left_out.empty()) return;
  std::size_t total = 0;
  for (const SkippedLines& one : left_out) total += one.count;
  write_output(fmt::format("left out: {}\n", total));
  for (std::size_t i = 0; i < left_out.size(); ++i) {
    if (i == kMaxReasons && left_out.size() > kMaxReasons + 1) {
      write_output(fmt::format("{:8} for {} other reasons\n", total, left_out.size() - i));
      break;
    }
    write_output(text_of(left_out[i]) + "\n");
    total -= left_out[i].count;
  }
}

/// Thins the table out, writes it and shows what it holds.
int finish_manifest(ManifestTable table, std::vector<SkippedLines> left_out,
                    const Thinning& thinning) {
  const auto note = [&](const char* reason, std::size_t count) {
    if (count > 0) left_out.push_back({reason, count});
  };
  if (thinning.drop_duplicates) note("same pixels as an earlier image", drop_duplicates(table));
  if (thinning.first_per_patient)
    note("not the first sample of its patient", keep_first_per_patient(table));
  const Manifest manifest = write_manifest(thinning.target, table, thinning.values);
  for (const std::string& warning : manifest.warnings) log_warning(warning);
  write_output(fmt::format("{}: {} samples\n", thinning.target.string(), manifest.samples.size()));
  print_left_out(left_out);
  write_output(fmt::format("\n{}", render_sample_counts(manifest.samples)));
  return 0;
}

/// A header that cannot be read tells nothing; the image is named when it is to be decoded.
HeaderFields read_header(const fs::path& image) {
  try {
    const DicomHeader header = read_dicom_header(image);
    return {.view = header.view, .sex = header.sex, .age = header.age};
  } catch (const Error& error) {
    log_warning(error.what());
    return {};
  }
}

void add_collection(CLI::App& parent, const Collection& collection, Action& chosen) {
  struct Options {
    std::vector<fs::path> places;
    Thinning thinning;
    bool keep_absent = false;
    std::vector<std::string> more_sources;
    std::optional<std::string> bare_source;
  };
  CLI::App* command =
      parent.add_subcommand(collection.name, "From " + collection.origin)->group("Collections");
  command->footer(
      fmt::format("Its folder holds {}.\n{}.\nExample:\n  crossfold manifest {} "
                  "folder -o manifest.csv",
                  collection.needs, collection.quirks, collection.name));
  const auto options = std::make_shared<Options>();  // shared by the parser and the action
  command->add_option("folder", options->places, "Folders of the collection, as published")
      ->required()
      ->type_name("FOLDER");
  add_thinning(*command, options->thinning);
  command->add_flag("--keep-absent", options->keep_absent,
                    "Keep samples whose image file is not there, for embeddings made elsewhere");
  if (collection.name == "covidx") {
    command
        ->add_option("--source", options->more_sources,
                     "A source that the lists name beside the known ones; repeatable")
        ->type_name("NAME");
    command
        ->add_option("--bare-source", options->bare_source,
                     "Source of the lines that name none (default: rsna, but not for COVID-19)")
        ->type_name("NAME");
  }
  command->callback([options, name = collection.name, &chosen] {
    chosen = [options, name] {
      require_new_files({options->thinning.target});
      CollectionOptions settings{.read_header = read_header,
                                 .more_sources = options->more_sources,
                                 .bare_source = options->bare_source};
      if (options->keep_absent) settings.absent_images = CollectionOptions::AbsentImages::keep;
      ImportedCollection imported = import_collection(name, options->places, settings);
      for (const std::string& note : imported.notes) log_info("note: " + note);
      for (const std::string& warning : imported.warnings) log_warning(warning);
      return finish_manifest(std::move(imported.manifest), std::move(imported.left_out),
                             options->thinning);
    };
  });
}

void add_merge(CLI::App& parent, Action& chosen) {
  struct Options {
    std::vector<fs::path> manifests;
    ColumnMapping columns;
    Thinning thinning;
  };
  CLI::App* command = parent.add_subcommand("merge", "Put manifests one below the other");
  command->footer(
      "Ids must differ, and patients of different sources as well. With one manifest: thin it\n"
      "out.\nExample:\n  crossfold manifest merge cohen.csv fig1.csv -o all.csv "
      "--first-per-patient");
  const auto options = std::make_shared<Options>();  // shared by the parser and the action
  command->add_option("manifests", options->manifests, "Manifests")->required()->type_name("CSV");
  add_thinning(*command, options->thinning);
  add_column_options(*command, options->columns);
  command->callback([options, &chosen] {
    chosen = [options] {
      require_new_files({options->thinning.target});
      std::vector<NamedTable> tables;
      for (const fs::path& path : options->manifests)
        tables.push_back(
            {path.string(), read_manifest_table(path, options->columns, options->thinning.values)});
      return finish_manifest(merge_manifests(tables, options->thinning.values), {},
                             options->thinning);
    };
  });
}

void add_counts(CLI::App& parent, Action& chosen) {
  struct Options {
    fs::path manifest;
    ColumnMapping columns;
    ValueRules values;
  };
  CLI::App* command =
      parent.add_subcommand("counts", "Show class by source, images and patients (table 1)");
  command->footer("Example:\n  crossfold manifest counts all.csv");
  const auto options = std::make_shared<Options>();  // shared by the parser and the action
  command->add_option("manifest", options->manifest, "Manifest")->required()->type_name("CSV");
  add_column_options(*command, options->columns);
  add_value_options(*command, options->values);
  command->callback([options, &chosen] {
    chosen = [options] {
      const Manifest manifest = read_manifest(options->manifest, options->columns, options->values);
      for (const std::string& warning : manifest.warnings) log_warning(warning);
      write_output(render_sample_counts(manifest.samples));
      return 0;
    };
  });
}

struct DuplicateArguments {
  fs::path manifest;
  fs::path pairs;
  std::optional<fs::path> merged;
  std::optional<int> threads;
  ColumnMapping columns;
  ValueRules values;
  DuplicateSettings settings;
};

std::string pairs_csv(const ManifestTable& manifest, const std::vector<DuplicatePair>& pairs) {
  static const std::vector<std::string> shown = {"id", "image", "patient_id", "source"};
  std::vector<std::string> head = {"kind", "score", "inliers", "overlap"};
  std::vector<std::vector<std::string>> columns;
  for (const std::string& name : shown) columns.push_back(manifest.column(name));
  for (const char* side : {"_1", "_2"})
    for (const std::string& name : shown) head.push_back(name + side);
  std::string text = csv_line(head);
  for (const DuplicatePair& pair : pairs) {
    const char* const kind = pair.kind == DuplicatePair::Kind::exact  ? "exact"
                             : pair.kind == DuplicatePair::Kind::near ? "near"
                                                                      : "mirrored";
    std::vector<std::string> line = {kind, fmt::format("{:.3f}", pair.score),
                                     std::to_string(pair.inliers),
                                     fmt::format("{:.2f}", pair.overlap)};
    for (const std::size_t row : {pair.first, pair.second})
      for (const std::vector<std::string>& column : columns) line.push_back(column[row]);
    text += csv_line(line);
  }
  return text;
}

/// Files that would take each other's place, or that of what is there.
void check(const DuplicateArguments& arguments) {
  const auto same = [](const fs::path& a, const fs::path& b) {
    return fs::absolute(a).lexically_normal() == fs::absolute(b).lexically_normal();
  };
  CF_VALIDATE(!same(arguments.pairs, arguments.manifest), ErrorCode::usage,
              "--out is the manifest itself (the pairs would take its place). name another file");
  CF_VALIDATE(!arguments.merged || !same(arguments.pairs, *arguments.merged), ErrorCode::usage,
              "--out and --merged are one file (one would take the other's place). name two");
  std::vector<fs::path> files{arguments.pairs};
  if (arguments.merged) files.push_back(*arguments.merged);
  require_new_files(files);
}

int find_duplicate_images(DuplicateArguments arguments) {
  check(arguments);
  ManifestTable manifest =
      read_manifest_table(arguments.manifest, arguments.columns, arguments.values);
  const std::vector<std::string> images = manifest.column("image");
  const std::vector<std::string> patients = manifest.column("patient_id");
  arguments.settings.threads = arguments.threads.value_or(usable_threads());
  std::string stage;
  std::optional<ProgressDisplay> display;
  arguments.settings.progress = [&](const char* name, std::size_t done, std::size_t of) {
    if (stage != name) display.emplace(stage = name, ProgressDisplay::mode_of_stderr());
    display->update({.done = done,
                     .of = of,
                     .failed = 0,
                     .fresh = done,
                     .fresh_share = static_cast<double>(done) / static_cast<double>(of),
                     .workers = 0});
  };
  const Duplicates found = find_duplicates(std::vector<fs::path>(images.begin(), images.end()),
                                           patients, arguments.settings);
  display.reset();
  for (const BadImage& bad : found.bad)
    log_warning(fmt::format("not compared: {}: {}", bad.path.string(), bad.reason));
  for (const BadImage& blank : found.blank)
    log_warning(fmt::format("not compared: {}: {}", blank.path.string(), blank.reason));
  write_new_file(arguments.pairs, pairs_csv(manifest, found.pairs));
  write_output(fmt::format("{}: {} of images of the same film under different patients\n",
                           arguments.pairs.string(), counted(found.pairs.size(), "pair")));
  if (!arguments.merged) return 0;
  const std::vector<std::string> merged = merged_groups(patients, found.pairs);
  const std::size_t column = manifest.find_column("patient_id").value();
  for (std::size_t row = 0; row < merged.size(); ++row) manifest.rows[row][column] = merged[row];
  const Manifest written = write_manifest(*arguments.merged, manifest, arguments.values);
  const std::set<std::string> before(patients.begin(), patients.end());
  const std::set<std::string> after(merged.begin(), merged.end());
  write_output(fmt::format("{}: {} samples, {} patients where there were {}\n",
                           arguments.merged->string(), written.samples.size(), after.size(),
                           before.size()));
  return 0;
}

void add_duplicates(CLI::App& parent, Action& chosen) {
  CLI::App* command =
      parent.add_subcommand("duplicates", "Find images of the same film under different patients");
  command->footer(
      "Also where one was cropped (to about 80 % of a side), rescaled, mirrored, re-windowed or\n"
      "compressed again. Look at the pairs before you believe them.\n"
      "Example:\n  crossfold manifest duplicates all.csv -o pairs.csv --merged clean.csv");
  const auto arguments = std::make_shared<DuplicateArguments>();  // shared by parser and action
  DuplicateSettings& settings = arguments->settings;
  command->add_option("manifest", arguments->manifest, "Manifest")->required()->type_name("CSV");
  command->add_option("-o,--out", arguments->pairs, "CSV file of pairs to write")
      ->required()
      ->type_name("CSV");
  command
      ->add_option("--merged", arguments->merged,
                   "Also write the manifest with the patients of each pair made one")
      ->type_name("CSV");
  add_number(*command, "--least-score", settings.least_score, NumberBounds{0.0, 1.0},
             "Correlation of fine detail from 0 to 1")
      ->capture_default_str();
  add_number(*command, "--candidates", settings.candidates, NumberBounds{1, 1000},
             "Images each one is compared with closely")
      ->capture_default_str();
  add_number(*command, "--threads", arguments->threads, NumberBounds{1, 1024},
             "Default: usable cores")
      ->type_name("N");
  add_column_options(*command, arguments->columns);
  add_value_options(*command, arguments->values);
  command->callback(
      [arguments, &chosen] { chosen = [arguments] { return find_duplicate_images(*arguments); }; });
}

}  // namespace

void add_manifest_command(CLI::App& program, Action& chosen) {
  CLI::App* command = program.add_subcommand(
      "manifest", "Manifests: from public collections, merged, counted, searched for duplicates");
  command->require_subcommand(1);
  for (const Collection& collection : collections()) add_collection(*command, collection, chosen);
  add_merge(*command, chosen);
  add_counts(*command, chosen);
  add_duplicates(*command, chosen);
}

}  // namespace crossfold::cli
