#pragma once

#include <utility>
#include <vector>

namespace crossfold::testing {

/// Where a fit of the small study stands, by names.
struct SmallPlace {
  const char* experiment;
  const char* embedding;
  const char* candidate;
  int seed;
  int fold;
};

/// The places of small_plan()'s fits in its order, written out: experiments, embedding sets,
/// candidates, seeds, folds.
inline std::vector<SmallPlace> small_places() {
  std::vector<SmallPlace> places;
  for (const auto& [experiment, candidates] :
       {std::pair{"task", std::vector{"baseline", "disentangled"}},
        std::pair{"source", std::vector{"linear"}}})
    for (const char* embedding : {"texture/raw", "texture/equalized"})
      for (const char* candidate : candidates)
        for (int seed = 0; seed < 2; ++seed)
          for (int fold = 0; fold < 3; ++fold)
            places.push_back({experiment, embedding, candidate, seed, fold});
  return places;
}

}  // namespace crossfold::testing
