#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/core/files.h"
#include "crossfold/core/strict_json.h"

namespace crossfold::sweep {

/// The scores of a complete run: every candidate on every split.
struct Surface {
  std::string name;
  std::uint32_t seeds = 0;
  std::uint32_t folds = 0;
  std::size_t candidates = 0;
  std::vector<std::optional<double>> scores;  ///< [candidates, seeds, folds]

  [[nodiscard]] std::uint32_t splits() const { return seeds * folds; }
};

/// A recorded one (surfaces/README.md): whole numbers of 1e-5, null where undefined.
inline Surface read_surface(const std::string& path) {
  const nlohmann::json recorded = parse_json(read_file(path, 1U << 24U), path);
  Surface surface{.name = recorded["name"].get<std::string>(),
                  .seeds = recorded["seeds"].get<std::uint32_t>(),
                  .folds = recorded["folds"].get<std::uint32_t>(),
                  .candidates = recorded["scores"].size(),
                  .scores = {}};
  for (const nlohmann::json& candidate : recorded["scores"])
    for (const nlohmann::json& score : candidate)
      surface.scores.push_back(score.is_null() ? std::nullopt
                                               : std::optional(score.get<double>() * 1e-5));
  return surface;
}

}  // namespace crossfold::sweep
