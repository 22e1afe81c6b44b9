#pragma once

#include <cstdint>
#include <vector>

#include "crossfold/core/random_stream.h"
#include "crossfold/samples/sample_table.h"

namespace crossfold {

/// What a hold-out divides: all samples of the store, whatever the experiments take, so that a
/// patient is tested on everywhere or nowhere (U).
struct Division {
  std::vector<std::uint32_t> group;   ///< patient of every row, as a dense number
  std::vector<std::int32_t> stratum;  ///< class and domain of every row, as a dense number
  double test = 0;                    ///< share that is held out
};
[[nodiscard]] Division division_of(const SampleTable& samples, double test);

/// Whether each row of the store is held out: dealt by patient and stratified by class and domain,
/// so that every named set gets about its share. Stream "split" of the key.
[[nodiscard]] std::vector<bool> held_out_rows(const Division& division, const StreamKey& key);

}  // namespace crossfold
