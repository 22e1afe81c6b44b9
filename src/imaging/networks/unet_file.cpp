#include "unet_file.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/hash.h"
#include "crossfold/core/strict_json.h"

#include "tensor_numbers.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kModelFormat = "crossfold-unet";
constexpr std::uint64_t kMaxModelBytes = std::uint64_t{1} << 28;

}  // namespace

std::vector<torch::Tensor> tensors_of(const UNet& network) {
  std::vector<torch::Tensor> tensors;
  for (const auto& item : network->named_parameters()) tensors.push_back(item.value());
  for (const auto& item : network->named_buffers())
    if (item.value().is_floating_point()) tensors.push_back(item.value());
  return tensors;
}

void write_unet(const fs::path& path, const StoredUNet& unet) {
  const std::string numbers = numbers_of(tensors_of(unet.network));
  const json head = {
      {"format", kModelFormat},         {"format_version", 2}, {"width", unet.shape.width},
      {"levels", unet.shape.levels},    {"side", unet.side},   {"training", unet.training},
      {"sha256", sha256(numbers).hex()}};
  write_file_whole(path, head.dump() + "\n" + numbers);
}

void require_free_or_own(const fs::path& path, const std::string& training) {
  if (!is_there(path)) return;
  std::string problem;
  try {
    if (read_unet(path).training == training) return;
    problem =
        "is there already: the lung model of another training (other images, patients or "
        "settings)";
  } catch (const Error& error) {
    if (error.code() != ErrorCode::bad_input) throw;
    problem = "is there already, and is no whole lung model of 'crossfold segment train'";
  }
  throw Error(ErrorCode::bad_input, problem + ". name another --out, or move this file away",
              path.string());
}

StoredUNet read_unet(const fs::path& path) {
  const std::string bytes = read_file(path, kMaxModelBytes);
  const std::string name = path.string();
  const std::string what = "no lung model of 'crossfold segment train'";
  const std::size_t line = bytes.find('\n');
  CF_VALIDATE(bytes.starts_with("{\"format\":\"crossfold-unet\"") && line != std::string::npos,
              ErrorCode::bad_input, what + " (it begins otherwise). name the file that it wrote",
              name);
  const json head = parse_json(std::string_view(bytes).substr(0, line), name);
  ValidationErrors errors;
  ObjectReader reader(head, "", errors);
  (void)reader.text("format", std::nullopt);
  const auto version = reader.integer("format_version", 1, 2, std::nullopt);
  StoredUNet unet;
  if (version == 2) unet.training = reader.text("training", std::nullopt);
  unet.shape.width = static_cast<int>(reader.integer("width", 1, 256, std::nullopt));
  unet.shape.levels = static_cast<int>(reader.integer("levels", 1, 6, std::nullopt));
  unet.side = static_cast<int>(reader.integer("side", 32, 1024, std::nullopt));
  const std::string hash = reader.text("sha256", std::nullopt);
  reader.finish();
  errors.throw_if_any(ErrorCode::bad_input, name);

  const std::string_view numbers = std::string_view(bytes).substr(line + 1);
  CF_VALIDATE(sha256(numbers).hex() == hash, ErrorCode::bad_input,
              "a damaged lung model (its numbers do not match their hash). fetch or train it again",
              name);
  unet.network = UNet(unet.shape);
  CF_VALIDATE(take_numbers(numbers, tensors_of(unet.network)), ErrorCode::bad_input,
              "a damaged lung model (it has too few numbers or too many). fetch or train it again",
              name);
  unet.network->eval();
  return unet;
}

}  // namespace crossfold
