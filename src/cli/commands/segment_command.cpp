#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/csv.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/host_info.h"
#include "crossfold/core/log.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/imaging/lung_mask.h"
#include "crossfold/imaging/segment_images.h"
#include "crossfold/imaging/train_segmenter.h"
#include "crossfold/manifest/manifest_table.h"

#include "column_options.h"
#include "command.h"
#include "image_progress.h"
#include "number_option.h"

namespace crossfold::cli {
namespace {

namespace fs = std::filesystem;

struct TrainArguments {
  ValueRules values;
  fs::path masks;
  fs::path manifest;
  fs::path model;
  std::optional<std::string> mask_column;
  std::optional<int> threads;
  SegmentationSettings settings;
};

/// The images of the manifest that have a mask.
std::vector<SegmentationSample> samples_of(const TrainArguments& arguments) {
  const MaskPaths masks = read_mask_table(arguments.masks, arguments.mask_column);
  const ManifestTable manifest = read_manifest_table(arguments.manifest, {}, arguments.values);
  const std::vector<std::string> images = manifest.column("image");
  const std::vector<std::string> patients = manifest.column("patient_id");
  std::vector<SegmentationSample> samples;
  for (std::size_t row = 0; row < images.size(); ++row)
    if (const auto mask = masks.find(images[row]); mask != masks.end())
      samples.push_back({mask->first, mask->second, patients[row]});
  CF_VALIDATE(!samples.empty(), ErrorCode::bad_input,
              fmt::format("none of its {} images stands in the manifest {} (so that nothing says "
                          "which patients they show). give the manifest of these images",
                          masks.size(), arguments.manifest.string()),
              arguments.masks.string());
  if (const auto unused = unused_masks(masks, {images.begin(), images.end()}))
    log_warning(fmt::format("{}: {}", arguments.masks.string(), *unused));
  return samples;
}

fs::path scores_of(const fs::path& model) { return model.string() + ".validation.csv"; }

const std::string& scores_head() {
  static const std::string head = csv_line({"image", "dice"});
  return head;
}

/// Before the work: the table of scores is written over its own kind only, beside its model.
void require_free_or_own_scores(const fs::path& model) {
  const fs::path scores = scores_of(model);
  if (!is_there(scores)) return;
  std::error_code ignored;
  const bool own = fs::exists(model, ignored) && fs::is_regular_file(scores, ignored) &&
                   read_file(scores, std::uint64_t{1} << 30).starts_with(scores_head());
  CF_VALIDATE(own, ErrorCode::bad_input,
              "is there already (the Dice of held-out images would be written over it). name "
              "another --out, or move it away",
              scores.string());
}

int train(TrainArguments arguments) {
  const std::vector<SegmentationSample> samples = samples_of(arguments);
  require_free_or_own_scores(arguments.model);
  arguments.settings.threads = arguments.threads.value_or(usable_threads());
  arguments.settings.progress = [](const SegmentationEpoch& epoch) {
    log_info(fmt::format("epoch {}: loss {:.4f}, validation Dice {:.4f}{}", epoch.epoch, epoch.loss,
                         epoch.validation_dice, epoch.is_best ? ", best so far" : ""));
  };
  const TrainedSegmenter trained = train_segmenter(samples, arguments.model, arguments.settings);
  std::string table = scores_head();
  for (std::size_t i = 0; i < trained.held_out.size(); ++i)
    table +=
        csv_line({trained.held_out[i].string(), fmt::format("{:.4f}", trained.held_out_dice[i])});
  const fs::path scores = scores_of(arguments.model);
  write_file_whole(scores, table);
  write_output(
      fmt::format("{}: trained on {} images, mean Dice {:.4f} on {} of other patients (epoch {})\n",
                  arguments.model.string(), trained.training_images, trained.mean_dice,
                  trained.held_out.size(), trained.best_epoch));
  write_output(fmt::format("{}: the held-out images and their Dice\n", scores.string()));
  return 0;
}

struct ApplyArguments {
  ValueRules values;
  fs::path manifest;
  std::string model;
  bool trust = false;
  fs::path folder;
  std::optional<int> threads;
};

void list_images(const char* title, const std::vector<BadImage>& images) {
  if (!images.empty())
    write_output(fmt::format("{}: {}{}\n", title, images.size(), listed(images)));
}

int apply(const ApplyArguments& arguments) {
  const fs::path near = fs::absolute(arguments.manifest).parent_path();
  const std::unique_ptr<const Segmenter> segmenter = load_segmenter(
      arguments.model,
      {.folder = near,
       .all = arguments.trust ? ModelTrust::All::trusted : ModelTrust::All::below_folder});
  const ManifestTable manifest = read_manifest_table(arguments.manifest, {}, arguments.values);
  const std::vector<std::string> ids = manifest.column("id");
  const std::vector<std::string> images = manifest.column("image");
  std::vector<ImageRow> rows;
  for (std::size_t row = 0; row < ids.size(); ++row)
    rows.push_back({.id = ids[row], .path = images[row]});
  ImageProgress progress;
  const SegmentedImages segmented =
      segment_images("/", rows, *segmenter, arguments.folder,
                     arguments.threads.value_or(usable_threads()), progress.callback());
  progress.finish();
  list_images("could not be segmented", segmented.bad);
  list_images("blank or nearly blank images, to be looked at", segmented.blank);
  list_images("unlikely masks, to be looked at", segmented.odd);
  const std::size_t masks =
      std::set<fs::path>(segmented.masks.begin(), segmented.masks.end()).size() -
      (segmented.bad.empty() ? 0 : 1);
  write_output(fmt::format("{}: {} masks, named in masks.csv\n", arguments.folder.string(), masks));
  return 0;
}

void add_train(CLI::App& parent, Action& chosen) {
  CLI::App* command =
      parent.add_subcommand("train", "Train a small U-Net on images whose masks are known");
  command->footer(
      "Patients never stand on both sides of the split. The model of the best validation Dice is\n"
      "written as soon as it is found; stop when you like. The same command, given again, goes on\n"
      "after the last whole epoch (FILE.part). A mask's lungs are the higher of its two grays,\n"
      "whatever these are; of more grays (JPEG) those of 128 and above.\n"
      "Example:\n  crossfold segment train cxr/masks.csv --mask-column v7 \\\n"
      "    --manifest cxr/manifest.csv -o lungs.unet");
  const auto arguments = std::make_shared<TrainArguments>();  // shared by parser and action
  SegmentationSettings& settings = arguments->settings;
  command->add_option("masks", arguments->masks, "CSV file with columns image and mask")
      ->required()
      ->type_name("CSV");
  command->add_option("--manifest", arguments->manifest, "Manifest that says who is shown")
      ->required()
      ->type_name("CSV");
  command->add_option("-o,--out", arguments->model, "Model to write")
      ->required()
      ->type_name("FILE");
  command->add_option("--mask-column", arguments->mask_column, "The masks' column, of several")
      ->type_name("COLUMN");
  add_number(*command, "--validation", settings.validation, NumberBounds{0.01, 0.9},
             "Share of patients held out")
      ->capture_default_str();
  add_number(*command, "--epochs", settings.epochs, NumberBounds{1, 10000}, "At most so many")
      ->capture_default_str();
  add_number(*command, "--patience", settings.patience, NumberBounds{1, 10000},
             "Epochs without a better Dice")
      ->capture_default_str();
  add_number(*command, "--seed", settings.seed, "Root of the random numbers")
      ->capture_default_str();
  add_value_options(*command, arguments->values);
  add_number(*command, "--threads", arguments->threads, NumberBounds{1, 1024},
             "Default: usable cores")
      ->type_name("N");
  command->callback([arguments, &chosen] { chosen = [arguments] { return train(*arguments); }; });
}

void add_apply(CLI::App& parent, Action& chosen) {
  CLI::App* command = parent.add_subcommand("apply", "Write a lung mask for every image");
  command->footer(
      "Each image has a mask of its own name. Nothing in FOLDER is overwritten: given again, the "
      "same\n"
      "command goes on; masks of another model need another folder.\n"
      "Example:\n  crossfold segment apply cxr/manifest.csv --model lungs.unet -o masks\n"
      "  crossfold embed cxr/manifest.csv --masks masks/masks.csv --preprocess masked ...");
  const auto arguments = std::make_shared<ApplyArguments>();  // shared by parser and action
  command->add_option("manifest", arguments->manifest, "CSV file, one line an image")
      ->required()
      ->type_name("MANIFEST");
  command
      ->add_option("--model", arguments->model,
                   "What 'segment train' wrote, or torchscript:FILE with FILE.json beside it")
      ->required()
      ->type_name("FILE");
  command->add_flag("--trust", arguments->trust,
                    "Load a TorchScript model from outside of the manifest's folder (it is code)");
  command->add_option("-o,--out", arguments->folder, "Folder for the masks and masks.csv")
      ->required()
      ->type_name("FOLDER");
  add_value_options(*command, arguments->values);
  add_number(*command, "--threads", arguments->threads, NumberBounds{1, 1024},
             "Images at a time (default: usable cores)")
      ->type_name("N");
  command->callback([arguments, &chosen] { chosen = [arguments] { return apply(*arguments); }; });
}

}  // namespace

void add_segment_command(CLI::App& program, Action& chosen) {
  CLI::App* command = program.add_subcommand("segment", "Lung masks: train a model, apply it");
  command->require_subcommand(1);
  add_train(*command, chosen);
  add_apply(*command, chosen);
}

}  // namespace crossfold::cli
