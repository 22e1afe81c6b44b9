#pragma once

#include <filesystem>

#include "crossfold/core/random_stream.h"

namespace crossfold::test {

/// Changes one number of results.h5, drawn among all numbers of all datasets, by HDF5's own
/// functions, so that its checksums fit.
void change_number(const std::filesystem::path& results_h5, RandomStream& random);

}  // namespace crossfold::test
