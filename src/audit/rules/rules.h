#pragma once

#include "crossfold/audit/rule.h"

namespace crossfold::audit {

// One rule a file, which holds all of it: what it asks, what it compares with, its two cases.

const Rule& int_01();  ///< checksums and hashes
const Rule& int_02();  ///< the store against the plan
const Rule& int_03();  ///< artefacts
const Rule& int_04();  ///< plan against journal
const Rule& int_05();  ///< the plan rebuilt
const Rule& int_06();  ///< files and tables made again
const Rule& rep_01();  ///< scores computed again
const Rule& rep_02();  ///< fits trained again
const Rule& rep_03();  ///< the other engine
const Rule& rep_04();  ///< convergence

}  // namespace crossfold::audit
