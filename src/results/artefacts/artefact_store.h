#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crossfold/results/run_records.h"

#include "layout.h"

namespace crossfold {

/// How closely artefacts are looked at.
enum class ArtefactCheck { size, content };

/// The file in which they lie.
[[nodiscard]] std::filesystem::path artefact_file(const RunLayout& layout, const FitId& id,
                                                  const ArtefactPlace& place);

/// Looks for artefacts that are missing or damaged, and says whose they are and how to get others:
/// a line for each file and what is wrong with it.
class ArtefactInspector {
 public:
  ArtefactInspector(const RunLayout& layout, const Job& job, const Plan& plan);

  /// Whether they are what the journal says; if not, a line will tell.
  bool is_sound(const FitId& id, const ArtefactPlace& place, ArtefactCheck check);
  /// The artefacts as a document of today, whatever they are in older runs; nothing where they are
  /// not what the journal says: a line will tell. Error{bad_input} for one of another fit.
  [[nodiscard]] std::optional<std::string> read(const FitId& id, const ArtefactPlace& place);

  struct Line {
    std::string file;
    std::string text;
  };
  [[nodiscard]] std::vector<Line> lines() const;
  /// Error{bad_input} of all lines.
  void throw_if_any() const;

 private:
  /// The bytes at a place; nothing, and a line, where their hash is another or there are too few.
  [[nodiscard]] std::optional<std::string> sound_bytes(const FitId& id, const ArtefactPlace& place);
  void note(const FitId& id, const ArtefactPlace& place, const std::string& problem);
  [[nodiscard]] std::optional<std::string> problem_of_size(const std::filesystem::path& file,
                                                           const ArtefactPlace& place);
  struct Fits {
    FitId first;
    std::size_t count = 0;
  };
  RunLayout layout_;
  const Job* job_;
  const Plan* plan_;
  std::map<std::pair<std::string, std::string>, Fits> problems_;  ///< by file and what is wrong
  std::map<std::string, std::uint64_t> segment_sizes_;
};

}  // namespace crossfold
