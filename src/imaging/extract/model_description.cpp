#include "model_description.h"

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/strict_json.h"

namespace crossfold {
namespace {

constexpr std::uint64_t kMaxModelBytes = std::uint64_t{4} << 30;

}  // namespace

ModelDescription read_model_description(const std::filesystem::path& model) {
  const std::string beside = description_path(model).string();
  ModelDescription description;
  description.text = read_description_text(model);
  const nlohmann::json value = parse_json(description.text, beside);
  ValidationErrors errors;
  ObjectReader reader(value, "", errors);
  (void)reader.choice("format", {"crossfold-extractor"}, std::nullopt);
  (void)reader.integer("format_version", 1, 1, std::nullopt);
  description.name = reader.text("name", std::nullopt);
  if (description.name.empty() || description.name.find('/') != std::string::npos)
    reader.error("name", "must be a name without '/'");
  description.input = read_model_input(reader);
  description.output = reader.text("output", std::string());
  description.dim = static_cast<std::size_t>(reader.integer("dim", 1, 1 << 20, std::nullopt));
  reader.finish();
  errors.throw_if_any(ErrorCode::bad_input, beside);
  description.weights = sha256(read_file(model, kMaxModelBytes));
  return description;
}

}  // namespace crossfold
