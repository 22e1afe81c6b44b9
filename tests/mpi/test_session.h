#pragma once

#include "crossfold/mpi/session.h"

namespace crossfold::mpi {

/// The session of this test program: all its ranks run the same tests in the same order.
Session& test_session();

}  // namespace crossfold::mpi
