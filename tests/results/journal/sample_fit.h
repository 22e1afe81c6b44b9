#pragma once

#include <string>

#include "journal_entry.h"
#include "plan/sample_result.h"

namespace crossfold::testing {

/// The line of a fit, with every field that it can have.
inline JournalFit sample_fit() {
  JournalFit fit{.result = full_result(),
                 .host = "alpha",
                 .device = "cpu core 1",
                 .class_id = "0123456789ab",
                 .artefacts = ArtefactPlace{.segment = "0001-9f3ac2d1/0003.bin",
                                            .offset = 72,
                                            .bytes = 17,
                                            .sha256 = std::string(64, 'f')},
                 .taken_from = "plan"};
  fit.result.artefacts = {};
  return fit;
}

}  // namespace crossfold::testing
