#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/hash.h"
#include "crossfold/data/manifest.h"
#include "crossfold/data/store_import.h"
#include "crossfold/fleet/placement.h"
#include "crossfold/imaging/embed.h"
#include "crossfold/imaging/extractor.h"
#include "crossfold/imaging/lung_mask.h"
#include "crossfold/mpi/run_fleet.h"
#include "crossfold/mpi/session.h"

#include "column_options.h"
#include "command.h"
#include "embed_session.h"
#include "image_blocks.h"
#include "rank_session.h"
#include "stop_signal.h"
#include "time_options.h"

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
  ValueRules values;
  TimeOptions times;
};

/// Options that exclude each other or would change nothing; before any work.
void check(const EmbedArguments& arguments) {
  Mistakes mistakes;
  if (arguments.mask_column && !arguments.masks)
    mistakes.add("--mask-column",
                 "is not used without --masks. give the table of masks, or leave "
                 "it out");
  check_times(arguments.times, mistakes);
  mistakes.throw_if_any(ErrorCode::usage, "");
}

EmbedTarget target_of(const EmbedArguments& arguments) {
  return {.store = arguments.store,
          .bad_images = arguments.skip_bad ? BadImages::skip : BadImages::fail,
          .same_name = arguments.replace ? SameName::replace : SameName::refuse};
}

/// Takes the paths out of the manifest.
std::vector<ImageRow> image_rows(Manifest& manifest, const std::filesystem::path& path,
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
    row.path = std::move(manifest.images[i]);
    const auto mask = masks.find((folder / row.path).lexically_normal());
    if (mask != masks.end()) row.mask = mask->second.string();
  }
  manifest.images.clear();
  return rows;
}

EmbedInput read_input(const EmbedArguments& arguments) {
  EmbedInput input{
      .manifest = read_manifest(arguments.manifest, arguments.columns, arguments.values),
      .rows = {},
      .before = std::nullopt};
  log_manifest(input.manifest.columns, input.manifest.notes, input.manifest.warnings);
  const MaskPaths masks =
      arguments.masks ? read_mask_table(*arguments.masks, arguments.mask_column) : MaskPaths{};
  input.rows = image_rows(input.manifest, arguments.manifest, masks);
  input.before = open_store_if_there(arguments.store);
  return input;
}

/// The extractor, and what makes numbers with it.
struct Embedding {
  std::unique_ptr<const Extractor> extractor;
  std::optional<ImageEmbedder> embedder;
};

Embedding make_embedding(const EmbedArguments& arguments) {
  const std::filesystem::path folder = std::filesystem::absolute(arguments.manifest).parent_path();
  Embedding made;
  made.extractor = make_extractor(
      arguments.extractor,
      {.folder = folder,
       .all = arguments.trust ? ModelTrust::All::trusted : ModelTrust::All::below_folder});
  made.embedder.emplace(folder, *made.extractor, arguments.preprocessings);
  return made;
}

/// Equal on all ranks that would give an image the same numbers.
std::string plan_of(const ImageEmbedder& embedder) {
  return Hasher().text(embedder.recipe().hex()).text(embedder.folder().string()).finish().hex();
}

