#pragma once

#include "crossfold/audit/run_evidence.h"

namespace crossfold::audit {

/// Error{bad_input} with a line for each file and run that the auditor named and that cannot be
/// used: a store or another run that cannot be read, a published table that is none or holds
/// nothing to compare. Before any rule: one that is not assessed for want of it would be passed
/// over.
void check_named_inputs(const RunEvidence& evidence);

}  // namespace crossfold::audit
