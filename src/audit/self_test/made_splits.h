#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "case_maker.h"

namespace crossfold::audit {

/// Gives a made study a split file: each sample of its pool is held out by the fold that `fold_of`
/// names for its row and the seed. Written beside the maker's runs.
void give_splits(CaseMaker& maker, MadeStudy& study,
                 const std::function<std::size_t(std::size_t row, std::size_t seed)>& fold_of);

/// A fold for a patient that hangs on nothing but its name and the seed.
[[nodiscard]] std::size_t fold_of_patient(const std::string& patient, std::size_t seed,
                                          std::size_t folds);

}  // namespace crossfold::audit
