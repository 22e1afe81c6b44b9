#pragma once

#include <vector>

#include <mpi.h>

#include "crossfold/fleet/patient_clock.h"

namespace crossfold::mpi {

/// Signs of life: rank 0 and every other rank send each other an empty message a second, beside all
/// other messages, so that a long one does not hold them up. MPI itself never tells that a rank
/// died. Used by the thread that owns MPI, which must `tick` all the time.
class Pulse {
 public:
  Pulse(MPI_Comm group, int rank, int size);

  /// Sends what is due and takes what has come; next to nothing when called again soon.
  void tick();
  /// A message of another kind came from there.
  void heard(int peer);
  /// Seconds since the last heartbeat of a peer, which is rank 0, or on rank 0 any other.
  [[nodiscard]] double silence_s(int peer) const;
  /// Peers that have been silent for at least so long.
  [[nodiscard]] std::vector<int> silent_for(double seconds) const;

 private:
  static constexpr int kTag = 2;

  MPI_Comm group_;
  fleet::PatientClock clock_;
  double now_s_ = 0;
  double next_look_s_ = 0;
  double next_beat_s_ = 0;
  int first_peer_;
  std::vector<double> heard_s_;  ///< of peer first_peer_ + i
};

}  // namespace crossfold::mpi
