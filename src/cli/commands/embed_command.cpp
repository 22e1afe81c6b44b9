#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/error.h"
#include "crossfold/fleet/placement.h"
#include "crossfold/imaging/preprocess.h"
#include "crossfold/manifest/manifest.h"
#include "crossfold/mpi/session.h"
#include "crossfold/study/embed_run.h"
#include "crossfold/study/rank_session.h"

#include "column_options.h"
#include "command.h"
#include "number_option.h"
#include "terminal_control.h"
#include "time_options.h"

namespace crossfold::cli {
namespace {

struct EmbedArguments {
  EmbedSettings settings;
  ColumnMapping columns;
  ValueRules values;
};

/// Options that exclude each other or would change nothing; before any work.
void check(const EmbedSettings& settings) {
  ValidationErrors errors;
  if (settings.mask_column && !settings.masks)
    errors.add("--mask-column",
               "is not used without --masks. give the table of masks, or leave "
               "it out");
  const auto needs_mask = [](const std::string& name) { return Preprocessing(name).needs_mask(); };
  const std::vector<std::string>& names = settings.preprocessings;
  if (settings.masks && std::none_of(names.begin(), names.end(), needs_mask))
    errors.add(
        "--masks",
        fmt::format("is not used by --preprocess {} (no step of it needs a mask). add one of "
                    "masked, lung-crop, or leave it out",
                    fmt::join(names, ",")));
  check_times(settings.times, errors);
  errors.throw_if_any(ErrorCode::usage, "");
}

EmbedInput read_input(const EmbedArguments& arguments) {
  Manifest manifest =
      read_manifest(arguments.settings.manifest, arguments.columns, arguments.values);
  log_manifest(manifest.columns, manifest.notes, manifest.warnings);
  return make_embed_input(arguments.settings, std::move(manifest));
}

int embed(const EmbedArguments& arguments) {
  // On every rank: launchers pass a signal to all of them, and only rank 0 acts on the flag.
  const TerminalControl terminal("images");
  const EmbedSettings& settings = arguments.settings;
  const fleet::Launch launch = fleet::detect_launch(fleet::process_environment());
  ReadEarly<EmbedInput> input = read_early<EmbedInput>([&] {
    check(settings);
    return read_input(arguments);
  });
  return in_session(launch, {.silence_s = settings.times.lost_after_s}, terminal.control(),
                    [&](mpi::Session& session) {
                      return run_embed(session, launch, std::move(input), settings,
                                       terminal.control());
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
      "range; 8 bits that nothing rescales as they stand), MONOCHROME1 inverted, padding black;\n"
      "one gray frame, not JPEG 2000. PNG of 16 bits: the image's own range, unless it holds\n"
      "8-bit values. Alpha and EXIF turns are ignored.");
  const auto arguments = std::make_shared<EmbedArguments>();  // shared by parser and action
  EmbedSettings& settings = arguments->settings;
  command->add_option("manifest", settings.manifest, "CSV file, one line an image")
      ->required()
      ->type_name("MANIFEST");
  command->add_option("--store", settings.store, "Store to write, or to extend")
      ->required()
      ->type_name("STORE");
  command
      ->add_option("--extractor", settings.extractor,
                   "What makes the numbers: texture, torchscript:FILE or onnx:FILE")
      ->capture_default_str();
  command
      ->add_option("--preprocess", settings.preprocessings,
                   "Preprocessings, one embedding set each: raw, or steps joined by '-' in their "
                   "order: equalized, masked, masked[3], lung-crop, lung-crop[10], normalized")
      ->delimiter(',')
      ->type_name("LIST")
      ->capture_default_str();
  command
      ->add_option(
          "--masks", settings.masks,
          "Lung masks: CSV file with columns image and mask, relative to its folder. Lungs "
          "are the higher of a mask's two grays, or 128 and above of more")
      ->type_name("CSV");
  command->add_option("--mask-column", settings.mask_column, "The masks' column, of several")
      ->type_name("COLUMN");
  add_number(*command, "--threads", settings.threads, NumberBounds{1, 1024},
             "Images at a time, on each rank (default: the cores that it may use)")
      ->type_name("N");
  command->add_flag_callback(
      "--trust", [&settings] { settings.trust = ModelTrust::All::trusted; },
      "Load a TorchScript file from outside of the manifest's folder: it is code");
  command->add_flag_callback(
      "--skip-bad", [&settings] { settings.bad_images = BadImages::skip; },
      "Leave unreadable images out (and say which) instead of stopping");
  command->add_flag_callback(
      "--replace", [&settings] { settings.same_name = SameName::replace; },
      "Replace embedding sets of the same name");
  command->add_flag_callback(
      "--other-images", [&settings] { settings.other_images = OtherImages::accept; },
      "Extend a store whose sets were made of other files of the same samples: cropped ones, say");
  add_column_options(*command, arguments->columns);
  add_value_options(*command, arguments->values);
  add_time_options(*command, settings.times);
  command->callback([arguments, &chosen] { chosen = [arguments] { return embed(*arguments); }; });
}

}  // namespace crossfold::cli