int embed_in(mpi::Session& session, const EmbedArguments& arguments, ReadEarly<EmbedInput> input,
             fleet::Launch launch) {
  const bool alone = launch == fleet::Launch::alone;
  Embedding made;
  std::optional<EmbedSession> ours;  // rank 0 only
  session.agree([&] { input.throw_failure(); });
  session.agree([&] { made = make_embedding(arguments); });
  const ImageEmbedder& embedder = *made.embedder;
  session.agree([&] {
    if (input.value) ours.emplace(target_of(arguments), std::move(*input.value), embedder);
  });
  const int threads = arguments.threads.value_or(threads_of_rank(session));
  const fleet::RunnerFactory make_runner = [&](Rank) {
    return std::make_unique<ImageRunner>(embedder, alone ? 1 : threads);
  };
  EmbedCrew crew{.workers = session.size(), .threads_per_rank = threads};
  if (alone) crew = {.workers = static_cast<std::uint32_t>(threads)};
  std::vector<fleet::WorkItem> items;
  fleet::FleetOptions fleet_options;
  if (ours) {
    items = ours->items(crew);
    if (alone)
      crew.workers =
          static_cast<std::uint32_t>(std::clamp<std::size_t>(items.size(), 1, crew.workers));
    ours->begin(crew);
    fleet_options = ours->fleet_options();
    fleet_options.limits =
        coordinator_limits(arguments.times, fleet::process_environment(),
                           std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
  }
  try {
    const std::optional<fleet::FleetReport> report =
        mpi::run_fleet(session, {.workers = crew.workers}, std::move(items),
                       make_hello(plan_of(embedder), fmt::format("{} threads", threads)),
                       make_runner, ours ? &ours->sink() : nullptr, fleet_options);
    const int code = report ? ours->finish(*report, arguments.times) : 0;
    if (report && report->must_exit) session.exit_after(code);
    return code;
  } catch (const Error& error) {
    if (!ours) throw;
    throw ours->with_work_kept(error);
  }
}

int embed(const EmbedArguments& arguments) {
  // On every rank: launchers pass a signal to all of them, and only rank 0 acts on the flag.
  static_cast<void>(catch_stop_signals());
  const fleet::Launch launch = fleet::detect_launch(fleet::process_environment());
  ReadEarly<EmbedInput> input = read_early<EmbedInput>([&] {
    check(arguments);
    return read_input(arguments);
  });
  return in_session(launch, {.silence_s = arguments.times.lost_after_s},
                    [&](mpi::Session& session) {
                      return embed_in(session, arguments, std::move(input), launch);
                    });
}

}  // namespace

void add_embed_command(CLI::App& program, Action& chosen) {
  CLI::App* command = program.add_subcommand(
      "embed", "Turn images into embedding sets of a store: alone, under mpirun or under srun");
  command->footer(
      "The manifest has a column 'image' with paths relative to its folder, and class, domain (or\n"
      "source) and patient columns. The extractor 'texture' needs no weights.\n"
      "Example:\n  crossfold embed cxr/manifest.csv --store cxr.h5 --extractor texture \\\n"
      "    --preprocess raw,equalized\n"
      "  mpirun -n 8 crossfold embed cxr/manifest.csv --store cxr.h5\n"
      "Numbers of finished images are kept in STORE.part until the store is written, so that the\n"
      "same command goes on after it was stopped.\n"
      "DICOM: rescale or modality table, VOI table or the first window (else the image's own\n"
      "range), MONOCHROME1 inverted, padding black; one gray frame, not JPEG 2000. PNG of 16 "
      "bits:\n"
      "the image's own range, unless it holds 8-bit values. Alpha and EXIF turns are ignored.");
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
      ->add_option(
          "--masks", arguments->masks,
          "Lung masks: CSV file with columns image and mask, relative to its folder. Lungs "
          "are the higher of a mask's two grays, or 128 and above of more")
      ->type_name("CSV");
  command->add_option("--mask-column", arguments->mask_column, "The masks' column, of several")
      ->type_name("COLUMN");
  command
      ->add_option("--threads", arguments->threads,
                   "Images at a time, on each rank (default: the cores that it may use)")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  command->add_flag("--trust", arguments->trust,
                    "Load a TorchScript file from outside of the manifest's folder: it is code");
  command->add_flag("--skip-bad", arguments->skip_bad,
                    "Leave unreadable images out (and say which) instead of stopping");
  command->add_flag("--replace", arguments->replace, "Replace embedding sets of the same name");
  add_column_options(*command, arguments->columns);
  add_value_options(*command, arguments->values);
  add_time_options(*command, arguments->times);
  command->callback([arguments, &chosen] { chosen = [arguments] { return embed(*arguments); }; });
}

}  // namespace crossfold::cli
