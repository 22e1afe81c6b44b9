#include "own_files.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/directory.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/validation_errors.h"

#include "journal_line.h"
#include "run_lock.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// The first bytes of a file; fewer, or none, where there are no more.
std::string beginning_of(const fs::path& path, std::size_t most_bytes) {
  std::string bytes(most_bytes, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return bytes;
}

/// The JSON object in a file; an empty one where there is none.
json object_in(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  json value = json::parse(file, nullptr, false);
  return value.is_object() ? value : json::object();
}

bool has_format(const json& object, const char* format) {
  return object.value("format", json()) == format;
}

/// Whether the file is no longer than `content` and begins like it: a copy of ours, if torn.
bool is_beginning_of(const fs::path& path, const std::string& content) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return false;
  return content.starts_with(beginning_of(path, content.size() + 1));
}

/// Whether an HDF5 file says near its beginning what it is and of which plan.
bool is_hdf5_of(const fs::path& path, std::string_view format, const Plan& plan) {
  constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";
  constexpr std::size_t kHead = std::size_t{1} << 24;  // the job stands there too
  const std::string head = beginning_of(path, kHead);
  return head.starts_with(kSignature) && head.find(format) != std::string::npos &&
         head.find(plan.hash.hex()) != std::string::npos;
}

constexpr const char* kNotThisRuns =
    "is no file of this run (it would be written over). move it away, then run again";

}  // namespace

bool holds_run(const RunLayout& layout) {
  if (begins_journal(beginning_of(layout.journal(), 64))) return true;
  return has_format(object_in(layout.job()), "crossfold-job") &&
         has_format(object_in(layout.plan()), "crossfold-plan");
}

void check_is_free(const RunLayout& layout, const std::vector<InputFile>& inputs) {
  const auto is_ours = [&](const fs::path& path) {
    const std::string name = path.filename().string();
    if (path == layout.lock()) return is_lock(beginning_of(path, 4096));
    if (name == "shards") return fs::is_directory(path);
    if (name.starts_with('.') && name.ends_with(".tmp")) return true;  // is left alone
    return path != layout.job() && std::any_of(inputs.begin(), inputs.end(), [&](const auto& i) {
             return i.path == path && is_beginning_of(path, i.content);
           });
  };
  for (const fs::path& path : list_directory(layout.root))
    CF_VALIDATE(is_ours(path), ErrorCode::bad_input,
                fmt::format("is not empty and holds no run of crossfold ('{}' is there). choose "
                            "another --out",
                            path.filename().string()),
                layout.root.string());
}

void check_may_be_written(const RunLayout& layout, const std::vector<InputFile>& inputs) {
  ValidationErrors errors;
  for (const InputFile& input : inputs)
    if (input.path != layout.job() && input.path != layout.plan() && is_there(input.path) &&
        !is_beginning_of(input.path, input.content))
      errors.add(input.path.string(), kNotThisRuns);
  errors.throw_if_any(ErrorCode::bad_input, layout.root.string());
}

void check_final_files(const RunLayout& layout, const Plan& plan) {
  ValidationErrors errors;
  for (const auto& [path, format] : {std::pair{layout.results(), "crossfold-results"},
                                     std::pair{layout.artefact_index(), "crossfold-artefacts"}})
    if (is_there(path) && !is_hdf5_of(path, format, plan)) errors.add(path.string(), kNotThisRuns);
  if (is_there(layout.provenance())) {
    const json provenance = object_in(layout.provenance());
    if (!has_format(provenance, "crossfold-provenance") ||
        provenance.value("plan_sha256", json()) != plan.hash.hex())
      errors.add(layout.provenance().string(), kNotThisRuns);
  }
  if (is_there(layout.heartbeat()) &&
      !has_format(object_in(layout.heartbeat()), "crossfold-heartbeat"))
    errors.add(layout.heartbeat().string(), kNotThisRuns);
  errors.throw_if_any(ErrorCode::bad_input, layout.root.string());
}

}  // namespace crossfold
