#include "artefact_files.h"

#include <cstdint>
#include <system_error>

#include <fmt/format.h>

#include "crossfold/core/files.h"
#include "crossfold/core/hash.h"

#include "fit_text.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32;

std::optional<std::string> difference(const fs::path& file, const ArtefactFile& expected,
                                      ArtefactCheck check) {
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(file, error);
  if (error == std::errc::no_such_file_or_directory) return "is missing";
  if (error) return fmt::format("cannot be read ({})", error.message());
  if (bytes != expected.bytes)
    return fmt::format("is damaged ({} bytes instead of {})", bytes, expected.bytes);
  if (check == ArtefactCheck::content &&
      sha256(read_file(file, kMostBytes)).hex() != expected.sha256)
    return "is damaged (its hash is not the one in the journal)";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> artefact_problem(const RunLayout& layout,
                                            const ExpectedArtefacts& expected,
                                            ArtefactCheck check) {
  const auto what = difference(layout.artefacts(expected.id), expected.file, check);
  if (!what) return std::nullopt;
  return fmt::format(
      "{}: the predictions and curves of {}. restore it, or let `crossfold run --retrain-missing` "
      "with the same job and --out train that fit again",
      *what, fit_text(expected.job, expected.plan, expected.id));
}

}  // namespace crossfold
