#pragma once

#include <cstddef>

#include "crossfold/store/synth.h"

namespace crossfold {

/// Directions that are planted: class, sex, view, age and one a source. Error{usage} when the
/// number of sources is out of range.
[[nodiscard]] std::size_t source_directions(const SynthSettings& settings);

/// The kind `sources` of synthesize(); its settings have been checked.
[[nodiscard]] SynthStore synthesize_sources(const SynthSettings& settings);

}  // namespace crossfold
