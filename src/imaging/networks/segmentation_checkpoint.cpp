#include "segmentation_checkpoint.h"

#include <string>
#include <string_view>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/strict_json.h"

#include "tensor_numbers.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kCheckpointFormat = "crossfold-unet-training";
constexpr std::uint64_t kMaxCheckpointBytes = std::uint64_t{1} << 30;

/// Over the head, which has no hash yet, and the numbers.
std::string hash_of(const json& head, std::string_view numbers) {
  return Hasher().text(head.dump()).text(numbers).finish().hex();
}

/// The first line; Error{bad_input} where it is not a checkpoint's.
json head_of(std::string_view line, const std::string& name) {
  json head;
  try {
    head = parse_json(line, name);
  } catch (const Error&) {
    head = nullptr;
  }
  CF_VALIDATE(head.is_object() && head.value("format", json()) == kCheckpointFormat,
              ErrorCode::bad_input,
              "is no checkpoint of 'crossfold segment train', which would keep its state there, "
              "and is left alone. move it away, or name another --out",
              name);
  return head;
}

}  // namespace

void write_checkpoint(const fs::path& path, const Digest& training,
                      const SegmentationProgress& progress, std::span<const torch::Tensor> state) {
  const std::string numbers = numbers_of(state);
  json head = {{"format", kCheckpointFormat},       {"format_version", 1},
               {"training", training.hex()},        {"epochs", progress.epochs},
               {"best_epoch", progress.best_epoch}, {"held_out_dice", progress.held_out_dice}};
  head["sha256"] = hash_of(head, numbers);
  write_file_whole(path, head.dump() + "\n" + numbers);
}

std::optional<SegmentationProgress> read_checkpoint(const fs::path& path, const Digest& training,
                                                    std::size_t held_out,
                                                    std::span<const torch::Tensor> state) {
  if (!is_there(path)) return std::nullopt;
  const std::string bytes = read_file(path, kMaxCheckpointBytes);
  const std::string name = path.string();
  const std::size_t line = bytes.find('\n');
  json head = head_of(std::string_view(bytes).substr(0, line), name);
  ValidationErrors errors;
  ObjectReader reader(head, "", errors);
  (void)reader.text("format", std::nullopt);
  (void)reader.integer("format_version", 1, 1, std::nullopt);
  const std::string belongs_to = reader.text("training", std::nullopt);
  SegmentationProgress progress;
  progress.epochs = static_cast<int>(reader.integer("epochs", 1, 1'000'000, std::nullopt));
  progress.best_epoch =
      static_cast<int>(reader.integer("best_epoch", 1, progress.epochs, std::nullopt));
  progress.held_out_dice = reader.numbers("held_out_dice", {0, 1});
  const std::string hash = reader.text("sha256", std::nullopt);
  reader.finish();
  errors.throw_if_any(ErrorCode::bad_input, name);
  CF_VALIDATE(belongs_to == training.hex(), ErrorCode::bad_input,
              "the checkpoint of another training (other images, patients or settings). delete it, "
              "or name another model",
              name);
  const std::string_view numbers = std::string_view(bytes).substr(line + 1);
  head.erase("sha256");
  const bool sound = hash_of(head, numbers) == hash && progress.held_out_dice.size() == held_out &&
                     take_numbers(numbers, state);
  CF_VALIDATE(sound, ErrorCode::bad_input,
              "a damaged checkpoint (what it holds does not match its hash). delete it to begin "
              "anew",
              name);
  return progress;
}

}  // namespace crossfold
