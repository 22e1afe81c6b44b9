// Preloaded into a program under test (LD_PRELOAD): an MPI that never ends, as it may be after the
// death of a rank.

#include <unistd.h>

extern "C" int MPI_Finalize() {
  while (true) ::pause();
}
