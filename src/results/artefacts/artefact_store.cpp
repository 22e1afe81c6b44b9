#include "artefact_store.h"

#include <system_error>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/hash.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/plan/artefact_bytes.h"
#include "crossfold/plan/artefact_cbor.h"
#include "crossfold/results/shards.h"

#include "fit_text.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

/// The bytes at a place, whatever they are.
std::string read_place(const fs::path& file, const ArtefactPlace& place) {
  return place.segment.empty() ? read_file(file, kMostFileBytes)
                               : read_file_part(file, place.offset, place.bytes);
}

}  // namespace

fs::path artefact_file(const RunLayout& layout, const FitId& id, const ArtefactPlace& place) {
  return place.segment.empty() ? layout.artefacts(id) : layout.segments() / place.segment;
}

ArtefactInspector::ArtefactInspector(const RunLayout& layout, const Job& job, const Plan& plan)
    : layout_(layout), job_(&job), plan_(&plan) {}

bool ArtefactInspector::is_sound(const FitId& id, const ArtefactPlace& place, ArtefactCheck check) {
  if (check == ArtefactCheck::content) return sound_bytes(id, place).has_value();
  const auto problem = problem_of_size(artefact_file(layout_, id, place), place);
  if (problem) note(id, place, *problem);
  return !problem;
}

std::optional<std::string> ArtefactInspector::read(const FitId& id, const ArtefactPlace& place) {
  auto bytes = sound_bytes(id, place);
  if (!bytes || !place.segment.empty()) return bytes;
  try {
    return artefacts_to_bytes(id, artefacts_from_cbor(*bytes, id));
  } catch (const Error& error) {
    throw Error(error.code(), error.what(), artefact_file(layout_, id, place).string());
  }
}

std::optional<std::string> ArtefactInspector::sound_bytes(const FitId& id,
                                                          const ArtefactPlace& place) {
  if (!is_sound(id, place, ArtefactCheck::size)) return std::nullopt;
  std::string bytes;
  try {
    bytes = read_place(artefact_file(layout_, id, place), place);
  } catch (const Error& error) {  // a bad sector, no right to read
    note(id, place, error.message());
    return std::nullopt;
  }
  if (sha256(bytes).hex() == place.sha256) return bytes;
  note(id, place, "is damaged (its hash is not the one in the journal)");
  return std::nullopt;
}

void ArtefactInspector::note(const FitId& id, const ArtefactPlace& place,
                             const std::string& problem) {
  Fits& fits = problems_[{artefact_file(layout_, id, place).string(), problem}];
  if (fits.count++ == 0 || id < fits.first) fits.first = id;
}

std::optional<std::string> ArtefactInspector::problem_of_size(const fs::path& file,
                                                              const ArtefactPlace& place) {
  const auto known = segment_sizes_.find(place.segment);
  std::uint64_t bytes = 0;
  if (!place.segment.empty() && known != segment_sizes_.end()) {
    bytes = known->second;
  } else {
    std::error_code error;
    bytes = fs::file_size(file, error);
    if (error == std::errc::no_such_file_or_directory) return "is missing";
    if (error) return fmt::format("cannot be read ({})", error.message());
    segment_sizes_[place.segment] = bytes;
  }
  if (place.segment.empty()) {
    if (bytes != place.bytes)
      return fmt::format("is damaged ({} bytes instead of {})", bytes, place.bytes);
  } else if (bytes < place.offset || bytes - place.offset < place.bytes) {
    return fmt::format("is cut short (it has {} bytes)", bytes);
  }
  return std::nullopt;
}

std::vector<ArtefactInspector::Line> ArtefactInspector::lines() const {
  const auto shard = shard_in(layout_.root);
  const std::string shard_option =
      shard ? fmt::format(" --shard {}/{}", shard->index, shard->of) : "";
  std::vector<Line> lines;
  for (const auto& [problem, fits] : problems_) {
    const std::string others =
        fits.count > 1 ? fmt::format(", and of {} more", fits.count - 1) : "";
    lines.push_back(
        {.file = problem.first,
         .text = fmt::format(
             "{}: the predictions and curves of {}{}. restore it, or let `crossfold run{} "
             "--retrain-missing` with the same job and --out train {} again",
             problem.second, fit_text(*job_, *plan_, fits.first), others, shard_option,
             fits.count > 1 ? "those fits" : "that fit")});
  }
  return lines;
}

void ArtefactInspector::throw_if_any() const {
  ValidationErrors errors;
  for (const Line& line : lines()) errors.add(line.file, line.text);
  errors.throw_if_any(ErrorCode::bad_input, layout_.root.string());
}

}  // namespace crossfold
