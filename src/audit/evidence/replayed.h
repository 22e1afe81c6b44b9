#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "crossfold/audit/replay.h"
#include "crossfold/audit/run_evidence.h"

namespace crossfold::audit {

/// What comparing fits trained again with what is recorded of them came to.
struct Replayed {
  std::vector<const Replay*> replays;
  std::size_t same_class = 0;              ///< fits compared bit for bit
  std::size_t other_class = 0;             ///< compared by distance
  std::size_t different = 0;               ///< of the first: not the same bits
  std::size_t failed = 0;                  ///< could not be trained again
  double largest_auc = 0;                  ///< distance among those of another class
  double largest_probability = 0;          ///< likewise, of a fit's mean
  std::vector<double> probabilities = {};  ///< the distances of all of them
  std::size_t distant = 0;                 ///< of these: beyond a limit
  std::string class_there, class_here;     ///< of one that was of another class
  std::vector<std::string> evidence;       ///< a line for each difference and failure
  bool stopped = false;

  [[nodiscard]] std::size_t fits() const { return same_class + other_class + failed; }
};

/// From when on numbers of two equivalence classes are too far apart.
struct DistanceLimits {
  double auc = 0;
  double probability = 0;
};

/// Which replays a rule asks for: those by the run's own engine, those by another.
enum class ReplayEngine { same, other };

/// NotAssessed where there is none that came to something.
[[nodiscard]] Replayed compare_replays(const RunEvidence& evidence, ReplayEngine engine,
                                       const DistanceLimits& limits);

}  // namespace crossfold::audit
