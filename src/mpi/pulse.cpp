#include "pulse.h"

#include "session_parts.h"

namespace crossfold::mpi {
namespace {

constexpr double kSecondsBetweenBeats = 1;
constexpr double kSecondsBetweenLooks = 0.05;

}  // namespace

Pulse::Pulse(MPI_Comm group, int rank, int size)
    : group_(group),
      first_peer_(rank == 0 ? 1 : 0),
      heard_s_(static_cast<std::size_t>(rank == 0 ? size - 1 : 1), 0.0) {}

void Pulse::tick() {
  now_s_ = clock_.now_s();
  if (now_s_ < next_look_s_) return;
  next_look_s_ = now_s_ + kSecondsBetweenLooks;
  while (true) {
    int found = 0;
    MPI_Status status;
    check(MPI_Iprobe(MPI_ANY_SOURCE, kTag, group_, &found, &status), "MPI_Iprobe");
    if (found == 0) break;
    check(MPI_Recv(nullptr, 0, MPI_BYTE, status.MPI_SOURCE, kTag, group_, MPI_STATUS_IGNORE),
          "MPI_Recv");
    heard(status.MPI_SOURCE);
  }
  if (now_s_ < next_beat_s_) return;
  next_beat_s_ = now_s_ + kSecondsBetweenBeats;
  for (std::size_t i = 0; i < heard_s_.size(); ++i) {
    MPI_Request request = MPI_REQUEST_NULL;
    check(
        MPI_Isend(nullptr, 0, MPI_BYTE, first_peer_ + static_cast<int>(i), kTag, group_, &request),
        "MPI_Isend");
    check(MPI_Request_free(&request), "MPI_Request_free");  // sent some time, or never
  }
}

void Pulse::heard(int peer) { heard_s_.at(static_cast<std::size_t>(peer - first_peer_)) = now_s_; }

double Pulse::silence_s(int peer) const {
  return now_s_ - heard_s_.at(static_cast<std::size_t>(peer - first_peer_));
}

std::vector<int> Pulse::silent_for(double seconds) const {
  std::vector<int> peers;
  for (std::size_t i = 0; i < heard_s_.size(); ++i)
    if (now_s_ - heard_s_[i] >= seconds) peers.push_back(first_peer_ + static_cast<int>(i));
  return peers;
}

}  // namespace crossfold::mpi
